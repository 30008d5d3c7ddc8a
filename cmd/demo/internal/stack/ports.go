package stack

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// Ports of loopback; 0 takes a free one.
type Ports struct {
	Callshu, Phones, Mailbox, SMTP int
}

// portName is what a port is for, as a message names it.
type portName string

const (
	portCallshu portName = "Callshu"
	portPhones  portName = "phones"
	portMailbox portName = "mailbox"
	portSMTP    portName = "SMTP"
)

// taken is a port of ours. The listener is nil for the child's, who opens it
// itself.
type taken struct {
	address  string
	listener net.Listener
}

type bound map[portName]taken

// bind takes all ports, or tells which one somebody else has.
func (p Ports) bind() (bound, error) {
	b := bound{}
	for _, wanted := range []struct {
		name portName
		flag string
		port int
	}{{portCallshu, "--port", p.Callshu}, {portPhones, "--phones-port", p.Phones}, {portMailbox, "--mailbox-port", p.Mailbox}, {portSMTP, "--smtp-port", p.SMTP}} {
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(wanted.port)))
		if errors.Is(err, syscall.EADDRINUSE) {
			err = fmt.Errorf("port %d, which is for %s, is in use by another program (a second demo?): end that one, or choose another port with %s", wanted.port, wanted.name, wanted.flag)
		}
		if err != nil {
			b.close()
			return nil, err
		}
		b[wanted.name] = taken{address: listener.Addr().String(), listener: listener}
	}
	// The child cannot be handed a listener; nobody takes the port in between
	// but by the worst of luck, which the child then reports.
	own := b[portCallshu]
	err := own.listener.Close()
	b[portCallshu] = taken{address: own.address}
	return b, err
}

func (b bound) url(name portName) string { return "http://" + b[name].address }

func (b bound) close() {
	for _, t := range b {
		if t.listener != nil {
			t.listener.Close() // a server that used it has closed it already
		}
	}
}
