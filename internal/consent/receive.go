package consent

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/cardnumber"
	"github.com/callshu/callshu/internal/consent/keyword"
	"github.com/callshu/callshu/internal/phone"
)

// Inbound is a text that a person sent to one of our numbers.
type Inbound struct {
	MessageSID string
	From, To   string // E.164
	Body       string
	OptOutType string    // STOP, START or HELP where the carrier has handled the text by itself
	ProviderAt time.Time // the carrier's time, where it is known (webhooks do not tell; see Dated)
}

// Outcome is what a text did.
type Outcome struct {
	// Ignored: not one of our numbers, or not a text that we can keep.
	Ignored bool
	// Duplicate: this MessageSid was taken and decided before; nothing was changed.
	Duplicate bool
	Word      keyword.Kind
	Did       string      // one word for logs and the review list
	Revoked   []uuid.UUID // accounts that may no longer call or text
	PhoneKey  []byte
	SenderID  uuid.UUID
	Reply     string // kind of the text queued in answer; "" for none
}

// What a text did, as it is stored.
const (
	didOptIn   = "opted_in"
	didOptOut  = "opted_out"
	didAsk     = "asked_which"
	didInvite  = "invited_again"
	didUnblock = "unblocked"
	didHelp    = "help"
	didNothing = "nothing"
	didReview  = "review"
	// didWait: what the text means hangs on a time or on the fate of an
	// invitation that we do not know yet. Nothing has been done.
	didWait = "undecided"
)

// written gives a number its one form: the carrier may leave out what is the
// same for all. Short codes have no other form.
func written(number string) string {
	switch {
	case len(number) < 10 || strings.HasPrefix(number, "+") || strings.Trim(number, "0123456789") != "":
		return number
	case len(number) == 10:
		return "+1" + number
	}
	return "+" + number
}

var smsAddress = regexp.MustCompile(`^\+?[0-9]{3,15}$`)

// Limits on what is kept of a text.
const (
	maxBody    = 1600
	maxSID     = 64
	ledgerText = 160
)

// exchange is one text being handled, under the lock of its phone's gate.
type exchange struct {
	*Service
	tx       pgx.Tx
	in       Inbound
	word     keyword.Word
	now      time.Time
	sender   sender
	key      []byte
	stopped  bool // "stop all" was in force when the text came
	blocked  bool // a STOP to this number was in force
	contacts []contact
	out      Outcome
}

// Receive takes one text, in the worker's transaction: it is stored once per
// MessageSid, read, and everything that it means is done, replies queued
// included. When the transaction commits the text is kept for good; only then
// may the carrier be answered. Where it cannot be told yet what the text means
// it is kept undecided, and done when it comes again with what was missing.
func (s *Service) Receive(ctx context.Context, tx pgx.Tx, in Inbound) (Outcome, error) {
	in.From = written(in.From)
	if in.MessageSID == "" || len(in.MessageSID) > maxSID || !smsAddress.MatchString(in.From) {
		return Outcome{Ignored: true}, nil
	}
	to, err := findSender(ctx, tx, in.To)
	if errors.Is(err, pgx.ErrNoRows) {
		s.Log.WarnContext(ctx, "text to a number that is not ours", "message_sid", in.MessageSID)
		return Outcome{Ignored: true}, nil
	}
	if err != nil {
		return Outcome{}, err
	}
	in.Body = tidy(in.Body)
	x := &exchange{Service: s, tx: tx, in: in, word: read(in), now: s.Clock.Now(), sender: to, key: s.Key(in.From)}
	x.out = Outcome{Word: x.word.Kind, PhoneKey: x.key, SenderID: to.ID, Did: didNothing}
	if err := x.lock(ctx); err != nil {
		return Outcome{}, err
	}
	fresh, err := x.store(ctx)
	if err != nil {
		return Outcome{}, err
	}
	if !fresh {
		x.out.Duplicate = true
		return x.out, nil
	}
	if x.contacts, err = findContacts(ctx, tx, x.key, to.ID); err != nil {
		return Outcome{}, err
	}
	if err := x.act(ctx); err != nil {
		return Outcome{}, err
	}
	if x.out.Did == didWait {
		return x.out, x.wait(ctx)
	}
	return x.out, x.file(ctx)
}

