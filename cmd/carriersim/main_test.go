package main

import (
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/vclock"
)

func TestNumbersFromFlags(t *testing.T) {
	t.Parallel()
	const sms = "http://127.0.0.1:8080/webhooks/twilio/sms#rc=3&rp=5xx,rt&rt=3000"
	n, err := parseNumber("+18335550100,type=toll_free,sms=" + sms + ",sms-fallback=http://127.0.0.1:8080/f,voice=http://127.0.0.1:8080/v,voice-fallback=http://127.0.0.1:8080/vf,service=MG1")
	want := carriersim.NumberConfig{Number: "+18335550100", Type: carriersim.TollFree, SMSURL: sms, SMSFallbackURL: "http://127.0.0.1:8080/f",
		VoiceURL: "http://127.0.0.1:8080/v", VoiceFallbackURL: "http://127.0.0.1:8080/vf", Service: "MG1"}
	if err != nil || n != want {
		t.Errorf("got %+v (%v), want %+v", n, err, want)
	}
	for _, bad := range []string{"+12025550000,colour=red", "+12025550000,sms=http://127.0.0.1/x,voise=http://127.0.0.1/y", "+12025550000,type=satellite"} {
		if _, err := parseNumber(bad); err == nil {
			t.Errorf("%s: accepted", bad)
		}
	}
}

func TestOptionsFromFlags(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC)
	o, err := flags{Clock: "60", Start: start, Number: []string{"+12025550000 +12025550001", "+16135550000,sms=http://127.0.0.1/x"}, Resolve: []string{"phones.example:443=127.0.0.1:8443"}}.options()
	if err != nil {
		t.Fatal(err)
	}
	clock, ok := o.Clock.(*vclock.Scaled)
	if !ok || clock.Factor() != 60 || clock.Now().Sub(start) > time.Hour {
		t.Errorf("clock %#v", o.Clock)
	}
	if len(o.Numbers) != 3 || o.Resolve["phones.example:443"] != "127.0.0.1:8443" {
		t.Errorf("%+v", o)
	}
	for name, f := range map[string]flags{"clock": {Clock: "fast"}, "factor": {Clock: "-1"}, "resolve": {Clock: "real", Resolve: []string{"x"}}, "number": {Clock: "real", Number: []string{"+1,x=y"}}} {
		if _, err := f.options(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestRefusesToServeOtherMachines(t *testing.T) {
	t.Parallel()
	err := run(flags{Listen: "0.0.0.0:0", Clock: "real", SID: "AC00000000000000000000000000000001", Token: "token"})
	if err == nil || !strings.Contains(err.Error(), "not loopback") {
		t.Errorf("got %v", err)
	}
	if err := run(flags{Listen: "127.0.0.1:0", Clock: "real", SID: "wrong", Token: "token"}); err == nil {
		t.Error("served an account that no client accepts")
	}
}
