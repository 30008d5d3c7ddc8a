package amd_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/callshu/callshu/internal/carriersim/amd"
)

func TestDetect(t *testing.T) {
	t.Parallel()
	speech := func(ms int) amd.Sound { return amd.Sound{Kind: "speech", MS: ms} }
	silence := func(ms int) amd.Sound { return amd.Sound{Kind: "silence", MS: ms} }
	beep := amd.Sound{Kind: "beep", MS: 400}
	rows := []struct {
		name   string
		sounds []amd.Sound
		tune   func(*amd.Params)
		start  amd.Result // Enable
		end    amd.Result // DetectMessageEnd
	}{
		{"hello", []amd.Sound{speech(600)}, nil, amd.Result{"human", 1800}, amd.Result{"human", 1800}},
		{"hello after a breath", []amd.Sound{silence(1000), speech(600)}, nil, amd.Result{"human", 2800}, amd.Result{"human", 2800}},
		{"nobody", nil, nil, amd.Result{"unknown", 5000}, amd.Result{"unknown", 5000}},
		{"voicemail and beep", []amd.Sound{speech(6000), silence(800), beep}, nil, amd.Result{"machine_start", 2400}, amd.Result{"machine_end_beep", 7200}},
		{"voicemail without beep", []amd.Sound{speech(6000)}, nil, amd.Result{"machine_start", 2400}, amd.Result{"machine_end_silence", 8400}},
		{"greeting beyond the time-out", []amd.Sound{speech(40_000), beep}, nil, amd.Result{"machine_start", 2400}, amd.Result{"machine_end_other", 30_000}},
		{"two short sentences", []amd.Sound{speech(1500), silence(500), speech(1500)}, nil, amd.Result{"machine_start", 2900}, amd.Result{"machine_end_silence", 5900}},
		{"fax", []amd.Sound{silence(500), {Kind: "fax", MS: 9000}}, nil, amd.Result{"fax", 2000}, amd.Result{"fax", 2000}},
		{"a beep alone", []amd.Sound{beep}, nil, amd.Result{"unknown", 5400}, amd.Result{"unknown", 5400}},
		{"patient with speech", []amd.Sound{speech(4000)}, func(p *amd.Params) { p.SpeechThreshold = 5000 }, amd.Result{"human", 5200}, amd.Result{"human", 5200}},
		{"impatient with silence", nil, func(p *amd.Params) { p.Silence = 2000 }, amd.Result{"unknown", 2000}, amd.Result{"unknown", 2000}},
		{"short time-out", []amd.Sound{speech(2000), silence(300), speech(200)}, func(p *amd.Params) { p.Timeout = 3000; p.SpeechThreshold = 6000 }, amd.Result{"unknown", 3000}, amd.Result{"unknown", 3000}},
	}
	for _, r := range rows {
		p := amd.Defaults()
		if r.tune != nil {
			r.tune(&p)
		}
		if got := amd.Detect(p, r.sounds); got != r.start {
			t.Errorf("%s: %+v, want %+v", r.name, got, r.start)
		}
		p.MessageEnd = true
		if got := amd.Detect(p, r.sounds); got != r.end {
			t.Errorf("%s, message end: %+v, want %+v", r.name, got, r.end)
		}
	}
}

func TestDetectAlwaysReachesAVerdict(t *testing.T) {
	t.Parallel()
	sound := rapid.Custom(func(r *rapid.T) amd.Sound {
		return amd.Sound{Kind: rapid.SampledFrom([]string{"speech", "silence", "beep", "fax"}).Draw(r, "kind"), MS: rapid.IntRange(0, 20_000).Draw(r, "ms")}
	})
	rapid.Check(t, func(r *rapid.T) {
		p := amd.Defaults()
		p.MessageEnd = rapid.Bool().Draw(r, "end")
		got := amd.Detect(p, rapid.SliceOf(sound).Draw(r, "sounds"))
		if got.AnsweredBy == "" || got.MS < 0 || got.MS > p.Timeout {
			r.Fatalf("%+v", got)
		}
	})
}
