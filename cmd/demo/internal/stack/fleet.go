package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// Fleet is the product as several replicas behind one address, each of which
// may be killed and started again. Its methods may be called from any
// goroutine, but for one replica by one at a time.
type Fleet struct {
	stack    *Stack
	front    *front
	replicas []*replica
	crashes  atomic.Int64
}

// replica is one process of the product with an address that stays its own.
type replica struct {
	address string
	log     string
	mu      sync.Mutex
	child   *child
}

// ServeFleet starts n replicas at a business time, as Serve does with one. They
// are reached at the stack's URL.
func (s *Stack) ServeFleet(ctx context.Context, m Moment, n int) (*Fleet, error) {
	if err := s.moveTo(ctx, m); err != nil {
		return nil, err
	}
	f := &Fleet{stack: s}
	var addresses []string
	for i := range n {
		address, err := freeAddress()
		if err != nil {
			return nil, err
		}
		addresses = append(addresses, address)
		f.replicas = append(f.replicas, &replica{address: address, log: filepath.Join(s.opts.Dir, "log", fmt.Sprintf("callshu-%d.log", i))})
	}
	var err error
	if f.front, err = openFront(s.ports[portCallshu].address, addresses); err != nil {
		return nil, err
	}
	for i := range f.replicas {
		if err := f.Revive(ctx, i); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return f, nil
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return listener.Addr().String(), listener.Close()
}

// reviveWithin is how long a replica may need, the database's own recovery
// included.
const reviveWithin = time.Minute

// Revive starts a replica and returns when it is ready. Like the supervisor of
// a real one it tries again when the database was not there.
func (f *Fleet) Revive(ctx context.Context, i int) error {
	ctx, cancel := context.WithTimeout(ctx, reviveWithin)
	defer cancel()
	r := f.replicas[i]
	for {
		c, err := startChild(f.stack.opts.Binary, []string{"serve"}, f.stack.environmentOf(r.address), r.log)
		if err != nil {
			return err
		}
		r.mu.Lock()
		r.child = c
		r.mu.Unlock()
		err = f.stack.awaitReady(ctx, c, "http://"+r.address)
		if err == nil {
			go f.watch(c)
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-c.ended:
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// watch counts replicas that were ready and then ended by themselves: nothing
// that is done to a database or a carrier may bring a replica down.
func (f *Fleet) watch(c *child) {
	<-c.ended
	if !c.stopping.Load() {
		f.crashes.Add(1)
		f.stack.report("a replica ended by itself", c.crash())
	}
}

// Crashes counts the replicas that ended by themselves.
func (f *Fleet) Crashes() int { return int(f.crashes.Load()) }

// Kill ends a replica with kill -9 and returns when it is gone.
func (f *Fleet) Kill(i int) error {
	r := f.replicas[i]
	r.mu.Lock()
	c := r.child
	r.mu.Unlock()
	c.stopping.Store(true)
	if err := c.cmd.Process.Kill(); err != nil {
		select {
		case <-c.ended:
		default:
			return fmt.Errorf("kill replica %d: %w", i, err)
		}
	}
	<-c.ended
	return nil
}

// Close stops all replicas as a supervisor does, at once, and then the address.
func (f *Fleet) Close() error {
	failures := make([]error, len(f.replicas))
	var group sync.WaitGroup
	for i, r := range f.replicas {
		r.mu.Lock()
		c := r.child
		r.mu.Unlock()
		if c != nil {
			group.Go(func() { failures[i] = c.stop() })
		}
	}
	group.Wait()
	f.front.close()
	return errors.Join(failures...)
}
