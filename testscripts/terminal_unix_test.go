//go:build unix

package testscripts

import "syscall"

// ownTerminal makes the terminal on standard input that of the program alone.
var ownTerminal = &syscall.SysProcAttr{Setsid: true, Setctty: true}
