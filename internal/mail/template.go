package mail

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"path"
	"strings"
	"sync"
	"text/template"
	"unicode"
)

// Template names one letter; each exists in English and, where it is short, in French.
type Template string

// The letters, with the words each needs.
const (
	VerifyEmail             Template = "verify_email"              // name, legal_name, link
	AlreadyRegistered       Template = "already_registered"        // name, link
	ApplicationReceived     Template = "application_received"      // name, legal_name, decide_by
	OpsApplication          Template = "ops_application"           // legal_name, country, registry_number, link
	AccountApproved         Template = "account_approved"          // name, legal_name, sender_number, link
	AccountRejected         Template = "account_rejected"          // name, legal_name, reason
	AccountSuspended        Template = "account_suspended"         // name, legal_name, reason
	AccountReinstated       Template = "account_reinstated"        // name, legal_name, link
	SessionsRevoked         Template = "sessions_revoked"          // name, link
	ResetPassword           Template = "reset_password"            // name, link
	PasswordChanged         Template = "password_changed"          // name, at, link
	TOTPOn                  Template = "totp_on"                   // name, at, link
	TOTPOff                 Template = "totp_off"                  // name, at, link
	RecoveryCodesMade       Template = "recovery_codes_made"       // name, at, link
	RecoveryCodeUsed        Template = "recovery_code_used"        // name, at, left, link
	DeviceRemembered        Template = "device_remembered"         // name, at, until, link
	ConfirmEmail            Template = "confirm_email"             // name, link
	EmailChangeAsked        Template = "email_change_asked"        // name, at, to, link
	EmailChanged            Template = "email_changed"             // name, at, to, link
	ResetForced             Template = "reset_forced"              // name, link
	OperatorPasswordChanged Template = "operator_password_changed" // name, at
	OperatorTOTPReset       Template = "operator_totp_reset"       // name, at
	CampaignTripped         Template = "campaign_tripped"          // name, legal_name, campaign, link; not_me, opted_out, hung_up, carrier_errors: "6/180" or empty
	CampaignRefused         Template = "campaign_refused"          // name, legal_name, campaign, code, link
	LaunchApproval          Template = "launch_approval"           // name, asker, campaign, callable, skipped, link
	LaunchApproved          Template = "launch_approved"           // name, decider, campaign, link
	LaunchRefused           Template = "launch_refused"            // name, decider, campaign, reason, link
	TwoPersonAsked          Template = "two_person_asked"          // name, legal_name, asker, from, to (empty: off), link
	TwoPersonChanged        Template = "two_person_changed"        // name, legal_name, asker, from, to, link
	TwoPersonRefused        Template = "two_person_refused"        // name, legal_name, asker, from, link
	DiallingPaused          Template = "dialling_paused"           // name, legal_name, reason, link
	DiallingResumed         Template = "dialling_resumed"          // name, legal_name, link
	UserInvited             Template = "user_invited"              // name, legal_name, asker, role, link
	UserInvitedTaken        Template = "user_invited_taken"        // name, legal_name, asker, link
	UserJoined              Template = "user_joined"               // name, legal_name, person, role, link
	RoleChanged             Template = "role_changed"              // name, legal_name, asker, person, role
	AccessEnded             Template = "access_ended"              // name, legal_name, asker, person
	NameChangeAsked         Template = "name_change_asked"         // name, asker, from, to, link
	NameChangeApproved      Template = "name_change_approved"      // name, from, to, link
	NameChangeRefused       Template = "name_change_refused"       // name, from, to, reason
	OpsNameChange           Template = "ops_name_change"           // from, to, registry_number, link
	AccessRestored          Template = "access_restored"           // name, legal_name, asker, person, link
	FactorResetAsked        Template = "factor_reset_asked"        // name, asker, from, link
	FactorResetOwners       Template = "factor_reset_owners"       // name, legal_name, person, asker, from, link
	FactorLost              Template = "factor_lost"               // name, at, link
	OperatorDisabled        Template = "operator_disabled"         // name, at
	OpsReport               Template = "ops_report"                // week, events, late, head, chains, seals, mail, mails, link; items: the files
)

//go:embed templates
var files embed.FS

// letter is a parsed source: its first line is the subject, the paragraphs
// follow, a paragraph "=> label" is a button that leads to .link, and one that
// begins with "- " stands once for each line of the mail's list, as .item. The
// structure is read before any data comes in, so that no name can add to it.
type letter struct {
	subject    *template.Template
	paragraphs []paragraph
}

type paragraph struct {
	words  *template.Template
	button bool
	list   bool
	item   string // of a list, once the lines are known
}

