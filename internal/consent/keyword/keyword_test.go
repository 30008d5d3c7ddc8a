package keyword

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// The words that law, carrier and wording name; each must work in any case,
// with any punctuation around it.
func exactWords() map[string]Kind {
	words := map[string]Kind{
		"start": Start, "unstop": Start, "yes": Yes, "oui": Yes, "sí": Yes, "si": Yes,
		"help": Help, "info": Help, "aide": Help, "calls": Calls, "appels": Calls, "stopall": StopAll, "stop all": StopAll,
	}
	for _, w := range []string{
		"stop", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out", "opt-out", "remove",
		"arret", "arrêt", "désabonner", "td", "no", "non",
	} {
		words[w] = Stop
	}
	return words
}

func TestExactWordsInAnyDress(t *testing.T) {
	for word, want := range exactWords() {
		for _, dress := range []string{
			word, strings.ToUpper(word), strings.ToUpper(word[:1]) + word[1:], "  " + word + ". ", "\"" + word + "\"!!!", "\t" + word + "\r\n",
			"«" + word + "»", word + " 🙂", "\u202e" + word + "\u200b", word[:1] + "\u200b" + word[1:], "...." + word,
		} {
			if got := Classify(dress).Kind; got != want {
				t.Errorf("Classify(%+q) = %v, want %v", dress, got, want)
			}
		}
	}
}

