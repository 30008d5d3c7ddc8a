package sample_test

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/cmd/demo/internal/sample"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/phone"
)

func people(t *testing.T) []sample.Person {
	t.Helper()
	list, err := sample.People()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestSamplePeopleAreInventedAndWhole(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, p := range people(t) {
		n, err := phone.Parse(p.Phone)
		if err != nil || n.E164 != p.Phone || p.Phone[5:10] != "55501" {
			t.Errorf("%s: %s is not a fictitious number that may be called: %v", p.Name, p.Phone, err)
		}
		if other, twice := seen[p.Phone]; twice {
			t.Errorf("%s and %s share %s", p.Name, other, p.Phone)
		}
		seen[p.Phone] = p.Name
		for name, owner := range map[string]func(sample.Person) error{
			"past": func(p sample.Person) error { o, err := p.PastOwner(); return orInvalid(err, o.Validate()) },
			"now":  func(p sample.Person) error { o, err := p.NowOwner(); return orInvalid(err, o.Validate()) },
		} {
			if err := owner(p); err != nil {
				t.Errorf("%s, %s: %v", p.Name, name, err)
			}
		}
	}
	if len(seen) < 200 {
		t.Errorf("%d people, want about 200", len(seen))
	}
}

func orInvalid(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestSampleHasEveryStateOfConsent(t *testing.T) {
	t.Parallel()
	list := people(t)
	for what, n := range map[string]int{
		"opted in": sample.Count(list, "yes", sample.WaveFounding, sample.WaveSeasonal), "opted out": sample.Count(list, "stop", sample.WaveFounding),
		"lapsed": sample.Count(list, "silent", sample.WaveFounding), "invited": sample.Count(list, "silent", sample.WaveSeasonal),
		"not invited": len(sample.OfWave(list, sample.WaveNew)),
	} {
		if n == 0 {
			t.Errorf("nobody is %s", what)
		}
	}
}

func TestReadyCampaignMayCallAtTwoPastNine(t *testing.T) {
	t.Parallel()
	zones, err := callhours.Load()
	if err != nil {
		t.Fatal(err)
	}
	toronto, _ := zones.Location("America/Toronto")
	for _, day := range []time.Time{time.Date(2026, 1, 5, 9, 2, 0, 0, toronto), time.Date(2026, 7, 6, 9, 2, 0, 0, toronto)} {
		callable, fr := 0, 0
		for _, p := range people(t) {
			if !strings.Contains(strings.Join(p.Tags, ";"), sample.ReadyTag) || p.Reply != "yes" {
				continue
			}
			n, err := phone.Parse(p.Phone)
			if err != nil {
				t.Fatal(err)
			}
			from, until := zones.Window(n.Country, phone.Zones(n.E164), p.Zone, callhours.Narrow{}, day)
			if !day.Before(from) && day.Before(until) {
				callable++
			}
			if p.Language == "fr" {
				fr++
			}
		}
		if callable < 38 || fr < 5 {
			t.Errorf("on %s %d people may be called, %d of them in French; want about 40 and some", day, callable, fr)
		}
	}
}

func TestFileIsWhatASpreadsheetWouldHold(t *testing.T) {
	t.Parallel()
	list := people(t)
	data, err := sample.File(list)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	if err != nil || len(rows) != len(list)+1 || rows[0][1] != "phone" || rows[1][1] != list[0].Phone {
		t.Errorf("%d rows, %v: %v", len(rows), rows[0], err)
	}
}
