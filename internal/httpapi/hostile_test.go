package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/httpapi"
)

// hostile are texts that break what was not made for them.
var hostile = []string{
	"zzcanary\x00", "zzcanary\u202egnp", "zzcanary\r\nBcc: a@b.example", "'; DROP TABLE zzcanary; --", `zzcanary\`, "%zzcanary%_", "=HYPERLINK(\"zzcanary\")", "{{zzcanary}}", "${zzcanary}",
	"<script>zzcanary</script>", "zzcanary\ufffd\ufeff\ue000", "zzcanary" + strings.Repeat("9", 70_000), "zzcanary" + strings.Repeat("\u0301", 500), "../../zzcanary", "-9223372036854775809zzcanary",
	strings.Repeat("9", 30_000), "zzcanary\U0001F600", "\u200b", " ", "00000000-0000-0000-0000-00000000000g",
}

// filled is a value of a schema with one text in every place for text.
func filled(schemas map[string]any, schema map[string]any, text string) any {
	if ref, ok := schema["$ref"].(string); ok {
		return filled(schemas, schemas[ref[strings.LastIndexByte(ref, '/')+1:]].(map[string]any), text)
	}
	kind := schema["type"]
	if several, ok := kind.([]any); ok {
		kind = several[0]
	}
	switch kind {
	case "object":
		made := object{}
		properties, _ := schema["properties"].(map[string]any)
		for name, property := range properties {
			made[name] = filled(schemas, property.(map[string]any), text)
		}
		if len(made) == 0 {
			if values, ok := schema["additionalProperties"].(map[string]any); ok {
				made["en"] = filled(schemas, values, text)
			}
		}
		return made
	case "array":
		return []any{filled(schemas, schema["items"].(map[string]any), text)}
	case "integer", "number":
		return 1
	case "boolean":
		return true
	}
	return text
}

// Whatever stands in the fields and the query of an operation, it is taken or
// refused: no text is an error of ours, and none is in the log.
func TestC22HostileTextsAreTakenOrRefused(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	things := b.things()
	document, err := httpapi.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(document, &parsed); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, op := range operations(t) {
		if strings.Contains(op.OperationID, "ogout") {
			continue // it takes nothing, and ends the session
		}
		who := map[string]*browser{"operator": b.operator, "public": b.anybody()}[op.Level]
		if who == nil {
			who = b.owner
		}
		before, _, _ := strings.Cut(strings.TrimPrefix(op.path, "/api/v1/"), "/{")
		id, known := things[before]
		if !known || op.method == http.MethodDelete {
			id = uuid.NewString()
		}
		for _, text := range hostile {
			query := url.Values{}
			for _, p := range op.Parameters {
				if p.In == "query" && len(text) < 2000 {
					query.Set(p.Name, text)
				}
			}
			var body any
			if op.RequestBody != nil {
				body = text
				if content, ok := op.RequestBody.Content["application/json"].(map[string]any); ok {
					body = filled(parsed.Components.Schemas, content["schema"].(map[string]any), text)
				}
			}
			if body == nil && len(query) == 0 || op.OperationID == "watchCampaign" {
				continue
			}
			tried++
			fresh := b.anybody()
			fresh.ip, fresh.cookie = fmt.Sprintf("[2001:db8:%s:%s::1]", uuid.NewString()[:4], uuid.NewString()[:4]), who.cookie
			path := pathParameter.ReplaceAllString(op.path, id)
			if len(query) > 0 {
				path += "?" + query.Encode()
			}
			r := fresh.request(op.method, path, body)
			if op.OperationID == "uploadImport" {
				r.Header.Set("Content-Type", "text/csv")
			}
			if a := fresh.send(r); a.StatusCode >= 500 {
				t.Errorf("%s with %.40q: %d %.300s", op.OperationID, text, a.StatusCode, a.body)
			}
		}
	}
	if tried < 800 {
		t.Errorf("only %d requests were tried", tried)
	}
	if strings.Contains(b.log.String(), "zzcanary") {
		t.Error("the log repeats what was sent")
	}
}
