package ivr

import (
	"strconv"
	"time"
)

// Back is the call that somebody returns by calling our number.
type Back struct {
	At, Now time.Time // of that call and of this one, in the person's zone
	City    string    // whose time At is, where the person's own zone is not known
}

var (
	frenchDays   = [...]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"}
	frenchMonths = [...]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}
)

// when says when the call was, as people say it: by the day they know it as,
// and by the clock on their wall.
func (b Back) when(language string) string {
	b.City = phrase(b.City)
	if language == French {
		return b.frenchDay() + " à " + b.frenchTime()
	}
	return b.englishDay() + " at " + b.englishTime()
}

// daysAgo counts midnights, not spans of 24 hours.
func (b Back) daysAgo() int {
	day := func(t time.Time) time.Time {
		year, month, date := t.Date()
		return time.Date(year, month, date, 0, 0, 0, 0, time.UTC)
	}
	return int(day(b.Now).Sub(day(b.At)).Hours() / 24)
}

func (b Back) englishDay() string {
	switch b.daysAgo() {
	case 0:
		return "today"
	case 1:
		return "yesterday"
	}
	if b.At.Year() != b.Now.Year() {
		return b.At.Format("on Monday, January 2, 2006")
	}
	return b.At.Format("on Monday, January 2")
}

func (b Back) englishTime() string {
	text := b.At.Format("3:04 PM")
	if b.City != "" {
		text += ", " + b.City + " time"
	}
	return text
}

func (b Back) frenchDay() string {
	switch b.daysAgo() {
	case 0:
		return "aujourd'hui"
	case 1:
		return "hier"
	}
	date := strconv.Itoa(b.At.Day())
	if b.At.Day() == 1 {
		date = "1er"
	}
	text := "le " + frenchDays[b.At.Weekday()] + " " + date + " " + frenchMonths[b.At.Month()-1]
	if b.At.Year() != b.Now.Year() {
		text += " " + strconv.Itoa(b.At.Year())
	}
	return text
}

func (b Back) frenchTime() string {
	text := strconv.Itoa(b.At.Hour()) + " h"
	if b.At.Minute() > 0 {
		text += " " + b.At.Format("04")
	}
	if b.City != "" {
		text += ", heure de " + b.City
	}
	return text
}
