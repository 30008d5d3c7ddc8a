package ivr

// Lines is what the person hears until the choices are said, for the author
// who wants to read the call before it rings.
func (s Script) Lines() []string {
	c := newCall(s, func(Step) string { return "" })
	lines := []string{c.words.identify, c.words.waysOut, c.script.Text, c.choices()}
	if c.seconds() > longCall {
		lines = append(lines, c.words.identify)
	}
	return lines
}
