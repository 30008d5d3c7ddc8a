package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxJSONDepth is far above what any of our requests nests.
const maxJSONDepth = 32

// unmarshalStrictly refuses what encoding/json lets through and what would
// then mean two things to two readers: a key given twice (the last would win),
// a second document behind the first, text that is not UTF-8, and the NUL
// character, which the database refuses. huma decodes each body twice, first
// to check its shape; that first time is the one that is checked.
func unmarshalStrictly(data []byte, into any) error {
	if _, shape := into.(*any); shape {
		if err := checkJSON(data); err != nil {
			return err
		}
	}
	if err := json.Unmarshal(data, into); err != nil {
		return errors.New("this is not valid JSON") // the library's message quotes the input
	}
	return nil
}

func checkJSON(data []byte) error {
	if !utf8.Valid(data) {
		return errors.New("this is not UTF-8 text")
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := checkValue(decoder, 0); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something after the JSON document")
	}
	return nil
}

func checkValue(decoder *json.Decoder, depth int) error {
	token, err := decoder.Token()
	if err != nil {
		return errors.New("this is not valid JSON")
	}
	switch token := token.(type) {
	case string:
		return checkText(token)
	case json.Delim:
		if depth == maxJSONDepth {
			return fmt.Errorf("this nests deeper than %d levels", maxJSONDepth)
		}
		return checkNested(decoder, token == '{', depth+1)
	}
	return nil
}

func checkNested(decoder *json.Decoder, object bool, depth int) error {
	seen := map[string]bool{}
	for decoder.More() {
		if object {
			token, err := decoder.Token()
			key, ok := token.(string)
			if err != nil || !ok {
				return errors.New("this is not valid JSON")
			}
			if err := checkText(key); err != nil {
				return err
			}
			if seen[key] {
				return errors.New("a key comes twice")
			}
			seen[key] = true
		}
		if err := checkValue(decoder, depth); err != nil {
			return err
		}
	}
	if _, err := decoder.Token(); err != nil { // the closing bracket
		return errors.New("this is not valid JSON")
	}
	return nil
}

func checkText(s string) error {
	if strings.ContainsRune(s, 0) {
		return errors.New("text must not contain the NUL character")
	}
	return nil
}
