package httpapi_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/callshu/callshu/internal/httpapi"
)

func TestOpenAPINeedsNoDatabaseAndIsStable(t *testing.T) {
	t.Parallel()
	first, err := httpapi.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	second, err := httpapi.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if string(first) != string(second) {
		t.Error("two runs give two documents")
	}
	var document struct {
		OpenAPI string `json:"openapi"`
	}
	if err := json.Unmarshal(first, &document); err != nil || document.OpenAPI[:3] != "3.1" {
		t.Errorf("openapi %q, %v; want 3.1", document.OpenAPI, err)
	}
}

// A part of a path that no handler reads would leave its value at zero.
func TestEveryPathParameterIsRead(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile(`\{(\w+)\}`)
	for _, op := range operations(t) {
		documented := map[string]bool{}
		for _, p := range op.Parameters {
			documented[p.Name] = p.In == "path" || documented[p.Name]
		}
		for _, name := range named.FindAllStringSubmatch(op.path, -1) {
			if !documented[name[1]] {
				t.Errorf("%s %s: nobody reads {%s}", op.method, op.path, name[1])
			}
		}
	}
}

// An answer that is described by hand must not hide the JSON beside it: what a
// file or a stream holds is all that clients would be told.
func TestEveryJSONAnswerIsDescribed(t *testing.T) {
	t.Parallel()
	bytes := map[string]bool{"watchCampaign": true, "downloadReportFile": true, "listRejectedRows": true} // a stream, a file: no JSON beside them
	for _, op := range operations(t) {
		answer, ok := op.Responses["200"]
		if !ok || bytes[op.OperationID] {
			continue
		}
		if body, ok := answer.Content["application/json"]; !ok || body.Schema["$ref"] == nil {
			t.Errorf("%s %s: 200 describes %v", op.method, op.path, answer.Content)
		}
	}
}

type operation struct {
	method, path string
	OperationID  string                `json:"operationId"`
	Level        string                `json:"x-level"`
	Security     []map[string][]string `json:"security"`
	Parameters   []struct {
		Name   string `json:"name"`
		In     string `json:"in"`
		Schema struct {
			Format string `json:"format"`
		} `json:"schema"`
	} `json:"parameters"`
	RequestBody *struct {
		Content map[string]any `json:"content"`
	} `json:"requestBody"`
	Responses map[string]struct {
		Content map[string]struct {
			Schema map[string]any `json:"schema"`
		} `json:"content"`
	} `json:"responses"`
}

// operations lists every route of the API.
func operations(t *testing.T) []operation {
	t.Helper()
	document, err := httpapi.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Paths map[string]map[string]operation `json:"paths"`
	}
	if err := json.Unmarshal(document, &parsed); err != nil {
		t.Fatal(err)
	}
	var all []operation
	for path, methods := range parsed.Paths {
		for method, op := range methods {
			op.path, op.method = path, strings.ToUpper(method)
			all = append(all, op)
		}
	}
	if len(all) < 30 {
		t.Fatalf("only %d operations are documented", len(all))
	}
	return all
}
