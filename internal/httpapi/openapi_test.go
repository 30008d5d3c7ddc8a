package httpapi_test

import (
	"encoding/json"
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
