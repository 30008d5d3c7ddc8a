// Package twiml owns the reading of TwiML: a strict parser that turns an
// answer into verbs and says, with Twilio's codes, what is wrong with it. It
// knows nothing of calls and must never guess what an author meant.
package twiml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Kind is what the document will be used for.
type Kind int

// The two kinds of document.
const (
	Voice Kind = iota
	Messaging
)

// MaxBytes is the largest answer Twilio reads (error 11750).
const MaxBytes = 64 << 10

// Verb is one instruction of a document.
type Verb struct {
	Name   string
	Attrs  map[string]string
	Text   string        // Say: what is heard; Play, Redirect: the address; Message: the body
	Breaks time.Duration // Say: silence asked for by SSML
	Nested []Verb        // Gather: its prompts
}

// Attr returns an attribute or the fallback where it is absent.
func (v Verb) Attr(name, fallback string) string {
	if s, ok := v.Attrs[name]; ok {
		return s
	}
	return fallback
}

// Problem is an entry for the debugger.
type Problem struct {
	Code  int    `json:"code"`
	Fatal bool   `json:"fatal"`
	Text  string `json:"text"`
}

func (p Problem) Error() string { return fmt.Sprintf("%d: %s", p.Code, p.Text) }

// Parse reads a document. Problems that are fatal mean that the document must
// not be run; the others are warnings and the offending part is ignored.
func Parse(body []byte, kind Kind) ([]Verb, []Problem) {
	if len(body) > MaxBytes {
		return nil, []Problem{{11750, true, "response body exceeds 64 kB"}}
	}
	root, err := readTree(body)
	if err != nil {
		return nil, []Problem{asProblem(err)}
	}
	if root.name != "Response" {
		return nil, []Problem{{12102, true, fmt.Sprintf("root element is <%s>, not <Response>", root.name)}}
	}
	r := reader{kind: kind}
	for name := range root.attrs {
		r.warn(12200, "unknown attribute %q on <Response>", name)
	}
	if strings.TrimSpace(root.text()) != "" {
		r.warn(12200, "text directly inside <Response>")
	}
	verbs := r.verbs(root.elements())
	return verbs, r.problems
}

// Fatal returns the first problem that forbids running the document.
func Fatal(problems []Problem) (Problem, bool) {
	i := slices.IndexFunc(problems, func(p Problem) bool { return p.Fatal })
	if i < 0 {
		return Problem{}, false
	}
	return problems[i], true
}

func asProblem(err error) Problem {
	var p Problem
	if errors.As(err, &p) {
		return p
	}
	if strings.Contains(err.Error(), "unsupported version") {
		return Problem{12101, true, "XML version is not 1.0"}
	}
	return Problem{12100, true, "document parse failure: " + err.Error()}
}

// node is an element with its mixed content.
type node struct {
	name  string
	attrs map[string]string
	parts []any // string or *node
}

func (n *node) elements() []*node {
	var out []*node
	for _, p := range n.parts {
		if e, ok := p.(*node); ok {
			out = append(out, e)
		}
	}
	return out
}

// text is the element's own character data, without that of its children.
func (n *node) text() string {
	var b strings.Builder
	for _, p := range n.parts {
		if s, ok := p.(string); ok {
			b.WriteString(s)
		}
	}
	return b.String()
}

func readTree(body []byte) (*node, error) {
	dec := xml.NewDecoder(bytes.NewReader(body))
	var root *node
	var open []*node
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			n, err := start(t)
			if err != nil {
				return nil, err
			}
			if len(open) == 0 && root != nil {
				return nil, errors.New("more than one root element")
			}
			if len(open) == 0 {
				root = n
			} else {
				open[len(open)-1].parts = append(open[len(open)-1].parts, n)
			}
			open = append(open, n)
			if len(open) > 32 {
				return nil, errors.New("nested too deeply")
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) == 0 && strings.TrimSpace(string(t)) != "" {
				return nil, errors.New("content is not allowed outside the root element")
			}
			if len(open) > 0 {
				open[len(open)-1].parts = append(open[len(open)-1].parts, string(t))
			}
		case xml.Directive:
			return nil, errors.New("document type declarations are not allowed")
		}
	}
	if root == nil {
		return nil, errors.New("no root element")
	}
	return root, nil
}

func start(t xml.StartElement) (*node, error) {
	n := &node{name: t.Name.Local, attrs: map[string]string{}}
	for _, a := range t.Attr {
		if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" {
			continue
		}
		name := a.Name.Local
		if a.Name.Space == "xml" || strings.HasSuffix(a.Name.Space, "/namespace") {
			name = "xml:" + name
		}
		if _, twice := n.attrs[name]; twice {
			return nil, fmt.Errorf("attribute %q given twice", name)
		}
		n.attrs[name] = a.Value
	}
	return n, nil
}
