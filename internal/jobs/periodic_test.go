package jobs

import (
	"maps"
	"reflect"
	"testing"
	"time"
)

// How often each look is taken, by what River was told: its fields are its own,
// so that they are read from outside.
func TestC38LooksComeOften(t *testing.T) {
	t.Parallel()
	want := map[string]time.Duration{
		retain{}.Kind(): 24 * time.Hour, forget{}.Kind(): 24 * time.Hour, filesGo{}.Kind(): time.Hour,
		lapse{}.Kind(): time.Hour, verify{}.Kind(): time.Hour, weekly{}.Kind(): time.Minute,
	}
	got := map[string]time.Duration{}
	told := periodic()
	for i, l := range looks() {
		job := reflect.ValueOf(told[i]).Elem()
		got[l.args.Kind()] = time.Duration(job.FieldByName("scheduleFunc").Elem().Elem().FieldByName("interval").Int())
		if !job.FieldByName("opts").Elem().FieldByName("RunOnStart").Bool() {
			t.Errorf("%s waits after a restart", l.args.Kind())
		}
	}
	if !maps.Equal(got, want) || len(told) != len(want) {
		t.Errorf("intervals %v, want %v", got, want)
	}
}
