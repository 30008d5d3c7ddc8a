// Package sample owns the people, companies and texts that the demo shows: all
// invented, all numbers of the range that is set aside for fiction (555-0100 to
// 555-0199). It must never hold a real person or a number in use.
package sample

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"github.com/callshu/callshu/internal/carriersim"
)

//go:embed people.csv
var peopleCSV []byte

// Person is one employee and how they behave.
type Person struct {
	Name     string
	Phone    string
	Language string
	Zone     string
	Tags     []string
	Wave     int    // which import brings them; those of the third are not invited
	Reply    string // to the invitation: yes, stop, silent, undelivered
	Past     string // on the phone in the campaign that is finished
	Now      string // on the phone while a visitor watches
}

// Waves of the sample's history.
const (
	WaveFounding = 1 // invited seven weeks ago; who never answered has lapsed
	WaveSeasonal = 2 // invited lately
	WaveNew      = 3 // not invited yet
)

// People reads the sample; an error is a mistake in the file.
func People() ([]Person, error) {
	rows, err := csv.NewReader(bytes.NewReader(peopleCSV)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read sample people: %w", err)
	}
	people := make([]Person, 0, len(rows)-1)
	for _, r := range rows[1:] {
		wave, err := strconv.Atoi(r[5])
		if err != nil {
			return nil, fmt.Errorf("read sample people: wave of %s: %w", r[0], err)
		}
		people = append(people, Person{Name: r[0], Phone: r[1], Language: r[2], Zone: r[3], Tags: strings.Split(r[4], "; "),
			Wave: wave, Reply: r[6], Past: r[7], Now: r[8]})
	}
	return people, nil
}

// File is the CSV file that an employer would upload for some of the people.
func File(people []Person) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	rows := [][]string{{"name", "phone", "language", "time_zone", "tags"}}
	for _, p := range people {
		rows = append(rows, []string{p.Name, p.Phone, p.Language, p.Zone, strings.Join(p.Tags, "; ")})
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write sample file: %w", err)
	}
	return out.Bytes(), nil
}

// OfWave picks the people of one import.
func OfWave(people []Person, wave int) []Person {
	var picked []Person
	for _, p := range people {
		if p.Wave == wave {
			picked = append(picked, p)
		}
	}
	return picked
}

// Count counts the people of some waves who reply in one way.
func Count(people []Person, reply string, waves ...int) int {
	n := 0
	for _, p := range people {
		for _, wave := range waves {
			if p.Wave == wave && p.Reply == reply {
				n++
			}
		}
	}
	return n
}

// PastOwner is the person at the phone while the history is made.
func (p Person) PastOwner() (carriersim.Persona, error) {
	past := p.Past
	if past == "" {
		past = "press1"
	}
	return p.owner(past)
}

// NowOwner is the person at the phone while a visitor watches: slow enough for
// the visitor to pick up first.
func (p Person) NowOwner() (carriersim.Persona, error) {
	owner, err := p.owner(p.Now)
	if p.Wave == WaveNew {
		owner.Texts = replies("yes", 4000) // whom the visitor invites, says yes
	}
	return owner, err
}

func (p Person) owner(voice string) (carriersim.Persona, error) {
	v, err := voiceOf(voice, p.spread())
	if err != nil {
		return carriersim.Persona{}, fmt.Errorf("sample person %s: %w", p.Name, err)
	}
	owner := carriersim.Persona{Title: p.Name + ", " + manner(voice), Voice: v, Texts: replies(p.Reply, 3000+25*p.spread())}
	if p.Reply == "undelivered" {
		owner.Delivery.ErrorCode = 30006 // a landline
	}
	return owner, nil
}

// spread is a number from 0 to 999 that differs from person to person and never
// from run to run: nobody picks up at the same moment as everybody else.
func (p Person) spread() int {
	sum := 7
	for _, b := range []byte(p.Name + p.Phone) {
		sum = (sum*31 + int(b)) % 1000
	}
	return sum
}
