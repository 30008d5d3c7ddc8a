package account

import (
	"strings"

	"github.com/callshu/callshu/internal/phone"
)

// Provinces, territories and states, each with the zone where most of its
// people live: what an employer's own times are shown in until it says otherwise.
const (
	canadianPlaces = `AB America/Edmonton
BC America/Vancouver
MB America/Winnipeg
NB America/Moncton
NL America/St_Johns
NS America/Halifax
NT America/Yellowknife
NU America/Iqaluit
ON America/Toronto
PE America/Halifax
QC America/Toronto
SK America/Regina
YT America/Whitehorse`
	americanPlaces = `AK America/Anchorage
AL America/Chicago
AR America/Chicago
AZ America/Phoenix
CA America/Los_Angeles
CO America/Denver
CT America/New_York
DC America/New_York
DE America/New_York
FL America/New_York
GA America/New_York
HI Pacific/Honolulu
IA America/Chicago
ID America/Boise
IL America/Chicago
IN America/Indiana/Indianapolis
KS America/Chicago
KY America/New_York
LA America/Chicago
MA America/New_York
MD America/New_York
ME America/New_York
MI America/Detroit
MN America/Chicago
MO America/Chicago
MS America/Chicago
MT America/Denver
NC America/New_York
ND America/Chicago
NE America/Chicago
NH America/New_York
NJ America/New_York
NM America/Denver
NV America/Los_Angeles
NY America/New_York
OH America/New_York
OK America/Chicago
OR America/Los_Angeles
PA America/New_York
RI America/New_York
SC America/New_York
SD America/Chicago
TN America/Chicago
TX America/Chicago
UT America/Denver
VA America/New_York
VT America/New_York
WA America/Los_Angeles
WI America/Chicago
WV America/New_York
WY America/Denver`
)

// provinceZone returns the zone of a province, territory or state.
func provinceZone(country, province string) (string, bool) {
	places := canadianPlaces
	if country == phone.UnitedStates {
		places = americanPlaces
	}
	for _, place := range strings.Split(places, "\n") {
		if code, zone, _ := strings.Cut(place, " "); code == province {
			return zone, true
		}
	}
	return "", false
}

// freeMail tells an address that anybody can have, which is no proof of an
// employer: the reviewer is told.
func freeMail(email string) bool {
	_, domain, _ := strings.Cut(strings.ToLower(email), "@")
	switch domain {
	case "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.ca", "hotmail.fr", "live.com", "live.ca", "msn.com",
		"yahoo.com", "yahoo.ca", "yahoo.fr", "ymail.com", "icloud.com", "me.com", "mac.com", "aol.com", "proton.me", "protonmail.com",
		"gmx.com", "gmx.net", "mail.com", "zoho.com", "yandex.com", "yandex.ru", "videotron.ca", "sympatico.ca", "bell.net",
		"rogers.com", "shaw.ca", "telus.net", "comcast.net", "verizon.net", "att.net", "tutanota.com", "fastmail.com", "hey.com":
		return true
	}
	return false
}
