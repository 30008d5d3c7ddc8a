package mail

import "strings"

// What an address may have at most (RFC 5321, 4.5.3.1).
const (
	maxAddress = 254
	maxLocal   = 64
	maxLabel   = 63
)

// Address brings an e-mail address into its stored form and reports whether it is
// one that mail servers everywhere take: ASCII, one @, a domain with a dot. It is
// the only rule for them. Quoted and commented forms, which are legal, are
// refused: they are how header injection begins. So is every letter outside
// ASCII, with which one address looks like another; a name of that kind has a
// form that begins with xn--. The case before the @ is the mail server's business
// and stays; that it makes no difference to us is for whoever compares.
func Address(text string) (string, bool) {
	address := strings.TrimSpace(text)
	local, domain, found := strings.Cut(address, "@")
	if !found || len(address) > maxAddress || len(local) > maxLocal || !dotted(local, "!#$%&'*+/=?^_`{|}~-") || !Domain(domain) {
		return address, false
	}
	return local + "@" + strings.ToLower(domain), true
}

// Domain reports whether a text is the name of a machine that the world can look
// up: ASCII labels joined by dots, the last of which is no number, as it would be
// of an IP address.
func Domain(name string) bool {
	if !strings.Contains(name, ".") || !dotted(name, "-") {
		return false
	}
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if len(label) > maxLabel || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
	}
	return strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

// dotted reports whether s is made of non-empty parts of letters, digits and
// the given signs, joined by dots.
func dotted(s, signs string) bool {
	for _, part := range strings.Split(s, ".") {
		if part == "" {
			return false
		}
		for _, r := range part {
			letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
			if !letter && !strings.ContainsRune(signs, r) {
				return false
			}
		}
	}
	return true
}
