package httpapi_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/httpapi"
)

// hazards are what text could hide, by what it does. The control characters come first.
var hazards = []struct {
	name, text string
	control    bool
}{
	{"bell", "\a", true}, {"escape", "\x1b[2J", true}, {"C1", "\u009b", true}, {"soft hyphen", "\u00ad", false}, {"zero width", "\u200b", false}, {"joiner", "\u200d", false},
	{"right to left", "\u200f", false}, {"override", "\u202e", false}, {"isolate", "\u2066", false}, {"annotation", "\ufff9", false}, {"byte order mark", "\ufeff", false},
	{"tag", "\U000E0041", false}, {"selector behind a letter", "\ufe0f", false}, {"other selector", "\U000E0100", false}, {"Hangul filler", "\u3164", false},
	{"Hangul choseong filler", "\u115f", false}, {"grapheme joiner", "\u034f", false}, {"half a pair", half, false}, {"private", "\ue000", false},
	{"no character", "\ufdd0", false}, {"six marks", "\u0323\u0323\u0323\u0323\u0323\u0323", false},
}

// half stands for a surrogate without its other half, which Go does not write.
const half = "HALF"

// elsewhere are texts that have rules of their own: secrets are hashed as they
// are, and what only finds something is never stored, nor is why somebody cancels.
var elsewhere = regexp.MustCompile(`^cancelCampaign\.reason$|^(login|forgotPassword|readInvitation|operatorLogin)\b|\.(password|current_password|token|totp|code|recovery_code|plan_hash|sha256)$`)

// noted are fields where a control character is written as a blank.
var noted = regexp.MustCompile(`^(optOutEmployee|resolveText)\.note$|^recordOptOut\.`)

// ascii are fields that take no letters but ours, by a rule of their own.
var ascii = regexp.MustCompile(`\.(email|phone|website|callback_number|spoken_name|province|time_zone|start_zone|start_wall|dial_until_wall|language)$|\.confirm$`)

var step = regexp.MustCompile(`[\w*]+|\[\d+\]`)

// put sets a place of a body, such as content.choices[0].label.en, to what change
// makes of the text that stands there.
func put(node any, steps []string, change func(string) string) any {
	if len(steps) == 0 {
		text, _ := node.(string)
		return change(text)
	}
	if at, ok := strings.CutPrefix(steps[0], "["); ok {
		i, _ := strconv.Atoi(strings.TrimSuffix(at, "]")) //nolint:errcheck // the pattern has digits
		list, _ := node.([]any)
		for len(list) <= i {
			list = append(list, nil)
		}
		list[i] = put(list[i], steps[1:], change)
		return list
	}
	fields, ok := node.(map[string]any)
	if !ok {
		fields = map[string]any{}
	}
	fields[steps[0]] = put(fields[steps[0]], steps[1:], change)
	return fields
}

// with is a deep copy of a body, bent at a place, as JSON.
func with(t *testing.T, body any, place string, change func(string) string) string {
	t.Helper()
	var node any
	if err := json.Unmarshal(must[[]byte](t)(json.Marshal(body)), &node); err != nil {
		t.Fatal(err)
	}
	text := string(must[[]byte](t)(json.Marshal(put(node, step.FindAllString(place, -1), change))))
	return strings.ReplaceAll(text, half, `\ud800`)
}

// typed are the places of an operation's body where somebody types text.
func typed(t *testing.T, all schemas, op operation) (free []string) {
	t.Helper()
	content, ok := op.RequestBody.Content["application/json"].(map[string]any)
	if !ok {
		return nil
	}
	all.fill(content["schema"].(map[string]any), "", "", &free)
	return slices.DeleteFunc(free, func(place string) bool { return elsewhere.MatchString(op.OperationID + "." + place) })
}

// wrongAt says whether an answer names a place as wrong.
func wrongAt(a answer, place string) bool {
	var p httpapi.Problem
	if a.StatusCode != http.StatusUnprocessableEntity || json.Unmarshal(a.body, &p) != nil {
		return false
	}
	return slices.ContainsFunc(p.Errors, func(e httpapi.ProblemField) bool {
		return e.Location == "body."+place || strings.HasPrefix("body."+place, e.Location+"[")
	})
}

// fuller are bodies in which every field is looked at.
var fuller = map[string]object{
	"createCampaign": sound(object{"start_zone": "America/Toronto"}), "editCampaign": sound(object{"start_zone": "America/Toronto"}),
	"changeMessage": {"content": sound(nil)["content"]},
	"editEmployee":  {"name": "Zora", "phone": "613 555 0170", "attestation": "He gave it to me at work."},
}

// everyBody are requests that are right, by operation: of people, of strangers
// and of operators.
func (c *company) everyBody() map[string]func() deed {
	ops, deeds := c.everyDeed()
	bodies := map[string]func() deed{}
	for _, op := range ops {
		if op.RequestBody != nil {
			bodies[op.OperationID] = deeds[op.OperationID]
		}
	}
	for id, a := range c.acts() {
		bodies[id] = func() deed {
			if c.exec(`DELETE FROM account_changes`); a.ready != nil {
				a.ready()
			}
			return deed{by: c.operator, more: a.path, body: a.body}
		}
	}
	return bodies
}

