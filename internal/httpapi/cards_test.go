package httpapi_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/httpapi"
)

const card = "4242 4242 4242 4242"

// schemas makes bodies that are well-formed for an operation.
type schemas map[string]map[string]any

func readSchemas(t *testing.T) schemas {
	t.Helper()
	document, err := httpapi.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Components struct {
			Schemas schemas `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(document, &parsed); err != nil {
		t.Fatal(err)
	}
	return parsed.Components.Schemas
}

func (s schemas) resolve(schema map[string]any) map[string]any {
	if ref, ok := schema["$ref"].(string); ok {
		return s[ref[strings.LastIndex(ref, "/")+1:]]
	}
	return schema
}

func inner(schema map[string]any, name string) map[string]any {
	found, _ := schema[name].(map[string]any)
	return found
}

// fill returns a value of a schema. At the place named by at it puts the card's
// number; free collects the places where one could stand.
func (s schemas) fill(schema map[string]any, place, at string, free *[]string) any {
	schema = s.resolve(schema)
	kind, _ := schema["type"].(string)
	if kinds, ok := schema["type"].([]any); ok {
		kind, _ = kinds[0].(string)
	}
	switch kind {
	case "object":
		object := map[string]any{}
		for name, property := range inner(schema, "properties") {
			if name != "$schema" {
				object[name] = s.fill(property.(map[string]any), strings.TrimPrefix(place+"."+name, "."), at, free)
			}
		}
		if values := inner(schema, "additionalProperties"); values != nil {
			object["en"] = s.fill(values, place+".en", at, free)
		}
		return object
	case "array":
		return []any{s.fill(inner(schema, "items"), place+"[0]", at, free)}
	case "integer", "number":
		return atLeast(schema)
	case "boolean":
		return true
	}
	return word(schema, place, at, free)
}

func atLeast(schema map[string]any) float64 {
	least, _ := schema["minimum"].(float64)
	return max(1, least)
}

// ids and secrets hold no words; the latter are exempt by name, which is why the
// names are written down here once more.
var noWords = []string{"password", "current_password", "token", "totp", "code", "phone", "plan_hash", "sha256"}

func word(schema map[string]any, place, at string, free *[]string) string {
	name := place[strings.LastIndex(place, ".")+1:]
	if choices, ok := schema["enum"].([]any); ok {
		return choices[0].(string)
	}
	if most, ok := schema["maxLength"].(float64); ok && most < 13 {
		return "short"
	}
	if schema["format"] == "date-time" {
		return "2026-11-23T09:30:00Z"
	}
	if strings.HasSuffix(name, "_id") || strings.HasPrefix(name, "ids[") || strings.HasPrefix(name, "employee_ids[") {
		return uuid.NewString()
	}
	if slices.Contains(noWords, name) {
		return "word"
	}
	*free = append(*free, place)
	if place == at {
		return card
	}
	return "words"
}

// H14: wherever an employer, an applicant or an operator types words, a payment
// card's number is refused by name before anything happens. Generated from the
// API's own description: a field that is added later is tried too.
func TestNoFieldTakesACardNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	operator := w.staff("olive@callshu.test")
	owner, nobody := w.employer("ada@example.com", operator), w.anybody()
	all := readSchemas(t)
	tried := 0
	for _, op := range operations(t) {
		if op.RequestBody == nil || op.RequestBody.Content["application/json"] == nil {
			continue
		}
		schema := op.RequestBody.Content["application/json"].(map[string]any)["schema"].(map[string]any)
		who := map[string]*browser{"public": nobody, "operator": operator}[op.Level]
		if who == nil {
			who = owner
		}
		var free []string
		all.fill(schema, "", "", &free)
		for _, place := range free {
			tried++
			fresh := w.anybody()
			fresh.ip, fresh.cookie = fmt.Sprintf("[2001:db8:%x::1]", tried), who.cookie
			body := all.fill(schema, "", place, new([]string))
			a := fresh.send(fresh.request(op.method, pathParameter.ReplaceAllString(op.path, uuid.NewString()), body))
			if a.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("%s, %s: %d %s", op.OperationID, place, a.StatusCode, a.body)
				continue
			}
			p := a.problem(t)
			if !slices.ContainsFunc(p.Errors, func(e httpapi.ProblemField) bool { return e.Location == "body."+place && e.Code == "card_number" }) {
				t.Errorf("%s, %s: %+v", op.OperationID, place, p.Errors)
			}
			if strings.Contains(string(a.body), "4242") {
				t.Errorf("%s, %s: the answer repeats the number", op.OperationID, place)
			}
		}
	}
	if tried < 60 {
		t.Errorf("only %d fields were tried, of %v", tried, slices.Sorted(maps.Keys(all)))
	}
}