// read asks the keyword engine and the carrier; whoever hears a STOP wins.
func read(in Inbound) keyword.Word {
	word := keyword.Classify(in.Body)
	switch {
	case word.OptsOut():
		return word
	case in.OptOutType == "STOP":
		return keyword.Word{Kind: keyword.Stop}
	case in.OptOutType == "START" && word.Kind != keyword.Yes:
		return keyword.Word{Kind: keyword.Start}
	case in.OptOutType == "HELP":
		return keyword.Word{Kind: keyword.Help}
	}
	return word
}

// tidy keeps what the database can keep, no card numbers, and no link that
// somebody sends back to us: employers read these texts.
func tidy(body string) string {
	body = strings.ReplaceAll(strings.ToValidUTF8(body, "\uFFFD"), "\x00", "")
	return cut(cardnumber.Without(maskLinks(body)), maxBody)
}

func cut(text string, limit int) string {
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit])
	}
	return text
}

func (x *exchange) lock(ctx context.Context) error {
	stoppedAt, err := lockGate(ctx, x.tx, x.key)
	if err != nil {
		return err
	}
	x.stopped = stoppedAt != nil
	err = x.tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM sender_blocks WHERE phone_key = $1 AND sender_id = $2)`, x.key, x.sender.ID).Scan(&x.blocked)
	if err != nil {
		return fmt.Errorf("read sender block: %w", err)
	}
	return nil
}

// store keeps the text and reports whether it is still to be decided.
func (x *exchange) store(ctx context.Context) (bool, error) {
	tag, err := x.tx.Exec(ctx, `INSERT INTO inbound_messages
		(message_sid, phone_key, phone, sender_id, body, opt_out_type, word, provider_at, received_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (message_sid) DO UPDATE
		SET provider_at = coalesce(inbound_messages.provider_at, EXCLUDED.provider_at) WHERE inbound_messages.outcome = 'undecided'`,
		x.in.MessageSID, x.key, x.in.From, x.sender.ID, x.in.Body, cut(tidy(x.in.OptOutType), 16), x.word.Kind.String(), timeOrNil(x.in.ProviderAt), x.now)
	if err != nil {
		return false, fmt.Errorf("store inbound text: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

func (x *exchange) act(ctx context.Context) error {
	switch x.word.Kind {
	case keyword.Stop, keyword.StopAll:
		return x.stop(ctx)
	case keyword.Yes:
		return x.yes(ctx)
	case keyword.Start:
		return x.start(ctx)
	case keyword.Help, keyword.Calls:
		return x.help(ctx)
	}
	return x.unknown(ctx)
}

// stop revokes for every account on this number, or of the platform, and says
// so once where the carrier does not.
func (x *exchange) stop(ctx context.Context) error {
	x.out.Did = didOptOut
	r := Revocation{PhoneKey: x.key, SenderID: x.sender.ID, Platform: x.word.Kind == keyword.StopAll, Kind: OptedOut, Channel: ChannelSMS,
		MessageSID: x.in.MessageSID, InboundText: x.in.Body, ProviderAt: x.in.ProviderAt, Language: x.language()}
	if c := x.main(); c != nil {
		r.QuoteFor = &c.AccountID
	}
	revoked, err := x.Revoke(ctx, x.tx, r)
	if err != nil {
		return err
	}
	x.out.Revoked = revoked
	if err := reopenStarts(ctx, x.tx, x.in.MessageSID); err != nil {
		return err
	}
	if x.blocked || x.stopped || x.answered() {
		return nil
	}
	return x.reply(ctx, kindStopped)
}

// yes opts in for one open invitation where it is certain whose it is; of
// employers that it may also be meant for it asks by name. Without its own time
// nobody knows what it answers: it waits, and so does an answer to an invitation
// that may never have left.
func (x *exchange) yes(ctx context.Context) error {
	var open []contact
	for _, c := range x.contacts {
		switch {
		case !c.open(x.sender.ID, x.now):
		case x.in.ProviderAt.IsZero(), !c.inFlight() && c.InviteAt == nil:
			x.out.Did = didWait
			return nil
		case c.inFlight() || x.answers(c):
			open = append(open, c)
		}
	}
	if x.word.Choice > 0 {
		return x.chosen(ctx, open)
	}
	if len(open) == 0 {
		x.out.Did = didNothing
		return nil
	}
	if len(open) > 1 {
		return x.ask(ctx, open)
	}
	if len(x.contacts) == 1 && open[0].inFlight() {
		x.out.Did = didWait
		return nil
	}
	sure, err := x.meant(ctx, open[0])
	if err != nil {
		return err
	}
	if !sure {
		return x.ask(ctx, open)
	}
	return x.optIn(ctx, open[0])
}

// meant reports whether a YES without a number can only be for this employer:
// nobody else knows the phone on this number, or the invitation has arrived, is
// the last thing that the person heard, and no YES since has been used up for
// somebody else (people send the same word twice).
func (x *exchange) meant(ctx context.Context, c contact) (bool, error) {
	if len(x.contacts) == 1 {
		return true, nil
	}
	if c.inFlight() || !x.newest(c) {
		return false, nil
	}
	accounts := make([]uuid.UUID, 0, len(x.contacts))
	for _, other := range x.contacts {
		if other.AccountID != c.AccountID {
			accounts = append(accounts, other.AccountID)
		}
	}
	var used bool
	err := x.tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM consent_events WHERE account_id = ANY($1::uuid[]) AND phone_key = $2 AND sender_id = $3
		AND kind = 'opted_in' AND at >= $4)`, accounts, x.key, x.sender.ID, c.InviteSentAt).Scan(&used)
	if err != nil {
		return false, fmt.Errorf("look for another yes: %w", err)
	}
	return !used, nil
}

