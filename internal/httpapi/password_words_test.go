package httpapi_test

import (
	"net/http"
	"testing"
)

// A guesser knows how calls name the employer: wherever somebody chooses a
// password, it must not be made of that.
func TestNoPasswordIsMadeOfTheSpokenName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email, guessed = "zoe@example.com", "Zyltrax zyltrax 2026"
	o := w.employer(email, w.staff("olive@callshu.test"))
	_, invited := o.invite("ben@example.com", "member")
	o.expect(http.StatusAccepted, http.MethodPost, "/api/v1/auth/password/forgot", object{"email": email})
	_, token := w.letter(email, "reset_password")
	applies := registration("ann@example.com")
	applies["spoken_name"], applies["password"] = "Zyltrax", guessed
	acceptance := acceptance(invited)
	acceptance["password"] = guessed
	places := map[string]object{
		"/api/v1/auth/register":          applies,
		"/api/v1/auth/password/reset":    {"token": token, "password": guessed},
		"/api/v1/auth/password/change":   {"current_password": password, "password": guessed},
		"/api/v1/auth/invitation/accept": acceptance,
	}
	w.exec(`UPDATE accounts SET spoken_name = 'Zyltrax'`)
	for path, body := range places {
		p := o.post(path, body).problem(t)
		if p.Status != http.StatusUnprocessableEntity || len(p.Errors) != 1 || p.Errors[0].Location != "body.password" || p.Errors[0].Code != "common" {
			t.Errorf("%s: %+v", path, p)
		}
	}
	// Of another employer's it may be: nobody would guess that.
	w.exec(`UPDATE accounts SET spoken_name = 'Maison Verte'`)
	applies["spoken_name"] = "Maison Verte"
	delete(places, "/api/v1/auth/password/change") // it would end the link before it
	for path, body := range places {
		if a := w.anybody().post(path, body); a.StatusCode/100 != 2 {
			t.Errorf("%s with another employer's name: %d %s", path, a.StatusCode, a.body)
		}
	}
}
