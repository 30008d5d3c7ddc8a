package employee

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/consent"
)

// A STOP takes the gate and then refers to the person; whoever removes or moves
// the person must take both in the same order, or PostgreSQL ends one of the
// two, and it may be the STOP.
func TestI2StopMeetsChangesOfThePersonWithoutDeadlock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const rounds = 60
	for i := range rounds {
		number := fmt.Sprintf("+1416600%04d", 1000+i)
		e, err := w.service.Create(t.Context(), w.by, Form{Name: "Zoe Lavoie", Phone: number, Attestation: statement})
		if err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		run := func(act func() error) {
			group.Go(func() {
				if err := act(); err != nil {
					t.Errorf("round %d: %v", i, err)
				}
			})
		}
		for n, word := range []string{"please stop", "what is this?", "stop all of it"} {
			in := consent.Inbound{MessageSID: fmt.Sprintf("SM%d-%d", i, n), From: number, To: "+14165550199", Body: word}
			run(func() error {
				return w.worker.InTx(t.Context(), func(tx pgx.Tx) error {
					_, err := w.service.Consent.Receive(t.Context(), tx, in)
					return err
				})
			})
		}
		run(func() error {
			if i%2 == 0 {
				return w.service.Delete(t.Context(), w.by, e.ID)
			}
			next := fmt.Sprintf("+1416601%04d", 1000+i)
			_, err := w.service.Update(t.Context(), w.by, e.ID, Change{Phone: &next, Attestation: statement})
			return err
		})
		group.Wait()
		if n := w.count(`FROM consents WHERE phone_key = $1 AND state = 'opted_out'`, testKey(number)); n != 1 && i%2 == 1 {
			// Who had left the list when the STOP came was no longer known here.
			if n := w.count(`FROM sender_blocks WHERE phone_key = $1`, testKey(number)); n != 1 {
				t.Errorf("round %d: the STOP left nothing", i)
			}
		}
	}
}

// Two changes of one number at once: each works on what the other left.
func TestChangesOfOnePersonFollowEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e, err := w.service.Create(t.Context(), w.by, Form{Name: "Zoe Lavoie", Phone: "+14166001000", Attestation: statement})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 4 {
		next := fmt.Sprintf("+1416601%04d", 1000+i)
		group.Go(func() {
			if _, err := w.service.Update(t.Context(), w.by, e.ID, Change{Phone: &next, Attestation: statement}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := w.count(`FROM consent_events WHERE kind = 'erased'`); n != 4 {
		t.Errorf("%d numbers were left, want 4", n)
	}
	if n := w.count(`FROM employees WHERE id = $1`, e.ID); n != 1 {
		t.Errorf("%d people", n)
	}
}

// A file that is given to a job while somebody is erased is seen: without the
// files' lock it would outlive the erasure.
func TestErasingMeetsAConfirmation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.zoe(w.by)
	up := w.check(list(0, 2))
	ended := make(chan error, 1)
	err := w.service.App.InAccount(t.Context(), w.by.Account, func(tx pgx.Tx) error {
		if err := lockImports(t.Context(), tx, w.by.Account); err != nil {
			return err
		}
		go func() { ended <- w.erase(w.by, e.ID) }()
		for deadline := time.Now().Add(5 * time.Second); w.count(`FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`) == 0; {
			if time.Now().After(deadline) {
				return errors.New("the erasure does not wait")
			}
			time.Sleep(5 * time.Millisecond)
		}
		_, err := tx.Exec(t.Context(), `UPDATE import_files SET state = 'queued' WHERE id = $1`, up.ID)
		return err
	})
	if refused := <-ended; err != nil || !apperr.HasCode(refused, "under_way") {
		t.Errorf("the confirmation: %v; the erasure: %v", err, refused)
	}
}
