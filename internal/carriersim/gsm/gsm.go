// Package gsm owns the counting of a text's segments. It is pure.
package gsm

import (
	"strings"
	"unicode/utf16"
)

// Segments counts the segments of a text: 160 characters of the GSM alphabet
// in one, 153 each in several; 70 and 67 where another character forces UCS-2.
func Segments(body string) int {
	septets := 0
	for _, r := range body {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			septets++
		case strings.ContainsRune(gsmExtended, r):
			septets += 2
		default:
			return split(len(utf16.Encode([]rune(body))), 70, 67)
		}
	}
	return split(septets, 160, 153)
}

const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿" +
		"abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "^{}\\[~]|€\f"
)

func split(length, single, each int) int {
	if length <= single {
		return 1
	}
	return (length + each - 1) / each
}
