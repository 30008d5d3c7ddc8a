// Package phone owns what a phone number is here: a line in Canada or the
// United States that one person answers. It parses what people type, refuses
// with a reason what may not be rung, and gives the forms in which a number may
// be stored (keyed hash) or shown (masked). It must never guess at a number,
// fold foreign digits in silence, or put a raw input into an error.
package phone

import (
	"crypto/hmac"
	"crypto/sha256"
	"regexp"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Countries whose numbers may be called.
const (
	Canada       = "CA"
	UnitedStates = "US"
)

// Number is a callable number.
type Number struct {
	E164    string // "+1" and ten digits
	Country string // Canada or UnitedStates
}

// Reasons for which a number is refused: stable codes for fields and CSV rows.
const (
	CodeRequired      = "required"
	CodeNotASCII      = "not_ascii"
	CodeExtension     = "extension"
	CodeLetters       = "letters"
	CodeEmergency     = "emergency"
	CodeShortCode     = "short_code"
	CodePremium       = "premium"
	CodeTollFree      = "toll_free"
	CodeForeign       = "foreign"
	CodeNotGeographic = "not_geographic"
	CodeDirectory     = "directory"
	CodeTooShort      = "too_short"
	CodeTooLong       = "too_long"
	CodeInvalid       = "invalid_phone"
)

// Refusal says why an input is not a number that may be called. It never
// contains the input, so that it may be logged.
type Refusal struct {
	Code    string // one of the Code constants
	Message string // a sentence for the person who typed it
}

func (r *Refusal) Error() string { return r.Code + ": " + r.Message }

func refuse(code string) *Refusal { return &Refusal{Code: code, Message: sentence(code)} }

func sentence(code string) string {
	switch code {
	case CodeRequired:
		return "Enter a phone number."
	case CodeNotASCII:
		return "The number contains characters that are not plain digits, perhaps invisible ones. Type it again."
	case CodeExtension:
		return "Numbers with an extension cannot be called. Enter a number that rings the person directly."
	case CodeLetters:
		return "Write the number in digits only."
	case CodeEmergency:
		return "Emergency and crisis lines cannot be called."
	case CodeShortCode:
		return "Short service numbers cannot be called. Enter the ten digits of a phone."
	case CodePremium:
		return "Premium-rate numbers cannot be called."
	case CodeTollFree:
		return "Toll-free numbers cannot be called. Enter a number that rings the person directly."
	case CodeForeign:
		return "Only numbers in Canada and in the states of the United States can be called."
	case CodeNotGeographic:
		return "This is not the number of a home, office or mobile phone."
	case CodeDirectory:
		return "Directory and service numbers (555) cannot be called."
	case CodeTooShort:
		return "The number is too short: an area code and seven digits are needed."
	case CodeTooLong:
		return "The number is too long: an area code and seven digits are needed."
	default:
		return "This is not a phone number in use in Canada or the United States."
	}
}

// maxInput is far beyond any way of writing one number.
const maxInput = 64

var (
	extensionPattern = regexp.MustCompile(`(?i)[,#]|ext|;\s*(isub|postd)|\dx\.?\s*\d|\sx\.?\s*\d|\d[pw]\d`)
	// writtenPattern is a number as people write it in North America: digits
	// in groups, one leading plus.
	writtenPattern = regexp.MustCompile(`^\+?\(?\d[\d().\-/ ]*$`)
)

// Parse reads a number as a person or a CSV file may write it: E.164, or ten
// digits (eleven with the leading 1) with the usual separators. Any error is a
// *Refusal.
func Parse(raw string) (Number, error) {
	digits, international, err := digitsOf(raw)
	if err != nil {
		return Number{}, err
	}
	national, err := nationalDigits(digits, international)
	if err != nil {
		return Number{}, err
	}
	return classify(national)
}

// digitsOf strips the writing from a number and refuses what a library would
// silently drop: invisible characters, foreign digits, letters, extensions.
func digitsOf(raw string) (digits string, international bool, err error) {
	text := strings.Trim(raw, " \t\r\n")
	if text == "" {
		return "", false, refuse(CodeRequired)
	}
	for i := range len(text) {
		if text[i] >= 0x80 {
			return "", false, refuse(CodeNotASCII)
		}
	}
	if len(text) > maxInput {
		return "", false, refuse(CodeTooLong)
	}
	if len(text) >= 4 && strings.EqualFold(text[:4], "tel:") {
		text = text[4:]
	}
	if extensionPattern.MatchString(text) {
		return "", false, refuse(CodeExtension)
	}
	if !writtenPattern.MatchString(text) {
		return "", false, refuse(oddityOf(text))
	}
	digits = strings.Map(keepDigit, text)
	return digits, text[0] == '+', nil
}

func keepDigit(r rune) rune {
	if r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// oddityOf tells a vanity number from plain nonsense.
func oddityOf(text string) string {
	letters := false
	for _, r := range text {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
			letters = true
		case r >= '0' && r <= '9' || strings.ContainsRune("+()-./ ", r):
		default:
			return CodeInvalid
		}
	}
	if letters {
		return CodeLetters
	}
	return CodeInvalid
}

// nationalDigits returns the ten digits that follow the country code 1.
func nationalDigits(digits string, international bool) (string, error) {
	short := strings.TrimPrefix(digits, "1")
	switch {
	case isEmergency(digits) || isEmergency(short):
		return "", refuse(CodeEmergency)
	case international && digits[0] == '0':
		return "", refuse(CodeInvalid) // no country code begins with 0
	case international && digits[0] != '1':
		return "", refuse(CodeForeign)
	case !international && strings.HasPrefix(digits, "011"):
		return "", refuse(CodeForeign) // how one dials abroad from here
	case len(short) == 3:
		return "", refuse(CodeShortCode)
	}
	if international || len(digits) > 10 {
		digits = short
	}
	switch {
	case len(digits) < 10:
		return "", refuse(CodeTooShort)
	case len(digits) > 10:
		return "", refuse(CodeTooLong)
	}
	return digits, nil
}

// isEmergency covers the crisis line 988 and the numbers that handsets route
// to emergency services by themselves.
func isEmergency(digits string) bool {
	switch digits {
	case "911", "988", "112", "999":
		return true
	}
	return false
}

// classify accepts a geographic line in use. The library knows which area
// codes exist and whose they are; it calls more valid than may be called, so
// exchanges of services are refused here.
func classify(national string) (Number, error) {
	exchange, line := national[3:6], national[6:]
	switch {
	case national[:3] == "900" || exchange == "976":
		return Number{}, refuse(CodePremium)
	case exchange[1:] == "11":
		return Number{}, refuse(CodeInvalid)
	}
	country, err := placed(national)
	if err != nil {
		return Number{}, err
	}
	// Of 555 only the range 0100-0199 is set aside for examples and tests.
	if exchange == "555" && !strings.HasPrefix(line, "01") {
		return Number{}, refuse(CodeDirectory)
	}
	return Number{E164: "+1" + national, Country: country}, nil
}

// placed asks the library for type and country. The number is built rather
// than parsed, and each question asked once: an import asks 100,000 times.
func placed(national string) (country string, err error) {
	number := libraryNumber(national)
	switch phonenumbers.GetNumberType(number) {
	case phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE:
	case phonenumbers.TOLL_FREE:
		return "", refuse(CodeTollFree)
	case phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST:
		return "", refuse(CodePremium)
	case phonenumbers.UNKNOWN:
		return "", refuse(CodeInvalid)
	default:
		return "", refuse(CodeNotGeographic)
	}
	for _, country := range []string{Canada, UnitedStates} {
		if phonenumbers.IsValidNumberForRegion(number, country) {
			return country, nil
		}
	}
	return "", refuse(CodeForeign)
}

func libraryNumber(national string) *phonenumbers.PhoneNumber {
	value, err := strconv.ParseUint(national, 10, 64)
	if err != nil {
		value = 0 // ten digits always fit; nought is no number
	}
	code := int32(1)
	return &phonenumbers.PhoneNumber{CountryCode: &code, NationalNumber: &value}
}

// Country returns the country of a number in E.164 form, or "" when it is not
// callable.
func Country(e164 string) string {
	n, err := Parse(e164)
	if err != nil {
		return ""
	}
	return n.Country
}

// Key returns the keyed hash under which a number is looked up where the
// number itself is not kept: 32 bytes. The hmacKey never rotates, or STOPs of
// the past would be forgotten.
func Key(hmacKey []byte, e164 string) []byte {
	mac := hmac.New(sha256.New, hmacKey)
	mac.Write([]byte("callshu phone\x00" + e164))
	return mac.Sum(nil)
}

// Mask shows the last four digits only: "+1•••••0123". What is not a number of
// ours is hidden altogether.
func Mask(e164 string) string {
	const hidden = "•••••"
	if len(e164) != 12 || e164[:2] != "+1" || strings.Trim(e164[2:], "0123456789") != "" {
		return hidden
	}
	return "+1" + hidden + e164[8:]
}
