// Package mailbox is a mail server that keeps what it gets and shows it: for
// the demo and for tests, on loopback, in memory. Production code must never
// import it.
package mailbox

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// most is how many mails are kept; the oldest go first.
const most = 500

// Message is one mail as received.
type Message struct {
	ID       int       `json:"id"`
	From     string    `json:"from"`
	To       []string  `json:"to"`
	Subject  string    `json:"subject"`
	Text     string    `json:"text"`
	HTML     string    `json:"html"`
	Received time.Time `json:"received"`
	Raw      []byte    `json:"-"`
}

// Box keeps mails. The zero value is ready, and takes them from everybody.
type Box struct {
	Password string // what senders must show that they know, by CRAM-MD5; empty: nothing

	mu       sync.Mutex
	messages []Message
	nextID   int
	changed  chan struct{}
}

// Serve accepts mail on a listener until ctx ends.
func (b *Box) Serve(ctx context.Context, listener net.Listener) error {
	server := smtp.NewServer(backend{b})
	server.Domain = "mailbox.localhost"
	server.ReadTimeout, server.WriteTimeout = 10*time.Second, 10*time.Second
	server.MaxMessageBytes = 32 << 20
	server.AllowInsecureAuth = true                           // the password itself does not travel
	stop := context.AfterFunc(ctx, func() { server.Close() }) //nolint:errcheck // closing is all there is to do
	defer stop()
	if err := server.Serve(listener); err != nil && ctx.Err() == nil {
		return fmt.Errorf("serve mailbox: %w", err)
	}
	return nil
}

// Messages returns what came so far, newest first.
func (b *Box) Messages() []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]Message, 0, len(b.messages))
	for i := len(b.messages) - 1; i >= 0; i-- {
		list = append(list, b.messages[i])
	}
	return list
}

// Wait returns the newest mail to an address whose subject or text contains
// some words, waiting for it to arrive until ctx ends.
func (b *Box) Wait(ctx context.Context, to, words string) (Message, error) {
	for {
		b.mu.Lock()
		if b.changed == nil {
			b.changed = make(chan struct{})
		}
		changed := b.changed
		b.mu.Unlock()
		for _, m := range b.Messages() {
			if m.isTo(to) && strings.Contains(m.Subject+"\n"+m.Text, words) {
				return m, nil
			}
		}
		select {
		case <-ctx.Done():
			return Message{}, fmt.Errorf("wait for mail to %s about %q: %w", to, words, ctx.Err())
		case <-changed:
		}
	}
}

func (m Message) isTo(address string) bool {
	for _, to := range m.To {
		if strings.EqualFold(to, address) {
			return true
		}
	}
	return false
}

func (b *Box) add(m Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nextID++
	m.ID = b.nextID
	b.messages = append(b.messages, m)
	if len(b.messages) > most {
		b.messages = b.messages[len(b.messages)-most:]
	}
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

type backend struct{ box *Box }

func (b backend) NewSession(*smtp.Conn) (smtp.Session, error) {
	if b.box.Password != "" {
		return &guarded{session: session{box: b.box}}, nil
	}
	return &session{box: b.box}, nil
}

// session is one conversation of the SMTP server.
type session struct {
	box  *Box
	from string
	to   []string
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("read mail: %w", err)
	}
	m, err := parse(raw)
	if err != nil {
		return err
	}
	m.From, m.To, m.Received = s.from, s.to, time.Now().UTC()
	s.box.add(m)
	return nil
}

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }

func parse(raw []byte) (Message, error) {
	letter, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Message{}, fmt.Errorf("parse mail: %w", err)
	}
	m := Message{Raw: raw}
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(letter.Header.Get("Subject")); err != nil {
		return Message{}, fmt.Errorf("parse subject: %w", err)
	}
	err = m.read(letter.Header.Get("Content-Type"), letter.Header.Get("Content-Transfer-Encoding"), letter.Body)
	return m, err
}

// read takes the text and HTML parts out of a body, also of nested ones.
func (m *Message) read(contentType, encoding string, body io.Reader) error {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "text/plain"
	}
	if !strings.HasPrefix(kind, "multipart/") {
		return m.readPart(kind, encoding, body)
	}
	parts := multipart.NewReader(body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read mail part: %w", err)
		}
		if err := m.read(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part); err != nil {
			return err
		}
	}
}

func (m *Message) readPart(kind, encoding string, body io.Reader) error {
	if strings.EqualFold(encoding, "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("read mail part: %w", err)
	}
	switch kind {
	case "text/plain":
		m.Text += string(text)
	case "text/html":
		m.HTML += string(text)
	}
	return nil
}
