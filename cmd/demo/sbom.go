package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/callshu/callshu/cmd/demo/internal/bom"
)

// sbom prints what the built product is made of.
type sbom struct {
	productFlag
	Tree    string `default:"." help:"The sources that it was built of."`
	Version string `default:"development" help:"Version of the product."`
}

func (s sbom) Run() error {
	binary, err := s.path()
	if err != nil {
		return err
	}
	bill, err := bom.Make(binary, s.Tree, s.Version)
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	if err := out.Encode(bill); err != nil {
		return fmt.Errorf("write bill of materials: %w", err)
	}
	return nil
}
