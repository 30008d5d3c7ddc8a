package phone_test

import (
	"testing"

	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/phone"
)

func TestHomeZoneIsTheLikeliest(t *testing.T) {
	zones, err := callhours.Load()
	if err != nil {
		t.Fatal(err)
	}
	for number, want := range map[string]string{
		"+14165550101": "America/Toronto", "+16045550101": "America/Vancouver", "+12505550101": "America/Vancouver", "+18505550101": "America/New_York",
		"+12125550101": "America/New_York", "+18085550101": "Pacific/Honolulu", "+12045550101": "America/Winnipeg", "+17095550101": "America/St_Johns",
		"": "America/Toronto", "nonsense": "America/Toronto",
	} {
		got := phone.HomeZone(number)
		if got != want || !zones.Valid(got) {
			t.Errorf("HomeZone(%q) = %q, want %q", number, got, want)
		}
	}
}