// rendered is a letter ready to send.
type rendered struct {
	subject string
	text    string
	html    string
}

var catalogue = sync.OnceValues(func() (map[string]letter, error) { return parseAll(files) })

var layout = sync.OnceValues(func() (*htmltemplate.Template, error) {
	return htmltemplate.ParseFS(files, "templates/layout.html")
})

func parseAll(source fs.FS) (map[string]letter, error) {
	names, err := fs.Glob(source, "templates/*.txt")
	if err != nil {
		return nil, fmt.Errorf("list mail templates: %w", err)
	}
	letters := map[string]letter{}
	for _, name := range names {
		raw, err := fs.ReadFile(source, name)
		if err != nil {
			return nil, fmt.Errorf("read mail template: %w", err)
		}
		key := strings.TrimSuffix(path.Base(name), ".txt")
		if letters[key], err = parseLetter(string(raw)); err != nil {
			return nil, fmt.Errorf("parse mail template %s: %w", key, err)
		}
	}
	return letters, nil
}

func parseLetter(raw string) (letter, error) {
	subject, body, _ := strings.Cut(strings.TrimSpace(raw), "\n")
	var l letter
	var err error
	if l.subject, err = parseWords(subject); err != nil {
		return letter{}, err
	}
	for _, block := range strings.Split(strings.TrimSpace(body), "\n\n") {
		label, button := strings.CutPrefix(block, "=> ")
		label, list := strings.CutPrefix(label, "- ")
		words, err := parseWords(strings.ReplaceAll(label, "\n", " "))
		if err != nil {
			return letter{}, err
		}
		l.paragraphs = append(l.paragraphs, paragraph{words: words, button: button, list: list})
	}
	return l, nil
}

func parseWords(text string) (*template.Template, error) {
	return template.New("").Option("missingkey=error").Parse(text)
}

// render fills a letter. A language without that letter falls back to English.
func render(name Template, language string, data map[string]string) (rendered, error) {
	letters, err := catalogue()
	if err != nil {
		return rendered{}, err
	}
	l, ok := letters[string(name)+"."+language]
	if !ok {
		language = "en"
		l, ok = letters[string(name)+".en"]
	}
	if !ok {
		return rendered{}, fmt.Errorf("render mail: there is no template %q", name)
	}
	clean := map[string]string{}
	for key, value := range data {
		clean[key] = oneLine(value)
	}
	return l.spread(data[items]).fill(name, language, clean)
}

// spread puts each line of the mail's list into a paragraph of its own.
func (l letter) spread(lines string) letter {
	spread := letter{subject: l.subject}
	for _, p := range l.paragraphs {
		if !p.list {
			spread.paragraphs = append(spread.paragraphs, p)
			continue
		}
		for line := range strings.SplitSeq(lines, "\n") {
			p.item = oneLine(line)
			spread.paragraphs = append(spread.paragraphs, p)
		}
	}
	return spread
}

type htmlParagraph struct {
	Text string
	Link string // set for a button
}

func (l letter) fill(name Template, language string, data map[string]string) (rendered, error) {
	subject, err := words(l.subject, data)
	if err != nil {
		return rendered{}, fmt.Errorf("render mail %s: %w", name, err)
	}
	var text strings.Builder
	var blocks []htmlParagraph
	for _, p := range l.paragraphs {
		if p.list {
			data["item"] = p.item
		}
		filled, err := words(p.words, data)
		if err != nil {
			return rendered{}, fmt.Errorf("render mail %s: %w", name, err)
		}
		block := htmlParagraph{Text: filled}
		if p.button {
			if block.Link = data["link"]; block.Link == "" {
				return rendered{}, fmt.Errorf("render mail %s: it needs a link", name)
			}
			filled += ":\n" + block.Link
		}
		blocks = append(blocks, block)
		text.WriteString(filled + "\n\n")
	}
	page, err := layout()
	if err != nil {
		return rendered{}, fmt.Errorf("parse mail layout: %w", err)
	}
	var html bytes.Buffer
	err = page.Execute(&html, map[string]any{"Language": language, "Subject": subject, "Blocks": blocks})
	if err != nil {
		return rendered{}, fmt.Errorf("render mail %s: %w", name, err)
	}
	return rendered{subject: subject, text: strings.TrimSpace(text.String()) + "\n", html: html.String()}, nil
}

func words(t *template.Template, data map[string]string) (string, error) {
	var b strings.Builder
	err := t.Execute(&b, data)
	return b.String(), err
}

// oneLine keeps a value within its place: no line breaks (headers, quoted
// paragraphs), no control characters, none that turn the reading direction.
func oneLine(value string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, value)
	return strings.Join(strings.Fields(clean), " ")
}
