package phone

import (
	"slices"

	"github.com/nyaruka/phonenumbers"
)

// manyZones is where a list stops saying anything: the library answers with
// some forty zones for a number it cannot place.
const manyZones = 6

// Zones returns the IANA zones in which the holder of a number may live, by
// its area code and exchange, or nil when that cannot be told. People move and
// keep their numbers: this is a bound for calling hours, not an address.
func Zones(e164 string) []string {
	if n, err := Parse(e164); err != nil || n.E164 != e164 {
		return nil
	}
	zones, err := phonenumbers.GetTimezonesForNumber(libraryNumber(e164[2:]))
	if err != nil {
		zones = nil
	}
	zones = append(slices.Clone(zones), straddled(e164[2:5])...)
	for i, z := range zones {
		// The library's name for the clock of eastern Labrador; numbers of
		// Puerto Rico itself are not called.
		if z == "America/Puerto_Rico" {
			zones[i] = "America/Blanc-Sablon"
		}
	}
	zones = slices.DeleteFunc(zones, func(z string) bool { return z == phonenumbers.UNKNOWN_TIMEZONE })
	slices.Sort(zones)
	zones = slices.Compact(zones)
	if len(zones) == 0 || len(zones) > manyZones {
		return nil
	}
	return zones
}

// straddled adds the zones of area codes that cross a zone border: for an
// exchange that it does not know the library names the zone of one part only.
// Calls then keep to the hours of both sides.
func straddled(areaCode string) []string {
	switch areaCode {
	case "867": // Yukon, Northwest Territories, Nunavut
		return []string{"America/Whitehorse", "America/Inuvik", "America/Rankin_Inlet", "America/Iqaluit"}
	case "236", "250", "257", "672", "778": // British Columbia, whose east keeps Alberta's time
		return []string{"America/Vancouver", "America/Edmonton"}
	case "306", "474", "639": // Saskatchewan with Lloydminster
		return []string{"America/Regina", "America/Edmonton"}
	case "807": // north-western Ontario
		return []string{"America/Toronto", "America/Winnipeg", "America/Atikokan"}
	case "367", "418", "581": // eastern Quebec with the Magdalen Islands and the Lower North Shore
		return []string{"America/Toronto", "America/Halifax", "America/Blanc-Sablon"}
	case "709", "879": // Newfoundland and Labrador
		return []string{"America/St_Johns", "America/Goose_Bay"}
	case "850", "448", "270", "364", "606", "423", "931", "812", "930", "574", "906": // Florida's west, Kentucky, Tennessee, Indiana, upper Michigan
		return []string{"America/New_York", "America/Chicago"}
	case "701", "605", "308", "785", "620", "432", "915": // the Plains and western Texas
		return []string{"America/Chicago", "America/Denver"}
	case "208", "986", "541", "458", "775": // Idaho, eastern Oregon, Nevada
		return []string{"America/Boise", "America/Los_Angeles"}
	case "928": // Arizona with the Navajo Nation
		return []string{"America/Phoenix", "America/Denver"}
	case "907": // Alaska with the Aleutians
		return []string{"America/Anchorage", "America/Adak"}
	}
	return nil
}

// HomeZone is the one zone to offer to the holder of a number as theirs, for
// them to correct: the likeliest by the number, else that of most people of its
// country. Calling hours never rest on it.
func HomeZone(e164 string) string {
	if n, err := Parse(e164); err == nil && n.E164 == e164 {
		if list := straddled(e164[2:5]); len(list) > 0 {
			return list[0]
		}
		if list := Zones(e164); len(list) > 0 {
			return list[0]
		}
		if n.Country == UnitedStates {
			return "America/New_York"
		}
	}
	return "America/Toronto"
}
