package files

// syncFolder does nothing: Windows keeps the names in its own journal.
func syncFolder(string) error { return nil }
