package twilio

import "testing"

func TestErrorsAreClassedByWhatMayBeDoneNext(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status, code int
		want         Class
	}{
		{429, 20429, Busy}, {400, 21611, Busy}, {503, 0, Unknown}, {500, 20500, Unknown}, {400, 21610, OptedOut},
		{400, 21211, Permanent}, {400, 21214, Permanent},
		{401, 20003, Config}, {400, 21210, Config},
		{404, 20404, Config}, // our account's address is wrong: it is nobody's number that is at fault
	} {
		if got := restClass(tt.status, tt.code); got != tt.want {
			t.Errorf("status %d, code %d: %v, want %v", tt.status, tt.code, got, tt.want)
		}
	}
}
