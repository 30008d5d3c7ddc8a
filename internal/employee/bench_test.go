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
					req  ImportRequest
				}{
					{"dry", ImportRequest{Data: data, DryRun: true}},
					{"new_and_invited", ImportRequest{Data: data, Attestation: statement, Invite: true}},
					{"unchanged", ImportRequest{Data: data, Attestation: statement, Invite: true}},
					{"eighth_changed", ImportRequest{Data: changed, Attestation: statement, Invite: true}},
				} {
					start := time.Now()
					result, err := w.service.Import(b.Context(), w.by, run.req)
					if err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(time.Since(start).Seconds(), run.name+"_s")
					b.Logf("%s: %s, %d invitations", run.name, result.counts(), result.InvitationsQueued)
				}
			}
		})
	}
}

// BenchmarkList looks at pages out of 100,000 people, a third with a yes.
func BenchmarkList(b *testing.B) {
	w := newWorld(b)
	if _, err := w.service.Import(b.Context(), w.by, ImportRequest{Data: bigFile(100_000), Attestation: statement}); err != nil {
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