func TestClassify(t *testing.T) {
	for text, want := range map[string]Word{
		// Stop by meaning, English.
		" sToP. ": {Kind: Stop}, "Stop please": {Kind: Stop}, "please stop calling me": {Kind: Stop}, "STOOOPPP": {Kind: Stop}, "stop!!!": {Kind: Stop},
		"S T O P": {Kind: Stop}, "S.T.O.P.": {Kind: Stop}, "ＳＴＯＰ": {Kind: Stop}, "St0p": {Kind: Stop}, "sotp": {Kind: Stop}, "STP": {Kind: Stop},
		"Don't call me again": {Kind: Stop}, "dont ever text me": {Kind: Stop}, "do not contact this number": {Kind: Stop}, "No more texts": {Kind: Stop},
		"leave me alone": {Kind: Stop}, "You have the wrong number": {Kind: Stop}, "take me off your list": {Kind: Stop}, "remove me": {Kind: Stop},
		"cancel my subscription": {Kind: Stop}, "end this please": {Kind: Stop}, "Unsubscribe me": {Kind: Stop}, "unsubcribe": {Kind: Stop}, "Opt me out": {Kind: Stop},
		"quit texting": {Kind: Stop}, "No thanks": {Kind: Stop}, "nope": {Kind: Stop}, "I revoke my consent": {Kind: Stop}, "not interested": {Kind: Stop},
		"I don’t want this": {Kind: Stop}, "🛑": {Kind: Stop}, "👎🛑": {Kind: Stop}, "👎": {Kind: Stop},
		"please cease all communication": {Kind: StopAll}, "cease communications": {Kind: Stop}, "Please don't": {Kind: Stop}, "please do not": {Kind: Stop},
		"not my number": {Kind: Stop}, "This isn't my number": {Kind: Stop}, "lose this number": {Kind: Stop},
		// French.
		"Arrêtez de m'appeler": {Kind: Stop}, "ARRÊT SVP": {Kind: Stop}, "arret des appels": {Kind: Stop}, "Ne m'appelez plus": {Kind: Stop},
		"plus d'appels svp": {Kind: Stop}, "je ne veux pas": {Kind: Stop}, "laissez-moi tranquille": {Kind: Stop}, "mauvais numéro": {Kind: Stop},
		"Je veux me désabonner": {Kind: Stop}, "non merci": {Kind: Stop}, "annuler": {Kind: Stop}, "désinscrire": {Kind: Stop}, "retirez-moi de la liste": {Kind: Stop},
		"Ce n'est pas mon numéro": {Kind: Stop}, "pas d'appels": {Kind: Stop}, "pas de textos svp": {Kind: Stop}, "aucun appel": {Kind: Stop},
		// Spanish.
		"sin llamadas": {Kind: Stop}, "Sin mensajes por favor": {Kind: Stop}, "¡Ya basta!": {Kind: Stop}, "no es mi número": {Kind: Stop},
		"No más": {Kind: Stop}, "no me llamen más": {Kind: Stop}, "ALTO": {Kind: Stop}, "cancelar por favor": {Kind: Stop}, "número equivocado": {Kind: Stop},
		"no quiero mensajes": {Kind: Stop}, "darme de baja": {Kind: Stop}, "dejen de llamar": {Kind: Stop},
		// The same in other forms.
		"I do not consent": {Kind: Stop}, "cease": {Kind: Stop}, "Cease and desist": {Kind: Stop}, "unsuscribe": {Kind: Stop}, "I'm opting out": {Kind: Stop},
		"take my number off your list": {Kind: Stop}, "please get me off this list": {Kind: Stop}, "never again": {Kind: Stop}, "hell no": {Kind: Stop},
		"i refuse": {Kind: Stop}, "decline": {Kind: Stop}, "wrong num": {Kind: Stop}, "stahp": {Kind: Stop}, "s top": {Kind: Stop}, "un subscribe": {Kind: Stop},
		"don't you ever call me": {Kind: Stop}, "do not keep texting me": {Kind: Stop}, "I don't agree": {Kind: Stop}, "I never signed up for this": {Kind: Stop},
		"Je ne veux plus recevoir d'appels": {Kind: Stop}, "je veux plus de textos": {Kind: Stop}, "ne me textez pas": {Kind: Stop}, "Ne me contactez pas": {Kind: Stop},
		"ne m'envoyez pas de textos": {Kind: Stop}, "appelez-moi pas": {Kind: Stop}, "appelle moi plus": {Kind: Stop}, "ne m’écris jamais": {Kind: Stop},
		"cesse de m'appeler": {Kind: Stop}, "cessez de me texter": {Kind: Stop}, "enlevez mon numéro": {Kind: Stop}, "enlève mon nom de la liste": {Kind: Stop},
		"plus jamais": {Kind: Stop}, "mauvaise personne": {Kind: Stop}, "je ne souhaite plus être contacté": {Kind: Stop}, "je n'accepte pas": {Kind: Stop},
		"je ne consens pas": {Kind: Stop},
		"no me llames":      {Kind: Stop}, "no me escribas": {Kind: Stop}, "ya no me mandes nada": {Kind: Stop}, "no vuelvas a llamarme": {Kind: Stop}, "nunca me llamen": {Kind: Stop},
		"deja de llamarme": {Kind: Stop}, "para de escribirme": {Kind: Stop}, "quítame de la lista": {Kind: Stop}, "no acepto": {Kind: Stop}, "persona equivocada": {Kind: Stop},
		"no deseo recibir llamadas": {Kind: Stop},
		// For everybody.
		"STOP ALL": {Kind: StopAll}, "StopAll.": {Kind: StopAll}, "please stop all calls": {Kind: StopAll}, "stop everything": {Kind: StopAll}, "cancel all": {Kind: StopAll},
		"Arrêtez tout": {Kind: StopAll}, "tout arrêter": {Kind: StopAll}, "cancelar todo": {Kind: StopAll}, "please stop calling me all day": {Kind: Stop},
		// Both: fail towards the opt-out.
		"yes stop": {Kind: Stop}, "STOP yes": {Kind: Stop}, "start stop": {Kind: Stop}, "help stop": {Kind: Stop}, "yes 👎": {Kind: Stop},
		"yes, no more calls": {Kind: Stop}, "unstop stop": {Kind: Stop}, "please don't stop": {Kind: Stop}, "oui arrêtez": {Kind: Stop},
		"YES NO": {Kind: Stop}, "oui non": {Kind: Stop}, "no yes": {Kind: Stop}, "Yes, cancel": {Kind: Stop}, "sí, no": {Kind: Stop}, "ok, end": {Kind: Stop},
		"YES!!! don't": {Kind: Stop}, "oui mais pas d'appels": {Kind: Stop}, "sí, pero sin llamadas": {Kind: Stop}, "yes but no calls": {Kind: Stop},
		// Consent is one exact word, and no question.
		"yes?": {}, "YES ?": {}, "Oui ?": {}, "¿Sí?": {}, "yes 1?": {}, "yes⁉": {},
		"YES": {Kind: Yes}, " yes! ": {Kind: Yes}, "Sí 👍": {Kind: Yes}, "Oui.": {Kind: Yes},
		"YES 2": {Kind: Yes, Choice: 2}, "yes2": {Kind: Yes, Choice: 2}, "Oui #1": {Kind: Yes, Choice: 1}, "YES - 12": {Kind: Yes, Choice: 12},
		"YES 0": {}, "YES 100": {}, "YES 1 2": {}, "yes -": {Kind: Yes}, "yes ٢": {}, "yes2x": {}, "2": {}, "1 yes": {},
		"yes please": {}, "yeah": {}, "ok": {}, "y": {}, "yes I will be late": {}, "yes yes": {}, "yesterday": {}, "si puedo": {},
		// The rest.
		"START": {Kind: Start}, "unstop": {Kind: Start}, "Start please": {Kind: Start}, "start the machine": {}, "restart": {},
		"HELP!": {Kind: Help}, "Aide svp": {Kind: Help}, "info": {Kind: Help}, "help me fix the press": {}, "Calls": {Kind: Calls}, "appels": {Kind: Calls},
		// Work talk is for a person to read.
		"": {}, "   ": {}, "?": {}, "👍": {}, "who is this?": {}, "I'm on sick leave": {}, "je suis en arrêt maladie": {}, "no problem": {}, "See you at the end of the shift": {},
		"I don't know": {}, "don't worry": {}, "I don't have my badge": {}, "je n'ai pas d'appels ce soir": {}, "pas d'appels le soir": {}, "estoy sin llamadas hoy": {}, "not my shift": {},
		"cancel the meeting": {}, "non-union staff only": {}, "I quit smoking": {}, "no idea": {}, "weekend": {}, "Top!": {},
		"I refuse to work on Saturday": {}, "I decline the shift": {}, "I did not get a call": {}, "I can't call you now": {}, "I will not call in sick": {}, "yes no problem": {},
		"take the truck off the road": {}, "hell of a day": {}, "never been better": {}, "not sure I got the text": {}, "at the top": {},
		"je vous appelle plus tard": {}, "il m'appelle pas": {}, "je ne reçois pas vos textos": {}, "je n'ai pas reçu d'appel": {}, "il pleut sans cesse": {},
		"enlevez la bâche": {}, "je ne souhaite pas travailler samedi": {}, "je n'accepte pas ce quart": {}, "appelle-moi plus tard": {}, "on ne m'appelle pas": {},
		"no me llamaron": {}, "no me llamo Juan": {}, "no puedo ir": {}, "no acepto el turno": {}, "no hay problema": {}, "llámame": {}, "para mi turno": {}, "no me mandaron el horario": {}, "\x00\xff": {}, "para mi": {},
	} {
		if got := Classify(text); got != want {
			t.Errorf("Classify(%+q) = %v %d, want %v %d", text, got.Kind, got.Choice, want.Kind, want.Choice)
		}
	}
}

