package simctl_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/callshu/callshu/cmd/demo/internal/simctl"
	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/persona"
)

func TestClientActsAsPhonesOwners(t *testing.T) {
	t.Parallel()
	const ours, theirs = "+16475550191", "+14165550123"
	sim, err := carriersim.New(carriersim.Options{AccountSID: "AC00000000000000000000000000000001", AuthToken: "0123456789abcdef0123456789abcdef",
		Numbers: []carriersim.NumberConfig{{Number: ours}}})
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	server := httptest.NewServer(sim)
	defer server.Close()
	client := simctl.New(server.URL)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := client.SetOwner(ctx, theirs, carriersim.Persona{Title: "somebody", Voice: persona.Voice{Do: "dance"}}); err == nil {
		t.Error("an owner who does what nobody can was accepted")
	}
	if err := client.ByHand(ctx, theirs); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := client.Code(ctx, theirs); ok || err != nil {
		t.Errorf("a code before any text: %v %v", ok, err)
	}
	watching, err := client.Watch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Text(ctx, theirs, ours, "Hello 123456"); err != nil {
		t.Fatal(err)
	}
	err = watching.Until(func() (bool, error) {
		view, err := client.Phone(ctx, theirs)
		return len(view.Thread) > 0, err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, err := client.Code(ctx, theirs); ok || err != nil {
		t.Errorf("what the phone's owner wrote is no code for them: %v %v", ok, err)
	}
	if stats, err := client.Stats(ctx); err != nil || stats.Texts != 1 {
		t.Errorf("stats %+v: %v", stats, err)
	}
}
