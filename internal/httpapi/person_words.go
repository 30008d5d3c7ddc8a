package httpapi

import (
	"fmt"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/apperr"
)

// say picks the words of a language.
func say(french bool, en, fr string) string {
	if french {
		return fr
	}
	return en
}

// momentOf writes an instant by a clock on the person's wall.
func momentOf(at time.Time, location *time.Location, french bool) moment {
	local := at.In(location)
	m := moment{ISO: local.Format(time.RFC3339), Text: local.Format("Mon 2 Jan 2006, 15:04")}
	if french {
		days := [...]string{"dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."}
		months := [...]string{"janv.", "févr.", "mars", "avr.", "mai", "juin", "juill.", "août", "sept.", "oct.", "nov.", "déc."}
		m.Text = fmt.Sprintf("%s %d %s %s", days[local.Weekday()], local.Day(), months[local.Month()-1], local.Format("2006, 15:04"))
	}
	return m
}

// doneWords says what a form has just done.
func doneWords(code string, french bool) string {
	switch code {
	case "stop":
		return say(french, "Done. This employer can no longer call or text you through Callshu.", "C'est fait. Cet employeur ne peut plus vous appeler ni vous écrire par Callshu.")
	case "stop-all":
		return say(french, "Done. No employer can call or text you through Callshu.", "C'est fait. Plus aucun employeur ne peut vous appeler ni vous écrire par Callshu.")
	case "quiet":
		return say(french, "Done. Your quiet hours are kept from now on.", "C'est fait. Vos heures calmes valent dès maintenant.")
	case "quiet-off":
		return say(french, "Done. You have no quiet hours any more.", "C'est fait. Vous n'avez plus d'heures calmes.")
	case "pause":
		return say(french, "Done. Nobody calls you until the pause ends.", "C'est fait. Personne ne vous appelle avant la fin de la pause.")
	case "pause-off":
		return say(french, "Done. The pause is over.", "C'est fait. La pause est terminée.")
	}
	return ""
}

// fieldWords says what is wrong with one field of a form; the English words are
// the domain's own.
func fieldWords(field string, f apperr.Field, french bool) string {
	if !french {
		return f.Message
	}
	switch f.Code {
	case "required":
		return say(field == "until", "Entrez une heure.", "Entrez un jour et une heure.")
	case "invalid":
		return say(field == "until", "Écrivez une heure comme 21:30.", "Écrivez un jour et une heure comme 2026-12-24 18:00.")
	case "same":
		return "Les heures calmes doivent finir à une autre heure qu'elles commencent."
	case "unknown":
		return "Choisissez un fuseau horaire de la liste."
	case "past":
		return "Cette heure est déjà passée."
	case "too_far":
		return "Une pause peut durer 400 jours au plus."
	}
	return f.Message
}

// kindWords names a call or a text.
func kindWords(kind string, french bool) string {
	switch kind {
	case "call":
		return say(french, "call", "appel")
	case "call_back":
		return say(french, "your call to us", "votre appel vers nous")
	case "inbound":
		return say(french, "text from you", "texto de votre part")
	case "invitation":
		return say(french, "text: invitation", "texto: invitation")
	case "reminder":
		return say(french, "text: reminder", "texto: rappel")
	case "confirmation":
		return say(french, "text: confirmation of your yes", "texto: confirmation de votre oui")
	case "stopped":
		return say(french, "text: answer to your STOP", "texto: réponse à votre ARRET")
	case "help":
		return say(french, "text: help", "texto: aide")
	case "choose":
		return say(french, "text: which employer?", "texto: quel employeur?")
	case "page":
		return say(french, "text: link to this page", "texto: lien vers cette page")
	}
	return say(french, "text", "texto")
}

// wishWords says what somebody asked for in a call that they made.
func wishWords(wish string, french bool) string {
	switch wish {
	case "opted_out":
		return say(french, "you asked for no more calls", "vous avez demandé de ne plus être appelé")
	case "not_me":
		return say(french, "you said that it is not you", "vous avez dit que ce n'est pas vous")
	}
	return ""
}

// pastState writes the state of a call or a text for the person who got it.
func pastState(state string, french bool) string {
	if !french {
		return strings.ReplaceAll(state, "_", " ")
	}
	switch state {
	case "placing", "queued", "initiated":
		return "en préparation"
	case "unknown":
		return "issue inconnue"
	case "ringing":
		return "sonne"
	case "in_progress":
		return "en cours"
	case "completed":
		return "terminé"
	case "busy":
		return "occupé"
	case "no_answer":
		return "sans réponse"
	case "canceled":
		return "annulé"
	case "not_placed":
		return "non fait"
	case "sending":
		return "en cours d'envoi"
	case "accepted":
		return "remis à l'opérateur"
	case "sent":
		return "envoyé"
	case "delivered":
		return "reçu"
	case "undelivered":
		return "non reçu"
	case "failed":
		return "échoué"
	case "skipped":
		return "non envoyé"
	}
	return strings.ReplaceAll(state, "_", " ")
}
