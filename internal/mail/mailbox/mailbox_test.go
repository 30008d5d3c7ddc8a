package mailbox_test

import (
	"context"
	"net"
	"net/http/httptest"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/mail/mailbox"
)

func TestBoxKeepsWhatItGets(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	box := &mailbox.Box{}
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	done := make(chan error, 1)
	go func() { done <- box.Serve(ctx, listener) }()
	letter := "Subject: =?utf-8?q?D=C3=A9j=C3=A0?=\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGo to http://127.0.0.1/x#token=3Dabc <b>\r\n" +
		"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>hi</p>\r\n--b--\r\n"
	if err := smtp.SendMail(listener.Addr().String(), nil, "a@example.com", []string{"B@example.com"}, []byte(letter)); err != nil {
		t.Fatal(err)
	}
	m, err := box.Wait(ctx, "b@example.com", "token")
	if err != nil {
		t.Fatal(err)
	}
	if m.Subject != "Déjà" || !strings.Contains(m.Text, "#token=abc") || !strings.Contains(m.HTML, "<p>hi</p>") {
		t.Errorf("kept %+v", m)
	}
	answer := httptest.NewRecorder()
	box.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/?id=1", nil))
	page := answer.Body.String()
	if !strings.Contains(page, `href="http://127.0.0.1/x#token=abc"`) || strings.Contains(page, "<b> ") {
		t.Errorf("page does not link or does not escape:\n%s", page)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
