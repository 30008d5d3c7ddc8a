package mailbox

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // what RFC 2195 says; only the demo and tests come here
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// guarded is a conversation with somebody who first has to show the password.
type guarded struct {
	session
	known bool
}

// AuthMechanisms offers the one way by which a password stays at home.
func (*guarded) AuthMechanisms() []string { return []string{"CRAM-MD5"} }

// Auth begins to ask for it.
func (g *guarded) Auth(string) (sasl.Server, error) {
	return &challenge{guarded: g, text: "<" + rand.Text() + "@mailbox.localhost>"}, nil
}

// Mail begins a mail.
func (g *guarded) Mail(from string, options *smtp.MailOptions) error {
	if !g.known {
		return smtp.ErrAuthRequired
	}
	return g.session.Mail(from, options)
}

type challenge struct {
	*guarded
	text string
	sent bool
}

// Next sends the challenge and then looks at the answer: a name and an HMAC.
func (c *challenge) Next(response []byte) (text []byte, done bool, err error) {
	if !c.sent {
		c.sent = true
		return []byte(c.text), false, nil
	}
	sum := hmac.New(md5.New, []byte(c.box.Password))
	sum.Write([]byte(c.text))
	_, answer, _ := strings.Cut(string(response), " ")
	if !hmac.Equal([]byte(answer), fmt.Appendf(nil, "%x", sum.Sum(nil))) {
		return nil, true, smtp.ErrAuthFailed
	}
	c.known = true
	return nil, true, nil
}
