package core

import (
	"errors"
	"net/url"

	"github.com/callshu/callshu/internal/carriersim/persona"
	"github.com/callshu/callshu/internal/carriersim/settings"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// What an act at a phone can be refused for.
var (
	ErrNoPhone  = errors.New("no such phone has been seen")
	ErrNoCall   = errors.New("there is no call to do that with")
	ErrNoNumber = errors.New("not one of the account's numbers")
	ErrBusy     = errors.New("the phone is in another call")
)

// Phone is a telephone outside the account, and its owner.
type Phone struct {
	Number  string
	Persona persona.Persona
	// Pinned: the owner was set for this number and not by its last digits.
	Pinned bool
	Thread []view.Text
}

// Phone returns the phone of a number, which exists as soon as it is named.
func (c *Core) Phone(number string) *Phone {
	if p, ok := c.phones[number]; ok {
		return p
	}
	owner := persona.ByNumber(number)
	if c.Cfg.DefaultPersona != "" {
		if p, ok := persona.ByCode(c.Cfg.DefaultPersona); ok {
			owner = p
		}
	}
	p := &Phone{Number: number, Persona: owner}
	c.phones[number] = p
	c.Phones = append(c.Phones, p)
	return p
}

// KnownPhone returns a phone only if it has been named before.
func (c *Core) KnownPhone(number string) (*Phone, bool) {
	p, ok := c.phones[number]
	return p, ok
}

// SetOwner gives a phone an owner. What the old owner had begun goes on,
// unless the phone is now driven by hand.
func (c *Core) SetOwner(number string, owner persona.Persona) {
	p := c.Phone(number)
	p.Persona, p.Pinned = owner, true
	if owner.Voice.Do == "hand" {
		c.OnTake(p)
	}
	c.Touch(number)
}

// Take gives a phone to whoever touches it: its script is dropped.
func (c *Core) Take(p *Phone) {
	if p.Persona.Voice.Do == "hand" {
		return
	}
	owner, _ := persona.ByCode(persona.Hand)
	c.SetOwner(p.Number, owner)
}

// Geo adds to a form where a number is from. The parameters are always there
// and often empty.
func (c *Core) Geo(f url.Values, number string, names ...string) {
	country, city, state, zip := settings.Country(number), "", "", ""
	if c.Cfg.Switches.GeoFilled {
		city, state, zip = "SPRINGFIELD", "IL", "62701"
		if country == "CA" {
			city, state, zip = "OTTAWA", "ON", ""
		}
	}
	for _, name := range names {
		f.Set(name+"City", city)
		f.Set(name+"State", state)
		f.Set(name+"Zip", zip)
		f.Set(name+"Country", country)
	}
}
