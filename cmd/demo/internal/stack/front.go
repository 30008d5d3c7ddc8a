package stack

import (
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// front is what stands before the replicas of a real installation: each new
// connection goes to the next one that takes it. It outlives all of them.
type front struct {
	listener net.Listener
	backends []string
	serving  sync.WaitGroup

	mu    sync.Mutex
	turn  int
	conns map[net.Conn]bool
	ended bool
}

// dialWithin is far more than loopback needs; a replica that is not there
// refuses at once.
const dialWithin = time.Second

func openFront(address string, backends []string) (*front, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("stand before the replicas: %w", err)
	}
	f := &front{listener: listener, backends: backends, conns: map[net.Conn]bool{}}
	f.serving.Go(f.serve)
	return f, nil
}

func (f *front) serve() {
	for {
		conn, err := f.listener.Accept()
		if err != nil {
			return
		}
		f.serving.Go(func() { f.carry(conn) })
	}
}

// carry joins a connection with a replica until either of them ends it. Where
// no replica is there the connection is closed, as a proxy's is.
func (f *front) carry(client net.Conn) {
	defer f.drop(client)
	backend := f.reach()
	if backend == nil || !f.keep(client, backend) {
		return
	}
	defer f.drop(backend)
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{client, backend}, {backend, client}} {
		both.Go(func() {
			io.Copy(way[0], way[1]) //nolint:errcheck // an end by error is an end
			way[0].Close()
			way[1].Close()
		})
	}
	both.Wait()
}

func (f *front) reach() net.Conn {
	f.mu.Lock()
	first := f.turn
	f.turn++
	f.mu.Unlock()
	for i := range f.backends {
		conn, err := net.DialTimeout("tcp", f.backends[(first+i)%len(f.backends)], dialWithin)
		if err == nil {
			return conn
		}
	}
	return nil
}

// keep remembers connections so that close can end them.
func (f *front) keep(conns ...net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, conn := range conns {
		f.conns[conn] = true
	}
	return !f.ended
}

func (f *front) drop(conn net.Conn) {
	conn.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.conns, conn)
}

func (f *front) close() {
	f.listener.Close()
	f.mu.Lock()
	f.ended = true
	for conn := range f.conns {
		conn.Close()
	}
	f.mu.Unlock()
	f.serving.Wait()
}
