//go:build !unix

package testscripts

import "syscall"

var ownTerminal *syscall.SysProcAttr
