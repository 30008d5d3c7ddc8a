package keyword

import (
	"slices"
	"strings"
)

// refuses finds a refusal by the words that stand together: a negation and a
// verb of contact, whichever their forms. Lists of whole phrases miss most of
// what people write.
func refuses(words []string) bool {
	for i := range words {
		if refusesInEnglish(words, i) || refusesInFrench(words, i) || refusesInSpanish(words, i) {
			return true
		}
	}
	return brokenStop(words) || barelyRefuses(words)
}

// brokenStop catches "s top" and "un subscribe": one word, spaced by a phone.
func brokenStop(words []string) bool {
	if len(words) < 2 || len(words) > 4 {
		return false
	}
	switch squeeze(strings.Join(words, "")) {
	case "stop", "unsubscribe", "optout", "aret", "aretez", "desaboner":
		return true
	}
	return false
}

// barelyRefuses takes words of refusing that people also use of shifts and
// tasks, where the text is about nothing else: "no acepto", "please don't",
// "oui mais pas d'appels".
func barelyRefuses(words []string) bool {
	text := " " + strings.Join(words, " ") + " "
	for _, phrase := range []string{"plus jamais", "no acepto", "no aceptar", "no estoy de acuerdo", "me niego", "dont accept", "do not accept", "dont agree", "do not agree", "dont", "do not",
		"pas dappel", "pas dappels", "pas de texto", "pas de textos", "pas de sms", "pas de message", "pas de messages", "aucun appel", "aucun texto", "aucun message",
		"sin llamadas", "sin mensajes", "sin textos",
		"naccepte pas", "naccepte plus", "accepte pas", "pas daccord"} {
		before, after, found := strings.Cut(text, " "+phrase+" ")
		if found && onlyCompany(strings.Fields(before)) && onlyCompany(strings.Fields(after)) {
			return true
		}
	}
	return false
}

func onlyCompany(words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !isCourtesy(w) && !isObject(w) && !isAll(w) && !isYes(w) && !isLeaving(w) })
}

// near returns up to n words from i on.
func near(words []string, i, n int) []string {
	if i >= len(words) {
		return nil
	}
	return words[i:min(len(words), i+n)]
}

func refusesInEnglish(words []string, i int) bool {
	switch words[i] {
	case "dont", "never", "not", "wont", "quit", "cease": // "dont ever call", "do not keep texting"
		next := near(words, i+1, 3)
		at := slices.IndexFunc(next, isEnglishContact)
		return at >= 0 && !slices.ContainsFunc(next[:at], func(w string) bool { return !isLink(w) }) && (words[i] != "not" || i > 0 && words[i-1] == "do")
	case "take", "get": // "take my number off your list"
		next := near(words, i+1, 4)
		off := slices.Index(next, "off")
		return off > 0 && slices.ContainsFunc(next[:off], func(w string) bool { return w == "me" || w == "number" || w == "name" })
	}
	return false
}

func isEnglishContact(word string) bool {
	for _, stem := range []string{"call", "text", "contact", "messag", "phon", "bother", "harass", "spam"} {
		if strings.HasPrefix(word, stem) {
			return true
		}
	}
	return false
}

func isLink(word string) bool {
	return word == "you" || word == "ever" || word == "again" || word == "keep" || word == "dare" || word == "even" || word == "please"
}

// refusesInFrench finds "ne … plus" and "ne … pas" around an order not to make
// contact, the same without "ne" as it is spoken, "veux plus" with what is not
// wanted, "cesse de", and "enlevez mon numero".
func refusesInFrench(words []string, i int) bool {
	w := words[i]
	switch {
	case isFrenchOrder(w):
		next := near(words, i+1, 2)
		if len(next) > 0 && (next[0] == "moi" || next[0] == "nous") {
			next = next[1:]
		}
		if len(next) == 0 || !isFrenchNo(next[0]) {
			return false
		}
		speaker := slices.ContainsFunc(words[max(0, i-3):i], isFrenchSubject)
		return !speaker && (next[0] != "plus" || !isFrenchMore(near(words, slices.Index(words[i:], "plus")+i+1, 1)))
	case isFrenchWish(w):
		next := near(words, i+1, 1)
		return len(next) == 1 && isFrenchNo(next[0]) && (strings.Contains(w, "consen") || slices.ContainsFunc(near(words, i+2, 5), isFrenchContact))
	case w == "cesse" || w == "cesses" || w == "cesser":
		next := near(words, i+1, 4)
		return len(next) > 1 && (next[0] == "de" || next[0] == "dappeler") && slices.ContainsFunc(next, isFrenchContact)
	case hasStem(w, "enlev", "retir", "supprim", "efface", "oter", "otez"):
		next := near(words, i+1, 4)
		return slices.Contains(next, "liste") || slices.Contains(next, "mon") && (slices.Contains(next, "numero") || slices.Contains(next, "nom"))
	}
	return false
}