// answers reports whether the text was written after the carrier took the
// invitation, both by the carrier's clock. Its times are in whole seconds. A
// text of the same second is an answer only where there was nothing else that
// it could be about: the first invitation, of the one employer who knows the phone.
func (x *exchange) answers(c contact) bool {
	written, asked := x.in.ProviderAt.Truncate(time.Second), c.InviteAt.Truncate(time.Second)
	return written.After(asked) || written.Equal(asked) && len(x.contacts) == 1 && c.Invites == 1
}

func (x *exchange) optIn(ctx context.Context, c contact) error {
	x.out.Did = didOptIn
	_, err := Append(ctx, x.tx, Event{Account: c.AccountID, PhoneKey: x.key, EmployeeID: c.EmployeeID, Kind: OptedIn, Channel: ChannelSMS,
		At: x.now, ProviderAt: x.in.ProviderAt, Actor: audit.Actor{Kind: audit.Employee}, WordingVersion: c.InviteVersion, WordingHash: c.InviteHash,
		Language: c.InviteLanguage, InboundText: cut(x.in.Body, ledgerText), MessageSID: x.in.MessageSID, SenderID: &x.sender.ID,
		Detail: map[string]any{"invitation": c.InviteID, "invitation_sid": c.InviteSID}})
	if err != nil {
		return err
	}
	if err := x.open(ctx); err != nil {
		return err
	}
	if err := settle(ctx, x.tx, x.key, []uuid.UUID{c.AccountID}, x.now); err != nil {
		return err
	}
	if err := x.audit(ctx, x.tx, c.AccountID, c.EmployeeID, audit.Actor{Kind: audit.Employee}, "consent.opted_in",
		map[string]any{"phone": phone.Mask(x.in.From), "message_sid": x.in.MessageSID}); err != nil {
		return err
	}
	if x.answered() {
		return nil // the carrier's own text was the confirmation
	}
	return x.replyFrom(ctx, kindConfirmation, &c)
}

