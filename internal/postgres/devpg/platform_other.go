//go:build unix && !linux

package devpg

import "syscall"

// serverLocale knows the case of all letters; C.UTF-8 is not on every macOS.
const serverLocale = "en_US.UTF-8"

// detach keeps the terminal's Ctrl-C from the server. There is no signal at
// the parent's death here: the next Start on the directory ends a leftover.
func detach(attr *syscall.SysProcAttr, life lifetime) {
	if life == detached {
		attr.Setsid = true
		return
	}
	attr.Setpgid = true
}