func isFrenchNo(word string) bool { return word == "pas" || word == "plus" || word == "jamais" }

// isFrenchMore: "plus tard" is later, not no longer.
func isFrenchMore(next []string) bool {
	return len(next) == 1 && slices.Contains([]string{"tard", "tot", "souvent", "vite"}, next[0])
}

func isFrenchSubject(word string) bool {
	return slices.Contains([]string{"je", "il", "elle", "on", "ils", "elles", "personne"}, word)
}

// isFrenchOrder knows the forms that tell somebody to call or write, also with
// the pronoun or the negation run into them: "mappelez", "nappelle".
func isFrenchOrder(word string) bool {
	for _, form := range []string{"appelez", "appelle", "appeles", "rappelez", "rappelle", "telephonez", "telephone", "textez", "texte", "textes", "contactez", "contacte", "contactes",
		"ecrivez", "ecris", "envoyez", "envoie", "envoies", "derangez", "derange", "achalez", "achale", "harcelez"} {
		if word == form || word == "m"+form || word == "n"+form {
			return true
		}
	}
	return false
}

func isFrenchWish(word string) bool {
	return slices.Contains([]string{"veux", "voudrais", "veut", "voulons", "souhaite", "desire", "accepte", "naccepte", "autorise", "nautorise", "consens", "consent"}, word)
}

func isFrenchContact(word string) bool {
	return hasStem(word, "appel", "dappel", "mappel", "rappel", "text", "sms", "messag", "contact", "ecri", "mecri", "decri", "telephon", "recevoir", "envoy", "menvoy", "denvoy", "derang", "mecontact")
}

// refusesInSpanish finds "no me llames", "ya no me vuelvan a escribir" and
// "deja de llamarme" in all their persons.
func refusesInSpanish(words []string, i int) bool {
	switch words[i] {
	case "no", "nunca", "jamas", "tampoco":
		next := near(words, i+1, 5)
		if len(next) > 0 && (next[0] == "me" || next[0] == "nos") {
			next = next[1:]
		}
		if len(next) > 2 && hasStem(next[0], "vuelv", "sig") {
			next = slices.DeleteFunc(slices.Clone(next[1:]), func(w string) bool { return w == "a" })
		}
		return len(next) > 0 && (isSpanishOrder(next[0]) || hasStem(next[0], "autoriz", "consient", "dese") && slices.ContainsFunc(next, isSpanishThing))
	case "deja", "dejad", "dejar", "deje", "dejen", "para", "paren", "pare", "cesa", "cese", "cesen", "basta":
		next := near(words, i+1, 3)
		return len(next) > 1 && next[0] == "de" && slices.ContainsFunc(next, isSpanishOrder)
	}
	return false
}

// isSpanishOrder takes the forms of an order and the infinitive: "no me llaman"
// says only that nobody calls.
func isSpanishOrder(word string) bool {
	for _, stem := range []string{"llam", "envi", "mand", "contact", "molest", "texte", "habl", "marqu", "marc", "escrib", "mensaje"} {
		rest, found := strings.CutPrefix(word, stem)
		if !found {
			continue
		}
		switch rest {
		case "es", "en", "eis", "ar", "arme", "arnos", "ando", "andome", "a", "as", "an", "ais", "ir", "irme", "irnos", "iendo", "iendome", "e":
			first := rest[0]
			return stem == "escrib" && first != 'e' || stem != "escrib" && first != 'i' && (first == 'e' || strings.HasPrefix(rest, "ar") || strings.HasPrefix(rest, "and"))
		}
	}
	return false
}

func isSpanishThing(word string) bool {
	return hasStem(word, "llamad", "mensaj", "recib", "texto", "sms", "contact")
}

func hasStem(word string, stems ...string) bool {
	return slices.ContainsFunc(stems, func(stem string) bool { return strings.HasPrefix(word, stem) })
}
