package report

import (
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

type colour struct{ r, g, b int }

// Of the console's theme.
var (
	plum     = colour{0x82, 0x2d, 0x70}
	petrol   = colour{0x0b, 0x6e, 0x75}
	red      = colour{0xc9, 0x2a, 0x2a}
	dark     = colour{0x21, 0x25, 0x29}
	muted    = colour{0x5c, 0x63, 0x6a}
	hairline = colour{0xd9, 0xdc, 0xe0}
	paper    = colour{0xf6, 0xf5, 0xf8}
	white    = colour{0xff, 0xff, 0xff}
)

// shades tell the kinds of events apart, in print too; the last is for the rest.
func shades() []colour {
	return []colour{plum, petrol, {0xd9, 0x8e, 0x04}, {0x4c, 0x6e, 0xf5}, {0x2b, 0x8a, 0x3e}, {0xd6, 0x85, 0xc3}, {0xad, 0xb5, 0xbd}}
}

func (d *document) ink(c colour)  { d.pdf.SetTextColor(c.r, c.g, c.b) }
func (d *document) fill(c colour) { d.pdf.SetFillColor(c.r, c.g, c.b) }
func (d *document) draw(c colour) { d.pdf.SetDrawColor(c.r, c.g, c.b) }

// charts is the first page: the week at a glance.
func (d *document) charts() {
	f := d.figures
	d.fill(plum)
	d.pdf.Rect(0, 0, pageWidth, 3, "F")
	d.label(margin, 14, "B", 9, plum, "CALLSHU")
	d.label(margin, 23, "B", 20, dark, "Audit report")
	d.right(pageWidth-margin, 14, "B", 11, dark, d.week.String())
	d.right(pageWidth-margin, 19, "", 7.5, muted, "Monday 00:00 to Monday 00:00, "+zoneName+" · "+hours(d.week))
	d.right(pageWidth-margin, 23.5, "", 7.5, muted, d.partOf()+" · made "+d.made.In(d.zone).Format("2 January 2006 15:04 MST"))
	d.tiles([]tile{
		{"Events", group(f.Events), late(f.Late), plum},
		{"Sign-ins refused", group(sum(f.Refused)), "wrong password, code or address", red},
		{"Consents won and lost", group(sum(f.Won)) + " / " + group(sum(f.Lost)), "opt-ins, and opt-outs with \u201cnot me\u201d", petrol},
		{"Campaign calls", group(called(f.Calls)), "by the day on which they began", dark},
	})
	const width, height, gap = (inner - 7) / 2, 62.0, 5.0
	left, rightX, top := margin, margin+width+7, 54.0
	kinds := most(f.Kinds, len(shades()))
	d.days(panel{left, top, width, height, "Events per day and kind"}, kinds, true)
	d.days(panel{rightX, top, width, height, "Sign-ins refused per day"}, []line{{"Refused", f.Refused, red}}, false)
	d.days(panel{left, top + height + gap, width, height, "Consents won and lost per day"}, []line{{"Won", f.Won, petrol}, {"Lost", f.Lost, red}}, false)
	d.bars(panel{rightX, top + height + gap, width, height, "Campaign calls by outcome"}, f.Calls)
	d.label(margin, 190, "B", 7, dark, "Combined head")
	d.label(margin+21, 190, "", 7, dark, hex.EncodeToString(f.Head.Hash[:]))
	d.label(margin, 194.5, "", 7, muted, fmt.Sprintf("of %s chains with %s seals. Whoever keeps it can tell later that no event up to it was cut off or changed, but by an erasure, which the log names.", group(int64(f.Head.Chains)), group(f.Head.Seals)))
	d.right(pageWidth-margin, 194.5, "", 7, muted, "Characters without a glyph here stand as code points, such as <U+1F9D1>.")
}

func hours(w Week) string { return fmt.Sprintf("%d hours", int(w.End.Sub(w.Start)/time.Hour)) }

func late(n int64) string {
	if n == 0 {
		return "all of this week, in the pages that follow"
	}
	return group(n) + " of them of weeks before, written late"
}

func called(counts []Count) (total int64) {
	for _, c := range counts {
		total += c.Count
	}
	return total
}

// group writes a number with blanks between its thousands.
func group(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "\u00a0" + digits[i:]
	}
	return digits
}

func (d *document) label(x, y float64, style string, size float64, c colour, text string) {
	d.pdf.SetFont("sans", style, size)
	d.ink(c)
	d.pdf.Text(x, y, d.glyphs.printable(text))
}

func (d *document) right(x, y float64, style string, size float64, c colour, text string) {
	d.pdf.SetFont("sans", style, size)
	d.label(x-d.pdf.GetStringWidth(text), y, style, size, c, text)
}

func (d *document) centre(x, y float64, size float64, c colour, text string) {
	d.pdf.SetFont("sans", "", size)
	d.label(x-d.pdf.GetStringWidth(text)/2, y, "", size, c, text)
}

type tile struct {
	title, figure, note string
	colour              colour
}

func (d *document) tiles(all []tile) {
	const gap, height, top = 5.0, 20.0, 29.0
	width := (inner - gap*float64(len(all)-1)) / float64(len(all))
	for i, t := range all {
		x := margin + float64(i)*(width+gap)
		d.fill(paper)
		d.pdf.Rect(x, top, width, height, "F")
		d.fill(t.colour)
		d.pdf.Rect(x, top, 1.2, height, "F")
		d.label(x+5, top+5.2, "", 7.5, muted, t.title)
		d.label(x+5, top+13, "B", 17, dark, t.figure)
		d.label(x+5, top+17.4, "", 6.5, muted, t.note)
	}
}

type panel struct {
	x, y, width, height float64
	title               string
}

