package devpg

import "syscall"

// serverLocale sorts by code point and knows the case of all letters.
const serverLocale = "C.UTF-8"

// detach keeps the terminal's Ctrl-C from the server, which must outlive the
// requests in flight, and ties its life to ours where that is wanted.
func detach(attr *syscall.SysProcAttr, life lifetime) {
	if life == detached {
		attr.Setsid = true
		return
	}
	attr.Setpgid = true
	attr.Pdeathsig = syscall.SIGINT
}
