package remote

// What the program returns to the shell.
const (
	OK          = 0
	Failure     = 1 // it went wrong, or the application is unhealthy
	Usage       = 2 // wrong arguments or configuration
	Unreachable = 3 // no answer from the application
)

// ExitError is an error with an exit code. One without Err has been explained.
type ExitError struct {
	Code int
	Err  error
}

func (e *ExitError) Error() string {
	if e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

func (e *ExitError) Unwrap() error { return e.Err }
