// Package wording owns the words of our text messages, in versions: what a
// person agreed to is proved by the version and the hash of the text that was
// sent. It must never be changed without a new Version, and never lets an
// employer edit what the law asks for: who, what for, how often, what it costs,
// HELP and STOP.
package wording

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Version names this set of texts. It is stored with every consent event;
// change it with any word.
const Version = "4"

// ShortVersion names the shorter words of the texts that name our site, for a
// host that leaves no room for the full ones. They keep every element that is
// asked for.
const ShortVersion = "1-short"

// MaxSite is how long the host in a text may be: each text then fits one
// segment with the longest name, number and key.
const MaxSite = 40

// keyLength is that of the key of a signed link.
const keyLength = 11

// Languages with texts.
const (
	English = "en"
	French  = "fr"
)

// MaxEmployer is how long an employer's short name may be, in GSM-7
// characters: every text below then fits one segment.
const MaxEmployer = 20

// maxMonthly keeps the number to two digits.
const maxMonthly = 99

// Params fill a text.
type Params struct {
	Employer string // the short name chosen at registration
	Monthly  int    // most calls and texts a month, 1-99
	Site     string // host that serves the employee's page, such as "callshu.com"
	Key      string // key of the signed link; Confirmation only
}

// Text is a message ready to be sent and to be proved.
type Text struct {
	Body     string
	Language string
	Version  string
	Hash     string // SHA-256 of Body, in hex
	Segments int    // what it costs
}

// ErrTooLong says that an employer's name leaves no room in one segment, or
// has letters that text messages carry only at twice the price.
var ErrTooLong = errors.New("the short name does not fit into one text message: use a shorter one, in Latin letters")

// Invitation asks for consent. It is never sent in two segments.
func Invitation(language string, p Params) (Text, error) {
	text, err := render(language, p,
		"{E} via Callshu: automated work calls & texts, up to {N}/mo. Your choice: YES to join, HELP for help, STOP to end. Msg&data rates may apply.",
		"{E} via Callshu: appels et textos automatisés du travail, max {N}/mois. Facultatif: OUI pour accepter, AIDE, ARRET. Frais msg/données possibles.")
	if err == nil && text.Segments > 1 {
		return Text{}, ErrTooLong
	}
	return text, err
}

// Confirmation answers YES, once, where the carrier has not sent its own.
func Confirmation(language string, p Params) (Text, error) {
	return fit(language, p,
		"{E} via Callshu: you're in, up to {N}/mo. Quiet hours & proof: {S}/p/{k}. HELP for help, STOP to end. Msg&data rates may apply.",
		"{E} via Callshu: c'est noté, max {N}/mois. Heures calmes, preuves: {S}/p/{k}. AIDE, ARRET. Frais msg/données possibles.",
		"{E} via Callshu: calls on, up to {N}/mo: {S}/p/{k} HELP=help, STOP=end. Msg&data rates may apply.",
		"{E} via Callshu: appels acceptés, max {N}/mois: {S}/p/{k} AIDE, ARRET. Frais msg/données possibles.")
}

// Stopped answers an opt-out, where the carrier does not answer itself. It says
// what is done: every employer who calls from the number that it was sent to.
func Stopped(language string, p Params) (Text, error) {
	return render(language, p,
		"{E} via Callshu: done. No more calls or texts from {E} or from this number. Changed your mind? Text START.",
		"{E} via Callshu: c'est fait. Plus aucun appel ni texto de {E} ni de ce numéro. Pour revenir, textez START.")
}

// StoppedAll answers a "stop all", likewise: no employer of the platform.
func StoppedAll(language string, p Params) (Text, error) {
	return render(language, p,
		"{E} via Callshu: done. No employer will call or text you through Callshu. Changed your mind? Text START.",
		"{E} via Callshu: c'est fait. Plus aucun employeur ne vous appellera ni ne vous écrira par Callshu. Pour revenir, textez START.")
}

// Help answers HELP, where the carrier does not answer itself.
func Help(language string, p Params) (Text, error) {
	return fit(language, p,
		"{E} via Callshu: work calls & texts, up to {N}/mo. Help: {S}/me, support@callshu.com. STOP to end. Msg&data rates may apply.",
		"{E} via Callshu: appels et textos du travail, max {N}/mois. Aide: {S}/me, support@callshu.com. ARRET = fin. Frais msg/données possibles.",
		"{E} via Callshu: work calls & texts, up to {N}/mo. Help: {S}/me. STOP to end. Msg&data rates may apply.",
		"{E} via Callshu: appels/textos du travail, max {N}/mois. Aide: {S}/me. ARRET. Frais msg/données possibles.")
}

// minName is how short a name may become in a question with many.
const minName = 6