// open lifts what a STOP had closed, for this number only: a "stop all" stays
// in force on every other one.
func (x *exchange) open(ctx context.Context) error {
	if x.stopped {
		if _, err := x.tx.Exec(ctx, `INSERT INTO sender_blocks (phone_key, sender_id, source, blocked_at)
			SELECT g.phone_key, s.id, 'stop_all', g.stopped_at FROM phone_gates g, senders s WHERE g.phone_key = $1
			ON CONFLICT DO NOTHING`, x.key); err != nil {
			return fmt.Errorf("keep other numbers stopped: %w", err)
		}
		if _, err := x.tx.Exec(ctx, `UPDATE phone_gates SET stopped_at = NULL WHERE phone_key = $1`, x.key); err != nil {
			return fmt.Errorf("open gate: %w", err)
		}
	}
	if _, err := x.tx.Exec(ctx, `DELETE FROM sender_blocks WHERE phone_key = $1 AND sender_id = $2`, x.key, x.sender.ID); err != nil {
		return fmt.Errorf("lift sender block: %w", err)
	}
	return nil
}

// maxRestarts bounds what somebody who texts START again and again costs in a
// day: so many of these texts are answered, by however many employers.
const maxRestarts = 5

// start opens a new invitation with each employer on this number who has the
// person on its list and no yes. It does not opt in, and the block stays until
// the new invitation is answered. One that was written before the STOP, and
// comes after it, does nothing.
func (x *exchange) start(ctx context.Context) error {
	wait, err := x.untimed(ctx)
	if err != nil {
		return err
	}
	if wait {
		x.out.Did = didWait
		return nil
	}
	if later, err := x.laterStop(ctx); err != nil || later {
		return err
	}
	if x.blocked || x.stopped {
		closed, err := x.closedAt(ctx)
		if err != nil || x.overtaken(closed) {
			return err
		}
		users, err := x.usersOnly(ctx)
		if err != nil {
			return err
		}
		if len(users) > 0 {
			return x.unblock(ctx, users)
		}
	}
	var recent int
	err = x.tx.QueryRow(ctx, `SELECT count(*) FROM inbound_messages WHERE phone_key = $1 AND sender_id = $2 AND outcome = $4 AND received_at > $3`,
		x.key, x.sender.ID, x.now.Add(-24*time.Hour), didInvite).Scan(&recent)
	if err != nil {
		return fmt.Errorf("count restarts: %w", err)
	}
	if recent >= maxRestarts {
		return nil
	}
	for _, c := range x.contacts {
		if !c.restartable(x.sender.ID, x.now) || x.overtaken(c.RefusedAt) {
			continue
		}
		queued, err := x.inviteAgain(ctx, c)
		if err != nil {
			return err
		}
		if queued {
			x.out.Did, x.out.Reply = didInvite, kindInvitation
		}
	}
	return nil
}

// untimed reports whether a START has to wait: something is closed, and its own
// time is not known, or that of a STOP by text.
func (x *exchange) untimed(ctx context.Context) (bool, error) {
	closed := x.blocked || x.stopped
	for _, c := range x.contacts {
		closed = closed || c.RefusedAt != nil
	}
	if !closed || x.in.ProviderAt.IsZero() {
		return closed, nil
	}
	var untimed bool
	err := x.tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM inbound_messages WHERE phone_key = $1 AND word IN ($2, $3) AND provider_at IS NULL AND received_at > $4)`,
		x.key, keyword.Stop.String(), keyword.StopAll.String(), x.now.Add(-undatedLife)).Scan(&untimed)
	if err != nil {
		return false, fmt.Errorf("look for a stop without a time: %w", err)
	}
	return untimed, nil
}

// laterStop reports whether the person has texted STOP since this was written,
// whichever of their STOPs arrived last: a late one that is older must not hide
// it. The carrier's times are in whole seconds, and within one the STOP wins.
func (x *exchange) laterStop(ctx context.Context) (bool, error) {
	if x.in.ProviderAt.IsZero() {
		return false, nil
	}
	var later bool
	err := x.tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM inbound_messages WHERE phone_key = $1 AND provider_at >= $5 AND (word = $3 AND sender_id = $2 OR word = $4))`,
		x.key, x.sender.ID, keyword.Stop.String(), keyword.StopAll.String(), x.in.ProviderAt).Scan(&later)
	if err != nil {
		return false, fmt.Errorf("look for a later stop: %w", err)
	}
	return later, nil
}

