package httpapi

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/cardnumber"
)

// cardless are fields that are never stored as they are typed, or are no words:
// secrets, which are hashed, numbers that are read as phones, and hashes.
var cardless = map[string]bool{
	"password": true, "current_password": true, "new_password": true, "token": true, "totp": true, "code": true,
	"phone": true, "plan_hash": true, "sha256": true,
}

// withoutCards refuses, before anything is done, a body in which any words hold
// a payment card's number: whatever is not kept cannot be lost. It stands where
// every operation passes, so that a field that is added later is covered.
func withoutCards[I, O any](handler func(context.Context, *I) (*O, error)) func(context.Context, *I) (*O, error) {
	body, has := reflect.TypeFor[I]().FieldByName("Body")
	if !has {
		return handler
	}
	return func(ctx context.Context, in *I) (*O, error) {
		var found apperr.Fields
		findCards(&found, "", reflect.ValueOf(in).Elem().FieldByIndex(body.Index))
		if err := found.Err(); err != nil {
			return nil, err
		}
		return handler(ctx, in)
	}
}

func findCards(found *apperr.Fields, at string, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if cardnumber.In(v.String()) {
			found.Add(at, "card_number", "This holds a payment card's number. Callshu keeps none: take it out.")
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			findCards(found, at, v.Elem())
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return // an id
		}
		for i := range v.Len() {
			findCards(found, fmt.Sprintf("%s[%d]", at, i), v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			findCards(found, inside(at, key.String()), v.MapIndex(key))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			findInField(found, at, v.Type().Field(i), v.Field(i))
		}
	}
}

func findInField(found *apperr.Fields, at string, field reflect.StructField, v reflect.Value) {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	switch {
	case !field.IsExported() || name == "-" || cardless[name]:
	case field.Anonymous && name == "":
		findCards(found, at, v)
	case name != "":
		findCards(found, inside(at, name), v)
	}
}

func inside(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}
