package keyword

import (
	"slices"
	"strings"
)

// optOut returns Stop, StopAll or Unknown. A word that means stop counts
// anywhere in a text; words that have other uses (cancel, end, no) count when
// the text says nothing else.
func optOut(text string, words []string) Kind {
	if !slices.ContainsFunc(words, meansStop) && !hasStopSign(text) && !hasPhrase(words) && !onlyLeaving(words) && !spelledOut(words) && !refuses(words) {
		return Unknown
	}
	if all(words) {
		return StopAll
	}
	return Stop
}

// meansStop reports whether a word by itself, in any company, asks us to stop.
// Repeated letters are one: people shout STOOOP.
func meansStop(word string) bool {
	word = squeeze(word)
	if strings.HasPrefix(word, "unstop") {
		return strings.Contains(word[len("unstop"):], "stop")
	}
	for _, part := range []string{"stop", "st0p", "unsub", "optout", "unsus", "unscrib", "desabon", "desinscri", "desuscri"} {
		if strings.Contains(word, part) {
			return true
		}
	}
	switch word {
	case "arete", "aretes", "aretez", "areter", "areteznous", "cesez", "cesar", "stahp", "stawp", "sotp", "stpo", "sopt", "tsop":
		return true
	}
	return false
}

func squeeze(word string) string {
	var b strings.Builder
	var last rune
	for _, r := range word {
		if r != last {
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}

// hasStopSign looks at signs that need no language.
func hasStopSign(text string) bool {
	return strings.ContainsAny(text, "🛑⛔🚫👎🖕🚷🔕")
}

// spelledOut catches "S T O P" and "S.T.O.P.".
func spelledOut(words []string) bool {
	for _, w := range words {
		if len([]rune(w)) != 1 {
			return false
		}
	}
	return meansStop(strings.Join(words, ""))
}

// hasPhrase finds the ways in which people say it.
func hasPhrase(words []string) bool {
	text := " " + strings.Join(words, " ") + " "
	for _, phrase := range phrases() {
		if strings.Contains(text, " "+phrase+" ") {
			return true
		}
	}
	return false
}

// phrases are written as split leaves them: without accents and apostrophes.
func phrases() []string {
	return []string{
		// English
		"opt out", "opt me out", "remove me", "remove my number", "delete me", "delete my number", "take me off", "cancel me",
		"dont call", "dont text", "dont contact", "dont message", "dont send", "dont want", "dont ever", "dont bother", "dont phone",
		"do not call", "do not text", "do not contact", "do not message", "do not send", "do not want", "do not ever", "do not phone",
		"never call", "never text", "never contact", "never message", "no more", "no longer want", "not interested",
		"leave me alone", "wrong number", "wrong person", "lose my number", "lose this number", "lose the number", "forget my number", "forget this number",
		"not my number", "isnt my number", "not my phone", "isnt my phone", "go away", "get lost", "fuck off", "piss off",
		"quit calling", "quit texting", "quit messaging", "quit sending", "end calls", "end texts", "no thanks", "no thank you",
		"opting out", "opts out", "opting me out", "off your list", "not consent", "dont consent", "never consented", "no consent", "never signed up",
		"didnt sign up", "did not sign up", "wrong num", "wrong nr", "wrong nbr", "wrong phone", "wrong guy", "never again",
		"i revoke", "revoke my consent", "withdraw my consent", "i withdraw",
		// French
		"ne plus", "nappelez plus", "nappelle plus", "mappelez plus", "mappelle plus", "appelez plus", "ecrivez plus", "textez plus",
		"envoyez plus", "contactez plus", "plus dappel", "plus dappels", "plus de texto", "plus de textos", "plus de message",
		"plus de messages", "plus de sms", "laissez moi tranquille", "laisse moi tranquille", "lachez moi", "foutez moi la paix",
		"fichez moi la paix", "mauvais numero", "mauvaise personne", "pas la bonne personne", "faux numero", "pas le bon numero", "pas mon numero", "plus mon numero", "pas interesse", "pas interessee", "retirez moi",
		"enlevez moi", "supprimez moi", "me retirer", "je me retire", "je refuse", "ne veux pas", "veux pas", "non merci",
		"ne mappelez pas", "ne mecrivez pas", "ne pas appeler", "ne pas mappeler",
		// Spanish
		"no mas", "no me llame", "no me llamen", "no llame", "no llamen", "no llamar", "no me escriba", "no me escriban",
		"no me envie", "no me envien", "no me mande", "no me manden", "no me contacte", "no me contacten", "no me moleste",
		"no me molesten", "no quiero", "no gracias", "no me interesa", "dejen de", "deje de", "dejame en paz", "dejenme en paz",
		"numero equivocado", "numero incorrecto", "no es mi numero", "ya no es mi numero", "persona equivocada", "quitame", "quitenme", "sacame", "saquenme", "borrame", "borrenme", "bajame",
		"dar de baja", "darme de baja", "deme de baja", "dame de baja", "de baja", "quiteme", "borreme", "eliminame", "elimineme",
	}
}

// onlyLeaving reports whether a text consists of words of leaving and what
// goes with them, such as "cancel", "end this", "no", "remove me from the list".
func onlyLeaving(words []string) bool {
	// By itself a slip for "stop"; in company it is French for "please".
	leaving := slices.Equal(words, []string{"stp"})
	for _, w := range words {
		switch {
		case isLeaving(w):
			leaving = true
		case !isCourtesy(w) && !isObject(w) && !isAll(w) && !isYes(w) && !isOath(w):
			return false
		}
	}
	return leaving
}

// isYes: a yes beside a no is not a yes.
func isYes(word string) bool {
	return word == "yes" || word == "oui" || word == "si" || word == "yeah" || word == "ok"
}

func isOath(word string) bool { return word == "hell" || word == "heck" || word == "absolutely" }

func isLeaving(word string) bool {
	switch word {
	case "unsubscribe", "cancel", "end", "quit", "revoke", "remove", "delete", "block", "exit", "withdraw", "td", "cease", "desist", "refuse", "decline",
		"no", "nope", "nah", "never",
		"arret", "arrets", "fin", "finir", "annuler", "annulez", "quitter", "retirer", "supprimer", "refuser", "non", "jamais", "cesse", "cesser",
		"alto", "basta", "baja", "cancelar", "cancele", "pare", "paren", "parar", "detener", "detengan", "eliminar", "borrar",
		"quitar", "salir", "terminar", "nunca", "rechazo", "cesen":
		return true
	}
	return false
}

// isObject lists what people want to leave, and the small words between.
func isObject(word string) bool {
	switch word {
	case "me", "my", "i", "want", "to", "this", "it", "these", "the", "from", "your", "of", "for", "and", "but", "any", "again", "list", "number", "calls", "call", "calling",
		"texts", "text", "texting", "messages", "message", "messaging", "sms", "communication", "communications", "contact", "subscription", "consent", "service", "callshu",
		"moi", "mon", "mes", "ma", "je", "veux", "ce", "ces", "cette", "et", "mais", "le", "la", "les", "de", "des", "du", "liste", "numero", "appel",
		"textos", "texto", "abonnement", "consentement",
		"mi", "mis", "ya", "pero", "quiero", "el", "los", "las", "lista", "mensajes", "mensaje", "llamadas", "suscripcion":
		return true
	}
	return word == "appels"
}

// all reports whether the wish to stop is for everybody: the word stands
// beside the one that means leaving, as in "stop all" and "arretez tout".
func all(words []string) bool {
	for i, w := range words {
		if strings.Contains(squeeze(w), "stopal") {
			return true
		}
		if i > 0 && isAll(w) && (meansStop(words[i-1]) || isLeaving(words[i-1])) {
			return true
		}
		if i > 0 && isAll(words[i-1]) && (meansStop(w) || isLeaving(w)) {
			return true
		}
	}
	return false
}

func isAll(word string) bool {
	switch word {
	case "all", "everything", "everyone", "everybody", "tout", "tous", "toute", "toutes", "todo", "todos", "todas":
		return true
	}
	return false
}
