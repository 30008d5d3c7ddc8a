package app_test

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// promise is one row of docs/promises.yaml.
type promise struct {
	id, issue, text, part, state, missing string
	tests                                 []string
	line                                  int
}

var (
	parts = []string{"consent", "dialer", "accounts", "trust", "web", "deploy"}
	// issues own the rows of their parts. Nobody has filed one for trust and deploy
	// yet: their rows are those of the issue that lists them, or of none.
	issues = map[string]string{"consent": "4", "dialer": "5", "accounts": "6", "web": "7"}
	states = []string{"kept", "partly", "open"}
	pair   = regexp.MustCompile(`^    (issue|text|part|state|missing): (.+)$`)
	title  = regexp.MustCompile(`(?m)^\s*test\('([^']+)'`)
)

// readPromises reads the one shape that the file has, and refuses any other.
func readPromises(t *testing.T) (finished []string, rows []promise) {
	t.Helper()
	file, err := os.Open("../../docs/promises.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	for n := 1; scanner.Scan(); n++ {
		line := scanner.Text()
		last := len(rows) - 1
		switch field := pair.FindStringSubmatch(line); {
		case line == "", strings.HasPrefix(line, "#"), line == "rows:":
		case strings.HasPrefix(line, "finished: "):
			finished = strings.Fields(strings.TrimPrefix(line, "finished: "))
		case strings.HasPrefix(line, "  - id: "):
			rows = append(rows, promise{id: strings.TrimPrefix(line, "  - id: "), line: n})
		case last >= 0 && field != nil:
			into := map[string]*string{"issue": &rows[last].issue, "text": &rows[last].text, "part": &rows[last].part, "state": &rows[last].state, "missing": &rows[last].missing}[field[1]]
			if *into != "" {
				t.Errorf("line %d: %s is there twice", n, field[1])
			}
			*into = strings.Trim(field[2], `"`)
		case last >= 0 && line == "    tests:":
		case last >= 0 && strings.HasPrefix(line, "      - "):
			rows[last].tests = append(rows[last].tests, strings.Trim(strings.TrimPrefix(line, "      - "), `"`))
		default:
			t.Fatalf("docs/promises.yaml, line %d: cannot read %q", n, line)
		}
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return finished, rows
}

// testsOfTheTree are the names of all tests: package.TestName, and the titles of
// browser tests.
func testsOfTheTree(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	collect := func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && regexp.MustCompile(`^(Test|Fuzz)[A-Z]`).MatchString(f.Name.Name) {
				folder := strings.TrimPrefix(strings.TrimPrefix(filepath.Dir(path), "../../"), "internal/")
				names[folder+"."+f.Name.Name] = true
			}
		}
		return nil
	}
	for _, root := range []string{"../../internal", "../../cmd"} {
		if err := filepath.WalkDir(root, collect); err != nil {
			t.Fatal(err)
		}
	}
	specs, err := filepath.Glob("../../web/e2e/*.spec.ts")
	if err != nil || len(specs) == 0 {
		t.Fatalf("no browser tests: %v", err)
	}
	for _, spec := range specs {
		text, err := os.ReadFile(spec)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range title.FindAllStringSubmatch(string(text), -1) {
			names["e2e: "+found[1]] = true
		}
	}
	return names
}

// Every promise is written down once, with the tests that prove it, and those
// tests exist; what is not proved says so, and whose it is. A finished part has
// no row without proof.
func TestPromisesHaveTheirTests(t *testing.T) {
	t.Parallel()
	finished, rows := readPromises(t)
	known := testsOfTheTree(t)
	byID := map[string]promise{}
	for _, p := range rows {
		if _, twice := byID[p.id]; twice {
			t.Errorf("line %d: %s is there twice", p.line, p.id)
		}
		byID[p.id] = p
		p.check(t, known, slices.Contains(finished, p.part))
	}
	for _, id := range listedByIssue6() {
		if byID[id].issue == "none" {
			t.Errorf("issue 6 lists row %s, and the row names no issue", id)
		}
	}
	want := 0
	for letter, n := range map[string]int{"C": 58, "H": 43, "I": 12} {
		want += n
		for i := 1; i <= n; i++ {
			if _, there := byID[fmt.Sprint(letter, i)]; !there {
				t.Errorf("row %s%d is missing", letter, i)
			}
		}
	}
	if len(rows) != want {
		t.Errorf("%d rows, want %d", len(rows), want)
	}
	for _, part := range finished {
		if !slices.Contains(parts, part) {
			t.Errorf("%s is finished, and no part", part)
		}
	}
	// A test that is named after a row stands in it; those of the rules (I) are many.
	named := regexp.MustCompile(`\.Test([CH][0-9]+)[A-Z]`)
	for name := range known {
		if row := named.FindStringSubmatch(name); row != nil && !slices.Contains(byID[row[1]].tests, name) {
			t.Errorf("row %s does not name %s", row[1], name)
		}
	}
}

// listedByIssue6 are the rows that the issue names as its duties: C2 to C44, C53
// to C58 and H2 to H14.
func listedByIssue6() (ids []string) {
	for _, span := range []struct {
		letter   string
		from, to int
	}{{"C", 2, 44}, {"C", 53, 58}, {"H", 2, 14}} {
		for n := span.from; n <= span.to; n++ {
			ids = append(ids, fmt.Sprint(span.letter, n))
		}
	}
	return ids
}

func (p promise) check(t *testing.T, known map[string]bool, finished bool) {
	t.Helper()
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("docs/promises.yaml, %s (line %d): %s", p.id, p.line, fmt.Sprintf(format, args...))
	}
	switch {
	case p.text == "":
		fail("says nothing")
	case !slices.Contains(parts, p.part):
		fail("part %q is none of %v", p.part, parts)
	case issues[p.part] != "" && p.issue != issues[p.part], issues[p.part] == "" && p.issue != "6" && p.issue != "none":
		fail("is of issue %q, and its part %s of %q", p.issue, p.part, issues[p.part])
	case !slices.Contains(states, p.state):
		fail("state %q is none of %v", p.state, states)
	case p.state != "open" && len(p.tests) == 0:
		fail("is %s, and names no test", p.state)
	case finished && p.state != "kept":
		fail("is %s, and its part %s is finished", p.state, p.part)
	case (p.state == "kept") != (p.missing == ""):
		fail("is %s: what is missing must be said there, and only there", p.state)
	}
	for i, test := range p.tests {
		if !known[test] {
			fail("there is no test %s", test)
		}
		if slices.Contains(p.tests[:i], test) {
			fail("names %s twice", test)
		}
	}
}
