package employee

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/consent"
)

// bigFile is a file of mixed formats with one bad row in a hundred.
func bigFile(rows int) []byte {
	var b strings.Builder
	b.WriteString("\uFEFFname,phone,language,time_zone,tags\r\n")
	codes := []string{"416", "604", "403", "514", "902", "202", "415", "312"}
	first := []string{"Zoë", "Max", "Élodie", "Łukasz", "Mary Ann", "O'Neil", "Ines", "Bo"}
	last := []string{"Lavoie", "Roy", "Côté", "Nguyen", "Smith", "Poe", "Tremblay", "Singh", "王小明"}
	for i := range rows {
		code, exchange, line := codes[i%8], 222+(i/8)/10000, (i/8)%10000
		phone := fmt.Sprintf("(%s) %d-%04d", code, exchange, line)
		if i%2 == 0 {
			phone = fmt.Sprintf("+1%s%d%04d", code, exchange, line)
		}
		if i%100 == 99 {
			phone = "12"
		}
		fmt.Fprintf(&b, "%s %s%d,%s,%s,%s,%s\r\n", first[i%8], last[i%9], i, phone, []string{"en", "fr", ""}[i%3], []string{"", "America/Toronto"}[i%2], []string{"night;dock", "day", ""}[i%3])
	}
	return []byte(b.String())
}

// BenchmarkImport tells the seconds of each kind of run over one file.
func BenchmarkImport(b *testing.B) {
	for _, rows := range []int{5_000, 100_000} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			data := bigFile(rows)
			changed := []byte(strings.ReplaceAll(string(data), "Zoë", "Zoé"))
			for b.Loop() {
				b.StopTimer()
				w := newWorld(b)
				b.StartTimer()
				for _, run := range []struct {
					name string
					data []byte
				}{{"new_and_invited", data}, {"unchanged", data}, {"eighth_changed", changed}} {
					w.measure(b, run.name, run.data)
				}
			}
		})
	}
}

// measure tells the seconds of the check and of the job.
func (w *world) measure(b *testing.B, name string, data []byte) {
	start := time.Now()
	up, err := w.service.Upload(b.Context(), w.by, name, data)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(time.Since(start).Seconds(), name+"_check_s")
	if _, err := w.service.Confirm(b.Context(), w.by, up.ID, Confirmation{Attestation: statement, Invite: true}); err != nil {
		b.Fatal(err)
	}
	start = time.Now()
	if err := w.service.RunImport(b.Context(), TakeFile{w.by.Account, up.ID}, 1); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(time.Since(start).Seconds(), name+"_s")
	done, err := w.service.FindImport(b.Context(), w.by, up.ID)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%s: %s, %d invitations", name, done.counts(), done.InvitationsQueued)
}

// BenchmarkList looks at pages out of 100,000 people, a third with a yes.
func BenchmarkList(b *testing.B) {
	w := newWorld(b)
	if _, err := w.imported(w.by, string(bigFile(100_000)), Confirmation{Attestation: statement}); err != nil {
		b.Fatal(err)
	}
	for _, kind := range []string{"invited", "opted_in"} {
		w.exec(`INSERT INTO consent_events (account_id, phone_key, kind, channel, at, actor_kind)
			SELECT account_id, phone_key, $1, 'sms', created_at, 'employee' FROM employees WHERE language = 'fr'`, kind)
	}
	w.exec(`VACUUM ANALYZE`)
	for name, q := range map[string]Query{
		"first": {}, "created": {Sort: SortCreatedDesc}, "name_start": {Search: "zoe lav"}, "last_name": {Search: "tremblay1234"}, "nobody": {Search: "xyzzy"},
		"digits": {Search: "2229999"}, "state": {State: consent.StateOptedIn}, "tag": {Tag: "day"}, "rare_state": {State: consent.StateLapsed}, "total": {Total: true},
		"state_total": {State: consent.StateOptedIn, Total: true},
	} {
		b.Run(name, func(b *testing.B) {
			q.Limit = 50
			for b.Loop() {
				if _, err := w.service.List(b.Context(), w.by.Account, q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("funnel", func(b *testing.B) {
		for b.Loop() {
			if _, err := w.service.Funnel(b.Context(), w.by.Account); err != nil {
				b.Fatal(err)
			}
		}
	})
}
