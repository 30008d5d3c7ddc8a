package ivr

import "strings"

// words are the sentences of one language, with the script's own facts filled
// in; {key} and {label} are filled per choice.
type words struct {
	identify      string
	waysOut       string
	choice        string
	again         string
	chosen        string
	stopped       string
	offerAll      string
	offerAllAgain string
	stoppedAll    string
	notMe         string
	noKey         string
	wrong         string
	voicemailEnd  string
	stranger      string
	returned      string
	already       string
	goodbye       string
}

func wordsFor(s Script) words {
	w := english(s.FirstName == "")
	if s.Language == French {
		w = french(s.FirstName == "")
	}
	if s.Preview {
		w.rehearse(s.Language)
	}
	when := ""
	if s.Back != nil {
		w.identify, when = w.returned, s.Back.when(s.Language)
	}
	for _, sentence := range []*string{&w.identify, &w.waysOut, &w.chosen, &w.stopped, &w.notMe, &w.noKey} {
		*sentence = fill(*sentence, "{employer}", s.Employer, "{name}", s.FirstName, "{purpose}", trimStop(s.Purpose),
			"{number}", spokenNumber(s.CallbackNumber), "{address}", trimStop(s.ContactAddress), "{when}", when)
	}
	return w
}

func english(nameless bool) words {
	w := words{
		identify:      "This is an automated call from {employer} for {name}, about {purpose}. Reach us at {number}, or {address}.",
		waysOut:       "Press 9 to stop these calls, 8 if you are not {name}.",
		choice:        "Press {key} if {label}.",
		again:         "Press 0 to hear this again.",
		chosen:        "You pressed {key}: {label}. Thank you, {name}. Goodbye.",
		stopped:       "Done. {employer} will not call or text you again through Callshu.",
		offerAll:      "To stop calls and texts from every employer through Callshu, press 9.",
		offerAllAgain: "To stop calls and texts from every employer through Callshu, press 9 again.",
		stoppedAll:    "Done. No employer will call or text you through Callshu. Goodbye.",
		notMe:         "Thank you. {employer} will not call or text this number again through Callshu.",
		noKey:         "No answer was recorded. You can call us back at {number}. Goodbye.",
		wrong:         "That key is not a choice.",
		voicemailEnd:  "To stop these calls, call this number back and press 9.",
		stranger:      "This number makes automated work calls for employers, through Callshu. There is no call for you here. Text HELP to this number to learn more.",
		returned:      "You are returning an automated call from {employer} for {name}, made {when}, about {purpose}. Reach us at {number}, or {address}.",
		already:       "You have already answered: {label}. Thank you.",
		goodbye:       "Goodbye.",
	}
	if nameless {
		w.identify = "This is an automated call from {employer}, about {purpose}. Reach us at {number}, or {address}."
		w.returned = "You are returning an automated call from {employer}, made {when}, about {purpose}. Reach us at {number}, or {address}."
		w.waysOut = "Press 9 to stop these calls, 8 if you do not work for {employer}."
		w.chosen = "You pressed {key}: {label}. Thank you. Goodbye."
	}
	return w
}

