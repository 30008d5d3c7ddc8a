package account

import (
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/auth"
	"github.com/callshu/callshu/internal/consent/wording"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/phone"
	"github.com/callshu/callshu/internal/plaintext"
)

// Application is what an employer tells us to get an account, with its first
// person, who becomes the owner.
type Application struct {
	LegalName      string
	SpokenName     string // how a call and a text name the employer
	RegistryNumber string
	Country        string // CA or US
	Province       string // two letters
	Website        string
	EmployeeCount  int
	UseCase        string
	CallbackNumber string
	ContactAddress string
	Attestation    bool
	TimeZone       string // empty: the province's
	Name           string
	Email          string
	Phone          string
	Password       string
	Language       string // en or fr; empty: en
}

// Limits of what is typed, in characters.
const (
	maxName       = 100
	maxLegalName  = 200
	maxSpokenName = wording.MaxEmployer
	maxShort      = 60
	maxWebsite    = 200
	maxAddress    = 200
	minUseCase    = 20
	maxUseCase    = 2000
	maxEmployees  = 1_000_000
)

// check brings the application into its stored form and names everything that
// is wrong with it at once.
func (a *Application) check(validZone func(string) bool) error {
	var f apperr.Fields
	a.LegalName = line(&f, "company_legal_name", a.LegalName, 2, maxLegalName)
	a.Name = line(&f, "name", a.Name, 1, maxName)
	a.RegistryNumber = line(&f, "registry_number", a.RegistryNumber, 2, maxShort)
	a.UseCase = line(&f, "use_case", a.UseCase, minUseCase, maxUseCase)
	a.SpokenName = spokenName(&f, a.SpokenName)
	a.Email = email(&f, a.Email)
	a.Website = website(&f, a.Website)
	a.CallbackNumber = callbackNumber(&f, a.CallbackNumber)
	a.ContactAddress = line(&f, "contact_address", a.ContactAddress, 5, maxAddress)
	a.Phone = phoneNumber(&f, "phone", a.Phone)
	a.checkPlace(&f, validZone)
	if a.EmployeeCount < 1 || a.EmployeeCount > maxEmployees {
		f.Add("employee_count", "out_of_range", "Tell how many people work for you.")
	}
	if !a.Attestation {
		f.Add("attestation", "required", "Without this statement we cannot review the application.")
	}
	if a.Language == "" {
		a.Language = "en"
	}
	if a.Language != "en" && a.Language != "fr" {
		f.Add("language", "not_allowed", "Choose en or fr.")
	}
	if err := auth.CheckPassword(a.Password, a.Name, a.Email, a.LegalName, a.SpokenName); err != nil {
		refusal, ok := apperr.As(err)
		if !ok {
			return err
		}
		f = append(f, refusal.Fields...)
	}
	return f.Err()
}

func (a *Application) checkPlace(f *apperr.Fields, validZone func(string) bool) {
	a.Province = strings.ToUpper(strings.TrimSpace(a.Province))
	zone, known := provinceZone(a.Country, a.Province)
	switch {
	case a.Country != phone.Canada && a.Country != phone.UnitedStates:
		f.Add("country", "not_allowed", "Employers in Canada and in the United States can apply.")
	case !known:
		f.Add("province", "not_allowed", "Use the two letters of a province, territory or state of that country.")
	}
	if a.TimeZone == "" {
		a.TimeZone = zone
		return
	}
	if !validZone(a.TimeZone) {
		f.Add("time_zone", "not_allowed", "This is no time zone of Canada or the United States.")
	}
}

// line brings a text into one line of normal form, all of which can be seen, and
// checks its length.
func line(f *apperr.Fields, field, text string, shortest, longest int) string {
	clean := plaintext.Line(text)
	length := utf8.RuneCountInString(clean)
	switch {
	case clean == "":
		f.Add(field, "required", "This is required.")
	case length < shortest:
		f.Add(field, "too_short", "Use at least %d characters.", shortest)
	case length > longest:
		f.Add(field, "too_long", "Use at most %d characters.", longest)
	case plaintext.Check(clean) != plaintext.None:
		f.Add(field, "malformed", "%s", plaintext.Check(clean).Message())
	}
	return clean
}

// gsmNameLetters are letters outside ASCII that a text can carry without
// becoming two (GSM 03.38, basic set).
const gsmNameLetters = "èéùìòÇØøÅåÆæßÉÄÖÑÜäöñüà"

func spokenName(f *apperr.Fields, name string) string {
	name = line(f, "spoken_name", name, 1, maxSpokenName)
	for _, r := range name {
		plain := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(" '&.,-+()/!", r)
		if !plain && !strings.ContainsRune(gsmNameLetters, r) {
			f.Add("spoken_name", "not_gsm", "Use letters, digits and simple signs; %q does not fit in a text message.", string(r))
			return name
		}
	}
	if err := wording.CheckEmployer(name); err != nil && name != "" && utf8.RuneCountInString(name) <= maxSpokenName {
		f.Add("spoken_name", "too_long", "This leaves no room in a text message. Use a shorter name.")
	}
	return name
}

// email takes an address by the one rule for them.
func email(f *apperr.Fields, text string) string {
	address, ok := mail.Address(text)
	if !ok {
		f.Add("email", "malformed", "This is not an e-mail address that we can write to.")
	}
	return address
}

func website(f *apperr.Fields, text string) string {
	address := strings.TrimSpace(text)
	if address != "" && !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	switch {
	case address == "":
		f.Add("website", "required", "This is required.")
	case err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil || len(address) > maxWebsite ||
		!mail.Domain(u.Hostname()):
		f.Add("website", "malformed", "This is not the address of a website, such as https://example.com.")
	default:
		return u.String()
	}
	return address
}

func phoneNumber(f *apperr.Fields, field, text string) string {
	number, err := phone.Parse(text)
	if err != nil {
		addRefusal(f, field, err)
		return ""
	}
	return number.E164
}

// callbackNumber is read out in calls and never rung by us: a toll-free number
// will do.
func callbackNumber(f *apperr.Fields, text string) string {
	number, err := phone.Parse(text)
	if err == nil {
		return number.E164
	}
	var refusal *phone.Refusal
	if errors.As(err, &refusal) && refusal.Code == phone.CodeTollFree {
		digits := strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, text)
		return "+1" + digits[len(digits)-10:] // it parsed as ten digits behind an optional 1
	}
	addRefusal(f, "callback_number", err)
	return ""
}

func addRefusal(f *apperr.Fields, field string, err error) {
	var refusal *phone.Refusal
	if errors.As(err, &refusal) {
		f.Add(field, refusal.Code, "%s", refusal.Message)
		return
	}
	f.Add(field, "invalid_phone", "This is not a phone number.")
}
