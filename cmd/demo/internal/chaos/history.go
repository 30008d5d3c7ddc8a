package chaos

import "time"

// history is what happened, from two sides that know nothing of each other:
// what the carrier saw, and what the database holds.
type history struct {
	rate  int                                                      // calls per second that the carrier allows
	where func(phone string) (zone *time.Location, country string) // of a phone of the plan
	wall  func(business time.Time) time.Time                       // the machine's time at an instant of business time

	// The carrier's record.
	posts      []post
	calls      []call
	texts      []text
	violations []violation // what its oracle holds against an application

	// The database.
	campaigns  []campaignRow
	recipients []recipientRow
	attempts   []attemptRow
	ledger     []ledgerRow
}

// post is one request to create a call, whatever became of it.
type post struct {
	to   string
	wall time.Time // its arrival
}

// call is one call at the carrier.
type call struct {
	sid     string
	to      string
	created time.Time // business time
	ended   time.Time // zero: it lives
	said    bool      // the person heard words
}

// text is one that a person sent.
type text struct {
	phone    string
	body     string
	sent     time.Time // business time
	answered time.Time // machine time of the first 2xx; zero without one
}

// violation is a finding of the carrier's oracle.
type violation struct {
	kind, phone, detail string
}

type campaignRow struct {
	ID            string
	Status        string
	ManifestTotal int
}

type recipientRow struct {
	Campaign string
	Phone    string
	State    string
	Reason   string
}

type attemptRow struct {
	Phone   string
	State   string
	CallSID string // empty: none is known
}

type ledgerRow struct {
	Phone string
	Kind  string
	At    time.Time // business time
}
