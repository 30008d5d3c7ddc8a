package stack

import (
	"io"
	"net"
	"testing"
	"time"
)

// sayer answers every connection with its name and waits for the other end.
func sayer(t *testing.T, name string) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			io.WriteString(conn, name)
			conn.Close()
		}
	}()
	t.Cleanup(func() { listener.Close() })
	return listener
}

func heard(t *testing.T, address string) string {
	t.Helper()
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	said, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(said)
}

// Connections take turns, and go to whoever is left.
func TestFrontOutlivesTheReplicasBehindIt(t *testing.T) {
	t.Parallel()
	a, b := sayer(t, "a"), sayer(t, "b")
	f, err := openFront("127.0.0.1:0", []string{a.Addr().String(), b.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	address := f.listener.Addr().String()
	if got := heard(t, address) + heard(t, address) + heard(t, address); got != "aba" {
		t.Errorf("heard %q, want turns", got)
	}
	a.Close()
	if got := heard(t, address) + heard(t, address); got != "bb" {
		t.Errorf("with one gone heard %q", got)
	}
	b.Close()
	if got := heard(t, address); got != "" {
		t.Errorf("with both gone heard %q", got)
	}
	f.close()
	if _, err := net.DialTimeout("tcp", address, time.Second); err == nil {
		t.Error("it goes on after its end")
	}
}