func TestCarrierWord(t *testing.T) {
	for text, want := range map[string]Kind{
		"STOP": Stop, " stop\n": Stop, "StopAll": Stop, "unsubscribe": Stop, "CANCEL": Stop, "end": Stop, "quit": Stop, "revoke": Stop, "OptOut": Stop,
		"yes": Start, "START": Start, "unstop": Start, "help": Help, "INFO": Help,
		"stop please": Unknown, "stop.": Unknown, "arret": Unknown, "oui": Unknown, "stop all": Unknown, "": Unknown, "yes 2": Unknown,
	} {
		if got := CarrierWord(text); got != want {
			t.Errorf("CarrierWord(%q) = %v, want %v", text, got, want)
		}
	}
}

// What the carrier blocks we must block, or the two would disagree for ever.
func TestWhateverTheCarrierStopsStopsHere(t *testing.T) {
	for _, text := range []string{"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"} {
		if CarrierWord(text) != Stop || !Classify(text).OptsOut() {
			t.Errorf("%q: carrier %v, here %v", text, CarrierWord(text), Classify(text).Kind)
		}
	}
}

func TestAddingAStopWordStops(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := strings.Fields(rapid.String().Draw(t, "text"))
		common := rapid.SampledFrom([]string{"yes", "oui", "start", "unstop", "help", "calls", "please", "YES 2", "don't", "all", "👍"})
		words = append(words, rapid.SliceOf(common).Draw(t, "common")...)
		stop := rapid.SampledFrom([]string{"stop", "STOP", "Stop!", "stopall", "ＳＴＯＰ", "stóp", "arrêtez", "unsubscribe", "désabonner", "🛑", "opt-out", "S\u200btop"}).Draw(t, "stop")
		at := rapid.IntRange(0, len(words)).Draw(t, "at")
		with := append(append(append([]string{}, words[:at]...), stop), words[at:]...)
		text := strings.Join(with, " ")
		if got := Classify(text); !got.OptsOut() {
			t.Fatalf("Classify(%+q) = %v", text, got.Kind)
		}
	})
}

func TestStopWordsKeepStopping(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("stopyeunrahlc 12!'\u0301\u200b🛑👍"))).Draw(t, "text")
		if !Classify(text).OptsOut() {
			return
		}
		for _, more := range []string{text + " stop", "stop " + text, text + "\nyes stop"} {
			if !Classify(more).OptsOut() {
				t.Fatalf("Classify(%+q) opts out, Classify(%+q) does not", text, more)
			}
		}
	})
}

func FuzzClassify(f *testing.F) {
	for word := range exactWords() {
		f.Add(word)
	}
	f.Add("YES 2")
	f.Add("Ne m'appelez plus jamais 🛑")
	f.Fuzz(func(t *testing.T, text string) {
		w := Classify(text)
		if w.Choice != 0 && (w.Kind != Yes || w.Choice < 1 || w.Choice > 99) {
			t.Errorf("%v with choice %d", w.Kind, w.Choice)
		}
		if w.Kind.String() == "unknown" && w.Kind != Unknown {
			t.Errorf("kind %d has no name", w.Kind)
		}
		if got := Classify("  " + text + " . "); got != w {
			t.Errorf("Classify(%+q) = %v, with punctuation %v", text, w, got)
		}
		// Consent must be visible in the text: nothing but the word, a number
		// and signs.
		if w.Kind == Yes {
			letters := strings.Map(func(r rune) rune {
				if unicode.IsLetter(r) {
					return r
				}
				return -1
			}, text)
			if len([]rune(letters)) > 4 {
				t.Errorf("%+q counts as consent", text)
			}
		}
		if CarrierWord(text) == Stop && !w.OptsOut() {
			t.Errorf("the carrier stops on %+q, we do not", text)
		}
		if !Classify(text + " stop").OptsOut() {
			t.Errorf("%+q and stop: not an opt-out", text)
		}
	})
}
