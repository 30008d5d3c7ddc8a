package stack

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// The simulator's account: not a secret, as it opens nothing but itself.
const (
	accountSID = "AC00000000000000000000000000000001"
	authToken  = "0123456789abcdef0123456789abcdef"
)

// senders are the numbers from which Callshu calls and texts, each account
// from one of its own.
func senders() []string { return []string{"+16475550191", "+14165550192", "+14375550193"} }

// sharedPassword is every role's on a server that is not ours: roles belong to
// the whole server, and the tests that use it too agree on this one.
const sharedPassword = "callshu-test-only"

// Secrets are made once and kept beside the data that they open.
type Secrets struct {
	JWTKeys      string            `json:"jwt_keys"`
	DataKeys     string            `json:"data_keys"`
	Passwords    map[string]string `json:"database_passwords"`
	OperatorTOTP string            `json:"operator_totp_secret"`
	Seeded       *Seeded           `json:"seeded"`
	path         string
}

// Seeded is what the sample data left behind, once it is whole.
type Seeded struct {
	ReadyCampaign    string `json:"ready_campaign_id"`
	FinishedCampaign string `json:"finished_campaign_id"`
	SenderNumber     string `json:"sender_number"`
}

func loadSecrets(path string, ownServer bool) (*Secrets, error) {
	s := &Secrets{path: path}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		s.generate(ownServer)
		return s, s.save()
	}
	if err != nil {
		return nil, fmt.Errorf("read secrets: %w", err)
	}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("read secrets of %s: %w (remove the directory to begin anew)", path, err)
	}
	return s, nil
}

func (s *Secrets) generate(ownServer bool) {
	s.JWTKeys, s.DataKeys = "demo:"+newKey(), "demo:"+newKey()
	s.Passwords = map[string]string{}
	for _, role := range loginRoles() {
		s.Passwords[role] = sharedPassword
		if ownServer {
			s.Passwords[role] = rand.Text()
		}
	}
}

func newKey() string {
	key := make([]byte, 32)
	rand.Read(key) // never fails: crypto/rand ends the program instead
	return base64.StdEncoding.EncodeToString(key)
}

// save replaces the file at once, so that a kill leaves the old or the new one.
func (s *Secrets) save() error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("write secrets: %w", err)
	}
	return replaceFile(s.path, append(data, '\n'))
}

func replaceFile(path string, data []byte) error {
	work := path + ".new"
	if err := os.WriteFile(work, data, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(work, path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