// overtaken: the text was written before a STOP that is in force, by whatever
// means it was said. Within one second the STOP wins here, too.
func (x *exchange) overtaken(stoppedAt *time.Time) bool {
	return stoppedAt != nil && !x.in.ProviderAt.IsZero() && !x.in.ProviderAt.After(*stoppedAt)
}

// closedAt is when what closes the number was said. Where a text of the person's
// said it, its time at the carrier counts if it is known: after an outage a
// sweep takes a STOP and a newer START at the same moment of ours.
func (x *exchange) closedAt(ctx context.Context) (*time.Time, error) {
	var at *time.Time
	err := x.tx.QueryRow(ctx, `SELECT max(coalesce((SELECT coalesce(m.provider_at, m.received_at) FROM inbound_messages m
			WHERE m.phone_key = $1 AND m.word IN ($3, $4) AND m.received_at BETWEEN c.at - interval '10 seconds' AND c.at
			ORDER BY m.received_at DESC LIMIT 1), c.at))
		FROM (SELECT blocked_at AS at FROM sender_blocks WHERE phone_key = $1 AND sender_id = $2
			UNION ALL SELECT stopped_at FROM phone_gates WHERE phone_key = $1) c WHERE c.at IS NOT NULL`,
		x.key, x.sender.ID, keyword.Stop.String(), keyword.StopAll.String()).Scan(&at)
	if err != nil {
		return nil, fmt.Errorf("read when a phone was closed: %w", err)
	}
	return at, nil
}

func (x *exchange) help(ctx context.Context) error {
	x.out.Did = didHelp
	if c := x.main(); c != nil {
		_, err := Append(ctx, x.tx, Event{Account: c.AccountID, PhoneKey: x.key, EmployeeID: c.EmployeeID, Kind: Help, Channel: ChannelSMS, At: x.now,
			ProviderAt: x.in.ProviderAt, Actor: audit.Actor{Kind: audit.Employee}, InboundText: cut(x.in.Body, ledgerText), MessageSID: x.in.MessageSID, SenderID: &x.sender.ID})
		if err != nil {
			return err
		}
	}
	kind := kindHelp
	if x.word.Kind == keyword.Calls {
		kind = kindPage
	}
	return x.replyHelp(ctx, kind, maxHelpPerHour, time.Hour)
}

// unknown changes nothing: a person reads it, and the sender learns the words
// that work (once a day: an automatic answer must not talk with ours). Not from
// an employer who has been told to leave them alone.
func (x *exchange) unknown(ctx context.Context) error {
	x.out.Did = didReview
	if c := x.main(); c != nil && State(c.State) == StateOptedOut {
		return nil
	}
	return x.replyHelp(ctx, kindHelp, 1, 24*time.Hour)
}

// wait keeps the text for when what is missing is known. Nobody reads it before.
func (x *exchange) wait(ctx context.Context) error {
	if _, err := x.tx.Exec(ctx, `UPDATE inbound_messages SET outcome = $2 WHERE message_sid = $1`, x.in.MessageSID, didWait); err != nil {
		return fmt.Errorf("keep undecided text: %w", err)
	}
	return nil
}

// file notes what the text did, and shows it to whom it concerns.
func (x *exchange) file(ctx context.Context) error {
	review := x.out.Did == didReview
	if _, err := x.tx.Exec(ctx, `UPDATE inbound_messages SET outcome = $2, review = $3 WHERE message_sid = $1`, x.in.MessageSID, x.out.Did, review); err != nil {
		return fmt.Errorf("file inbound text: %w", err)
	}
	// Only the employer that the person last heard from may read the words;
	// the others learn the effect from the ledger.
	c := x.main()
	if c == nil {
		return x.showStray(ctx)
	}
	if _, err := x.tx.Exec(ctx, `INSERT INTO inbound_reads (account_id, message_sid, employee_id, phone_key, phone_masked, body, word, review, received_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (account_id, message_sid) DO NOTHING`, c.AccountID, x.in.MessageSID, c.EmployeeID, x.key, phone.Mask(x.in.From), x.in.Body, x.word.Kind.String(), review, x.now); err != nil {
		return fmt.Errorf("show inbound text: %w", err)
	}
	return nil
}
