package callhours

import (
	"strings"
	"testing"
)

// Each kind of wrong data must stop the start, because nobody would see it
// before phones ring at the wrong hour.
func TestWrongDataIsRefused(t *testing.T) {
	for want, spoil := range map[string]func(*Zones){
		"older than": func(z *Zones) { z.version = "2026e" },
		"wrong for America/Edmonton": func(z *Zones) {
			z.zones["America/Edmonton"] = z.zones["America/Denver"] // as it was before the change
		},
		"lacks America/Inuvik": func(z *Zones) { delete(z.zones, "America/Inuvik") },
	} {
		z, err := Load()
		if err != nil {
			t.Fatal(err)
		}
		spoil(z)
		if err := z.check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if err := new(Zones).add([]string{"zone", "Mars/Olympus", "CA"}); err == nil {
		t.Error("a zone without data was taken")
	}
	if err := new(Zones).add([]string{"nonsense"}); err == nil {
		t.Error("an unknown line was taken")
	}
}