func french(nameless bool) words {
	w := words{
		identify:      "Ceci est un appel automatisé de {employer} pour {name}, au sujet de {purpose}. Pour nous joindre: {number}, ou {address}.",
		waysOut:       "Faites le 9 pour ne plus recevoir ces appels, le 8 si vous n'êtes pas {name}.",
		choice:        "Pour {label}, faites le {key}.",
		again:         "Pour réécouter, faites le 0.",
		chosen:        "Vous avez choisi: {label}. Merci, {name}. Au revoir.",
		stopped:       "C'est fait. {employer} ne vous appellera plus et ne vous enverra plus de textos par Callshu.",
		offerAll:      "Pour ne plus rien recevoir d'aucun employeur par Callshu, faites le 9.",
		offerAllAgain: "Pour ne plus rien recevoir d'aucun employeur par Callshu, faites encore le 9.",
		stoppedAll:    "C'est fait. Plus aucun employeur ne vous appellera ni ne vous écrira par Callshu. Au revoir.",
		notMe:         "Merci. {employer} n'appellera plus ce numéro et n'y enverra plus de textos par Callshu.",
		noKey:         "Aucune réponse enregistrée. Rappelez-nous au {number}. Au revoir.",
		wrong:         "Cette touche ne correspond à aucun choix.",
		voicemailEnd:  "Pour ne plus recevoir ces appels, rappelez ce numéro et faites le 9.",
		stranger:      "Ce numéro fait des appels automatisés pour des employeurs, par Callshu. Il n'y a pas d'appel pour vous ici. Pour en savoir plus, textez AIDE à ce numéro.",
		returned:      "Vous rappelez après un appel automatisé de {employer} pour {name}, fait {when}, au sujet de {purpose}. Pour nous joindre: {number}, ou {address}.",
		already:       "Vous avez déjà répondu: {label}. Merci.",
		goodbye:       "Au revoir.",
	}
	if nameless {
		w.identify = "Ceci est un appel automatisé de {employer}, au sujet de {purpose}. Pour nous joindre: {number}, ou {address}."
		w.returned = "Vous rappelez après un appel automatisé de {employer}, fait {when}, au sujet de {purpose}. Pour nous joindre: {number}, ou {address}."
		w.waysOut = "Faites le 9 pour ne plus recevoir ces appels, le 8 si vous ne travaillez pas pour {employer}."
		w.chosen = "Vous avez choisi: {label}. Merci. Au revoir."
	}
	return w
}

// rehearse says what the ways out do in a real call, and that this is none: an
// author who hears "done" would believe that it is.
func (w *words) rehearse(language string) {
	w.stopped = "In a real call, this stops all further calls and texts from {employer} through Callshu. This was a preview: nothing has been stopped."
	w.stoppedAll = "In a real call, this stops calls and texts from every employer through Callshu. This was a preview: nothing has been stopped. Goodbye."
	w.notMe = "In a real call, this stops all further calls and texts from {employer} to a wrong number. This was a preview: nothing has been stopped."
	if language == French {
		w.stopped = "Dans un vrai appel, {employer} n'appellerait plus et n'enverrait plus de textos par Callshu. Ceci était un essai: rien n'est arrêté."
		w.stoppedAll = "Dans un vrai appel, plus aucun employeur n'appellerait ni n'écrirait par Callshu. Ceci était un essai: rien n'est arrêté. Au revoir."
		w.notMe = "Dans un vrai appel, {employer} n'appellerait plus ce numéro et n'y enverrait plus de textos par Callshu. Ceci était un essai: rien n'est arrêté."
	}
}

// fill replaces in one pass, so that a value cannot name another place.
func fill(sentence string, pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(sentence)
}

// Voice is a synthetic voice and the language tag that fits it; the carrier
// refuses a pair that does not.
type Voice struct {
	Name string // such as "Polly.Joanna-Neural"
	Tag  string // such as "en-US"
}

// VoiceFor returns the voice for a language, "male" or else female.
func VoiceFor(language, gender string) Voice {
	switch {
	case language == French && gender == "male":
		return Voice{Name: "Polly.Liam-Neural", Tag: "fr-CA"}
	case language == French:
		return Voice{Name: "Polly.Gabrielle-Neural", Tag: "fr-CA"}
	case gender == "male":
		return Voice{Name: "Polly.Matthew-Neural", Tag: "en-US"}
	}
	return Voice{Name: "Polly.Joanna-Neural", Tag: "en-US"}
}

// spokenNumber spells a number in the groups in which people write it down.
func spokenNumber(e164 string) string {
	digits, ok := strings.CutPrefix(e164, "+1")
	if !ok || len(digits) != 10 || strings.Trim(digits, "0123456789") != "" {
		return trimStop(e164)
	}
	spell := func(group string) string { return strings.Join(strings.Split(group, ""), " ") }
	return spell(digits[:3]) + ", " + spell(digits[3:6]) + ", " + spell(digits[6:])
}
