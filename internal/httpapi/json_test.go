package httpapi

import (
	"encoding/json"
	"testing"
)

// Whatever passes is JSON, and reading it again gives nothing that was refused.
func FuzzCheckJSON(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1,"a":2}`, `[1,{"a":[null,true,"\u0000"]}]`, "{\"\xff\":1}", `{} {}`, `{"a":1}x`, `"\ud800"`, `[[[[[[[[`, `1e999`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if checkJSON(data) != nil {
			return
		}
		if !json.Valid(data) {
			t.Fatalf("%q passed and is no JSON", data)
		}
		var into any
		if err := unmarshalStrictly(data, &into); err != nil {
			return // a number too large for us
		}
		again, err := json.Marshal(into)
		if err != nil || checkJSON(again) != nil {
			t.Errorf("%q became %q: %v", data, again, err)
		}
	})
}