// line is one series of a chart.
type line struct {
	name   string
	days   [7]int64
	colour colour
}

// most keeps the largest series, at most n, the last of them for all others.
func most(all []Series, n int) []line {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b Series) int { return int(sum(b.Days) - sum(a.Days)) })
	var lines []line
	for i, s := range sorted {
		if i < n-1 || len(sorted) == n {
			lines = append(lines, line{s.Name, s.Days, shades()[i]})
			continue
		}
		if i == n-1 {
			lines = append(lines, line{"other", [7]int64{}, shades()[n-1]})
		}
		for day, count := range s.Days {
			lines[n-1].days[day] += count
		}
	}
	return lines
}

// frame draws the panel with its legend and returns the field for bars.
func (d *document) frame(p panel) panel {
	d.draw(hairline)
	d.pdf.SetLineWidth(0.2)
	d.pdf.Rect(p.x, p.y, p.width, p.height, "D")
	d.label(p.x+5, p.y+7, "B", 9, dark, p.title)
	return panel{p.x + 14, p.y + 18, p.width - 19, p.height - 26, ""}
}

// legend names the series with their sums, smaller where they are many.
func (d *document) legend(p panel, lines []line) {
	const box, gap = 3.2, 3.5
	size, needed := 6.5, 0.0
	texts := make([]string, len(lines))
	d.pdf.SetFont("sans", "", size)
	for i, l := range lines {
		texts[i] = l.name + " " + group(sum(l.days))
		needed += d.pdf.GetStringWidth(texts[i])
	}
	if room := p.width - 10 - float64(len(lines))*(box+gap); needed > room {
		size *= room / needed
	}
	x := p.x + 5
	for i, l := range lines {
		d.fill(l.colour)
		d.pdf.Rect(x, p.y+9.8, 2.2, 2.2, "F")
		d.label(x+box, p.y+11.8, "", size, muted, texts[i])
		x += box + d.pdf.GetStringWidth(texts[i]) + gap
	}
}

// days draws bars by day, one upon the other or side by side.
func (d *document) days(p panel, lines []line, stacked bool) {
	field := d.frame(p)
	d.legend(p, lines)
	top := d.scale(field, tallest(lines, stacked))
	slot := field.width / 7
	for day := range 7 {
		x, base := field.x+float64(day)*slot, field.y+field.height
		d.centre(x+slot/2, base+4.2, 6.5, muted, d.week.Days()[day].Format("Mon 2"))
		if stacked {
			d.stack(x+slot*0.2, base, slot*0.6, field.height/top, lines, day)
			continue
		}
		width := slot * 0.6 / float64(max(1, len(lines)))
		for i, l := range lines {
			d.stack(x+slot*0.2+float64(i)*width, base, width*0.92, field.height/top, []line{l}, day)
		}
	}
}

// stack draws one bar with its sum above.
func (d *document) stack(x, base, width, unit float64, lines []line, day int) {
	y, total := base, int64(0)
	for _, l := range lines {
		height := float64(l.days[day]) * unit
		if height > 0 {
			d.fill(l.colour)
			d.pdf.Rect(x, y-height, width, height, "F")
		}
		y -= height
		total += l.days[day]
	}
	if total > 0 {
		d.centre(x+width/2, y-1, 6, dark, group(total))
	}
}

func tallest(lines []line, stacked bool) int64 {
	var highest int64
	for day := range 7 {
		var total int64
		for _, l := range lines {
			if stacked {
				total += l.days[day]
			} else {
				total = max(total, l.days[day])
			}
		}
		highest = max(highest, total)
	}
	return highest
}

// scale draws the lines of a round scale and returns its top.
func (d *document) scale(field panel, highest int64) float64 {
	step := nice(float64(max(highest, 4)) / 4)
	steps := math.Ceil(float64(max(highest, 4)) / step)
	d.draw(hairline)
	d.pdf.SetLineWidth(0.15)
	for i := 0.0; i <= steps; i++ {
		y := field.y + field.height*(1-i/steps)
		d.pdf.Line(field.x, y, field.x+field.width, y)
		d.right(field.x-1.5, y+0.8, "", 6, muted, group(int64(i*step)))
	}
	return step * steps
}

// nice is the next of 1, 2, 5, 10, 20, 50 and so on.
func nice(x float64) float64 {
	for unit := 1.0; ; unit *= 10 {
		for _, m := range []float64{1, 2, 5} {
			if unit*m >= x {
				return unit * m
			}
		}
	}
}

// bars draws lying bars, one per outcome, with count and share.
func (d *document) bars(p panel, counts []Count) {
	field := d.frame(p)
	total := called(counts)
	if total == 0 {
		d.centre(p.x+p.width/2, p.y+p.height/2, 8, muted, "No calls in this week.")
		return
	}
	const names = 42.0
	slot := min(7, (p.height-16)/float64(len(counts)))
	room := p.width - names - 34
	for i, c := range counts {
		y := field.y - 5 + float64(i)*slot
		d.label(p.x+5, y+slot*0.62, "", 7, dark, c.Name)
		width := max(0.6, room*float64(c.Count)/float64(counts[0].Count))
		d.fill(outcome(c.Name))
		d.pdf.Rect(p.x+names, y+slot*0.15, width, slot*0.62, "F")
		d.label(p.x+names+width+1.5, y+slot*0.62, "", 7, dark, fmt.Sprintf("%s (%.1f %%)", group(c.Count), 100*float64(c.Count)/float64(total)))
	}
}

func outcome(name string) colour {
	switch name {
	case "Answered, choice made", "Answered, no choice":
		return petrol
	case "Failed", "Not placed":
		return red
	}
	return shades()[len(shades())-1]
}