// say sends raw JSON as a deed.
func (c *company) say(op operation, d deed, body string) answer {
	path := pathParameter.ReplaceAllString(op.path, d.id) + d.more
	if op.Level == "operator" {
		path = d.more
	}
	d.by.ip = fmt.Sprintf("[2001:db8:%s:%s::1]", uuid.NewString()[:4], uuid.NewString()[:4])
	return d.by.send(d.by.request(op.method, path, body))
}

// Every field of the API where somebody types text, found in its document,
// against everything that a text could hide: it is refused by the field's name.
// Names and words of any script are not.
func TestNoFieldTakesHiddenText(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.applicant("pending@example.com")
	c.applicant("refused@example.com")
	bodies, all := c.everyBody(), readSchemas(t)
	tried := map[string]bool{}
	ops := operations(t)
	slices.SortFunc(ops, func(x, y operation) int { // the operators' last: they end sessions
		return cmp.Or(strings.Compare(fmt.Sprint(x.Level == "operator"), fmt.Sprint(y.Level == "operator")), strings.Compare(x.OperationID, y.OperationID))
	})
	for _, op := range ops {
		if op.RequestBody == nil {
			continue
		}
		places := typed(t, all, op)
		if len(places) == 0 {
			continue
		}
		ready, known := bodies[op.OperationID]
		if !known {
			t.Errorf("nobody wrote a right body for %s", op.OperationID)
			continue
		}
		again := func() deed {
			d := ready()
			if body, ok := fuller[op.OperationID]; ok {
				d.body = body
			}
			return d
		}
		d := again()
		for _, place := range places {
			field := op.OperationID + "." + place
			tried[field] = true
			for _, h := range hazards {
				if h.control && noted.MatchString(field) {
					continue
				}
				body := with(t, d.body, place, func(text string) string { text = cmp.Or(text, "text"); return text[:1] + h.text + text[1:] })
				if a := c.say(op, d, body); !wrongAt(a, place) {
					t.Errorf("%s takes %s: %d %s", field, h.name, a.StatusCode, a.body)
					break
				}
			}
			if ascii.MatchString(field) {
				continue
			}
			d := again()
			body := with(t, d.body, place, func(text string) string { return cmp.Or(text, "text") + " Zoë 李 Мария محمد 🎉" })
			if a := c.say(op, d, body); a.StatusCode == http.StatusUnprocessableEntity || a.StatusCode >= 500 {
				t.Errorf("%s refuses letters: %d %.300s", field, a.StatusCode, a.body)
			}
		}
	}
	if len(tried) < 60 {
		t.Errorf("only %d fields were tried: %v", len(tried), slices.Sorted(maps.Keys(tried)))
	}
}

// What is written in two ways is stored in one.
func TestTextIsStoredInOneForm(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	const apart, composed = "Zoe\u0308", "Zo\u00eb"
	draft := sound(object{"name": apart})
	draft["content"] = object{"purpose": object{"en": "for " + apart}, "texts": object{"en": object{"message": "Hello\n" + apart}}, "choices": []object{{"key": 1, "label": object{"en": "yes, " + apart}}}}
	c.owner.expect(http.StatusCreated, http.MethodPost, "/api/v1/campaigns", draft)
	c.owner.expect(http.StatusCreated, http.MethodPost, "/api/v1/employees", object{"name": apart, "phone": "613 555 0171", "tags": []string{apart}, "attestation": apart + " gave it to me."})
	c.owner.expect(http.StatusOK, http.MethodPatch, "/api/v1/settings", object{"contact_address": "1 rue " + apart})
	c.owner.expect(http.StatusOK, http.MethodPatch, "/api/v1/me", object{"name": apart})
	c.owner.expect(http.StatusOK, http.MethodPost, "/api/v1/employees/"+c.newPerson()+"/opt-out", object{"note": "told " + apart})
	c.owner.expect(http.StatusOK, http.MethodPost, "/api/v1/campaigns/"+c.running("running")+"/pause", object{"reason": "for " + apart})
	c.operator.expect(http.StatusOK, http.MethodPost, "/api/v1/operator/pause", object{"paused": true, "reason": "for " + apart})
	c.operator.expect(http.StatusOK, http.MethodPost, "/api/v1/operator/opt-outs", object{"phone": "613 555 0188", "scope": "platform",
		"received_at": c.clock.Now().Format(time.RFC3339), "evidence": "a letter of " + apart, "reason": "for " + apart})
	found := 0
	for _, table := range []string{"campaigns", "employees", "accounts", "users", "consent_events", "platform", "opt_out_records", "audit_events"} {
		found += c.count(`SELECT count(*) FROM ` + table + ` t WHERE t::text LIKE '%` + composed + `%'`)
		if n := c.count(`SELECT count(*) FROM ` + table + ` t WHERE t::text LIKE '%` + apart + `%'`); n != 0 {
			t.Errorf("%s has %d rows in two characters", table, n)
		}
	}
	if found < 10 {
		t.Errorf("only %d rows in one", found)
	}
}
