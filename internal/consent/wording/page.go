package wording

// Page answers CALLS with the link to the person's own page.
func Page(language string, p Params) (Text, error) {
	return fit(language, p,
		"{E} via Callshu: your calls, texts and choices: {S}/p/{k}. This link is yours alone. HELP for help, STOP to end.",
		"{E} via Callshu: vos appels, textos et choix: {S}/p/{k}. Ce lien est à vous seul. AIDE, ARRET.",
		"{E} via Callshu: your calls, texts and choices: {S}/p/{k}. HELP for help, STOP to end.",
		"{E} via Callshu: vos appels, textos et choix: {S}/p/{k}. AIDE, ARRET.")
}