// Choose asks which of several pending invitations a YES means, or whether it
// means the one there is; the order of the names gives the numbers. It fits one
// segment: long names are shortened as long as they stay different, and where
// that is not enough the first ones are left out. from is the first one named.
func Choose(language string, employers []string) (text Text, from int, err error) {
	for from = range employers {
		for limit := MaxEmployer; limit >= minName; limit-- {
			names := shorten(employers[from:], limit)
			if names == nil {
				break
			}
			if text, err = choose(language, names); err != nil || text.Segments == 1 {
				return text, from, err
			}
		}
	}
	text, err = choose(language, employers[from:]) // a name that is never plain, or none
	return text, from, err
}

// shorten cuts names to a length; nil if two could then be taken for each other.
func shorten(employers []string, limit int) []string {
	names := make([]string, len(employers))
	whose := map[string]string{}
	for i, employer := range employers {
		name := []rune(plain(employer))
		if len(name) > limit {
			name = name[:limit]
		}
		names[i] = strings.TrimSpace(string(name))
		key := strings.ToLower(names[i])
		if other, taken := whose[key]; taken && other != plain(employer) {
			return nil
		}
		whose[key] = plain(employer)
	}
	return names
}

func choose(language string, names []string) (Text, error) {
	offers := make([]string, 0, len(names))
	yes := "YES"
	if language == French {
		yes = "OUI"
	}
	for i, name := range names {
		offers = append(offers, fmt.Sprintf("%s %d = %s", yes, i+1, plain(name)))
	}
	list := strings.Join(offers, ", ")
	if len(names) == 1 {
		return finish(language,
			"Callshu: we are not sure whom you mean. Reply "+list+". HELP for help, STOP to end.",
			"Callshu: de qui parlez-vous? Répondez "+list+". AIDE, ARRET.")
	}
	return finish(language,
		"Callshu: more than one employer asks. Reply "+list+". HELP for help, STOP to end.",
		"Callshu: plus d'un employeur demande. Répondez "+list+". AIDE, ARRET.")
}

// Code carries the number by which a user proves a phone to be theirs.
func Code(language, code string) (Text, error) {
	return finish(language,
		"Callshu: "+code+" is your code. It is good for 10 minutes. We never ask for it by phone.",
		"Callshu: "+code+" est votre code, valable 10 minutes. Nous ne le demandons jamais par téléphone.")
}

// CheckEmployer returns ErrTooLong unless every text fits one segment with the
// name, however many calls the account may make and whatever site up to
// MaxSite the texts name.
func CheckEmployer(name string) error {
	p := Params{Employer: name, Monthly: maxMonthly, Site: strings.Repeat("s", MaxSite), Key: strings.Repeat("k", keyLength)}
	return check(p, ErrTooLong)
}

// CheckSite returns an error if a text that names this host can take two
// segments, and so cost double.
func CheckSite(site string) error {
	p := Params{Employer: strings.Repeat("E", MaxEmployer), Monthly: maxMonthly, Site: site, Key: strings.Repeat("k", keyLength)}
	return check(p, fmt.Errorf("texts that name %q can take two segments: use a host of at most %d characters", site, MaxSite))
}

func check(p Params, long error) error {
	for _, write := range []func(string, Params) (Text, error){Invitation, Confirmation, Stopped, StoppedAll, Help, Page} {
		for _, language := range []string{English, French} {
			text, err := write(language, p)
			if err != nil {
				return err
			}
			if text.Segments > 1 {
				return long
			}
		}
	}
	return nil
}

// fit writes the full words where they take one segment, else the short ones.
func fit(language string, p Params, english, french, shortEnglish, shortFrench string) (Text, error) {
	text, err := render(language, p, english, french)
	if err != nil || text.Segments == 1 {
		return text, err
	}
	text, err = render(language, p, shortEnglish, shortFrench)
	text.Version = ShortVersion
	return text, err
}

func render(language string, p Params, english, french string) (Text, error) {
	if p.Monthly < 1 || p.Monthly > maxMonthly {
		return Text{}, fmt.Errorf("write text: %d messages a month: want 1 to %d", p.Monthly, maxMonthly)
	}
	if strings.TrimSpace(p.Employer) == "" {
		return Text{}, errors.New("write text: no employer's name")
	}
	fill := strings.NewReplacer("{E}", plain(p.Employer), "{N}", strconv.Itoa(p.Monthly), "{S}", p.Site, "{k}", p.Key)
	return finish(language, fill.Replace(english), fill.Replace(french))
}

func finish(language, english, french string) (Text, error) {
	body := english
	switch language {
	case English:
	case French:
		body = french
	default:
		return Text{}, fmt.Errorf("write text: no wording in language %q", language)
	}
	segments, _ := Segments(body)
	return Text{Body: body, Language: language, Version: Version, Hash: hash(body), Segments: segments}, nil
}

func hash(body string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(body))) }
