package httpapi

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/consent"
)

// personView is what the templates show, in the person's language and by the
// clock of their zone.
type personView struct {
	Nonce     string
	French    bool
	Key       string
	Done      string
	Problem   string
	Page      consent.Page
	Employers []employerView
	Quiet     quietView
	Past      []pastView
	Hidden    bool // there are more than are shown
	Bounded   bool // there are more than a page can show
}

type employerView struct {
	consent.PageEmployer
	Changed  moment
	AgreedAt moment
	SentAt   moment // zero where the carrier has told no time
	Hash     string
}

// quietView is the two forms, as they stand or as they were typed.
type quietView struct {
	Place       string // of the zone, for people
	Zones       []zoneGroup
	Hours       string // "" where none are set
	Start, End  string
	Paused      moment // zero where no pause is on
	Until       string
	First, Last string // bounds of a pause
	On          bool   // no phone rings at this moment for what was asked
	Wrong       map[string]string
}

type zoneGroup struct {
	Country string
	Zones   []zoneView
}

type zoneView struct {
	Name, Place, Clock string
	Chosen             bool
}

// moment is an instant for a machine and for a person.
type moment struct{ ISO, Text string }

type pastView struct {
	At       moment
	Kind     string
	Employer string
	State    string
	Purpose  string
	Answer   string
	Duration string
	Text     string
}

func (s *server) viewPerson(r *http.Request, page consent.Page) personView {
	view := personView{French: page.Language == consent.French, Key: chi.URLParam(r, "key"), Page: page, Hidden: page.PastTotal > len(page.Past)}
	view.Bounded = view.Hidden && len(page.Past) == pastMost
	zones, now := s.Dialer.Zones, s.Clock.Now()
	location, known := zones.Location(page.Quiet.Zone)
	if !known {
		location = time.UTC
	}
	when := func(at time.Time) moment { return momentOf(at, location, view.French) }
	for _, e := range page.Employers {
		v := employerView{PageEmployer: e}
		if e.ChangedAt != nil {
			v.Changed = when(*e.ChangedAt)
		}
		if e.Agreement != nil {
			v.AgreedAt, v.Hash = when(e.Agreement.At), fmt.Sprintf("%x", e.Agreement.Hash)
			if e.Agreement.SentAt != nil {
				v.SentAt = when(*e.Agreement.SentAt)
			}
		}
		view.Employers = append(view.Employers, v)
	}
	view.Quiet = viewQuiet(page.Quiet, zones, now, location, view.French)
	for _, item := range page.Past {
		view.Past = append(view.Past, viewPast(item, when, view.French))
	}
	return view
}

func viewQuiet(q consent.Quiet, zones *callhours.Zones, now time.Time, location *time.Location, french bool) quietView {
	const local = "2006-01-02T15:04"
	v := quietView{Place: placeOf(q.Zone), Zones: zoneGroups(zones, q.Zone, now, french), Wrong: map[string]string{},
		First: now.In(location).Add(time.Minute).Format(local), Last: now.In(location).Add(400 * 24 * time.Hour).Format(local)}
	if q.Hours != nil {
		v.Start, v.End = consent.Clock(q.Hours.Start), consent.Clock(q.Hours.End)
		v.Hours = v.Start + " – " + v.End
		from, _, err := zones.QuietSpan(*q.Hours, now)
		v.On = err == nil && !now.Before(from)
	}
	if q.PausedUntil != nil && q.PausedUntil.After(now) {
		v.Paused, v.Until, v.On = momentOf(*q.PausedUntil, location, french), q.PausedUntil.In(location).Format(local), true
	}
	return v
}

func zoneGroups(zones *callhours.Zones, chosen string, now time.Time, french bool) []zoneGroup {
	groups := []zoneGroup{{Country: "Canada"}, {Country: say(french, "United States", "États-Unis")}}
	for _, name := range zones.Names() {
		location, _ := zones.Location(name)
		_, country := zones.Canonical(name)
		i := 0
		if country == callhours.UnitedStates {
			i = 1
		}
		groups[i].Zones = append(groups[i].Zones, zoneView{Name: name, Place: placeOf(name), Clock: now.In(location).Format("15:04"), Chosen: name == chosen})
	}
	return groups
}

// placeOf is the name of a zone for people: "Knox (Indiana)" of
// America/Indiana/Knox.
func placeOf(zone string) string {
	plain := func(s string) string { return strings.ReplaceAll(s, "_", " ") }
	region, place := path.Split(zone)
	if region = path.Base(region); region == "America" || region == "Pacific" || region == "." {
		return plain(place)
	}
	return plain(place) + " (" + plain(region) + ")"
}

func viewPast(item consent.PageItem, when func(time.Time) moment, french bool) pastView {
	v := pastView{At: when(item.At), Kind: kindWords(item.Kind, french), Employer: item.Employer, State: pastState(item.State, french), Purpose: item.Purpose, Text: item.Text}
	switch item.Kind {
	case consent.ItemCall, consent.ItemInbound:
	case consent.ItemCallBack:
		v.State = wishWords(item.State, french)
	default:
		if item.Employer == "" {
			v.Employer = "Callshu"
		}
	}
	if item.Duration != nil {
		v.Duration = fmt.Sprintf("%d s", *item.Duration)
	}
	if item.Key != nil {
		v.Answer = fmt.Sprintf(say(french, "you pressed %d", "vous avez fait le %d"), *item.Key)
		if item.Answer != "" {
			v.Answer += say(french, " (“"+item.Answer+"”)", " (« "+item.Answer+" »)")
		}
		if item.AnsweredAt != nil {
			v.Answer += ", " + when(*item.AnsweredAt).Text // the day too: it may have passed midnight
		}
	}
	return v
}

// refuse puts back what was typed and says what is wrong with it.
func (v *personView) refuse(form string, typed url.Values, fields []apperr.Field) {
	for _, f := range fields {
		field := strings.TrimPrefix(f.Location, "body.")
		v.Quiet.Wrong[form+"."+field] = fieldWords(field, f, v.French)
	}
	v.Problem = say(v.French, "Nothing was changed: please look at the field marked below.", "Rien n'a été changé: voyez le champ marqué ci-dessous.")
	if form == "pause" {
		v.Quiet.Until = typed.Get("until")
		return
	}
	v.Quiet.Start, v.Quiet.End = typed.Get("start"), typed.Get("end")
	for g := range v.Quiet.Zones {
		for i := range v.Quiet.Zones[g].Zones {
			zone := &v.Quiet.Zones[g].Zones[i]
			zone.Chosen = zone.Name == typed.Get("zone")
		}
	}
}
