package sample

import "github.com/callshu/callshu/cmd/demo/internal/api"

// Employer is the company that the demo is about.
func Employer() api.Application {
	return api.Application{
		LegalName: "Northgrain Bakeries Inc.", SpokenName: "Northgrain Bakeries",
		RegistryNumber: "1000482917", Country: "CA", Province: "ON", Website: "https://northgrain.example", EmployeeCount: 214,
		UseCase: "Shift changes, plant closures and safety notices for our bakery crews in Toronto, Ottawa and Montréal. " +
			"People confirm by a key, so that supervisors know by six in the morning who is coming.",
		CallbackNumber: "+14165550198", ContactAddress: "480 Carlaw Avenue, Toronto", Attestation: true,
		Name: "Josée Marchand", Email: "josee.marchand@northgrain.example", Phone: "+14165550196",
		Password: "warm rye bread before dawn", Language: "en",
	}
}

// Colleague is a second owner of the employer, whose password is the first one's.
func Colleague() api.Application {
	employer := Employer()
	employer.Name, employer.Email = "Amadou Diallo", "amadou.diallo@northgrain.example"
	return employer
}

// Applicant is a second company, whose application an operator has to decide.
func Applicant() api.Application {
	return api.Application{
		LegalName: "Ateliers Boréal inc.", SpokenName: "Ateliers Boréal",
		RegistryNumber: "1176 552 903", Country: "CA", Province: "QC", Website: "https://ateliers-boreal.example", EmployeeCount: 62,
		UseCase:        "Prévenir nos équipes d'entretien des changements d'horaire et des fermetures en cas de tempête, avec confirmation.",
		CallbackNumber: "+15145550197", ContactAddress: "1250, rue Ontario Est, Montréal", Attestation: true,
		Name: "Rémi Castonguay", Email: "remi.castonguay@ateliers-boreal.example", Phone: "+15145550196",
		Password: "quatre saisons de neige", Language: "fr",
	}
}

// Operator is who reviews applications in the demo.
type Operator struct{ Name, Email, Password string }

// Reviewer is the demo's member of Callshu's staff.
func Reviewer() Operator {
	return Operator{Name: "Ada Lindqvist", Email: "ada@callshu.example", Password: "seven quiet telephones"}
}

// Attestation is how the employer says the numbers were given.
const Attestation = "Each person gave this number to HR on the hiring form, for work notices by call and text."

// ReadyTag marks the people of the campaign that waits for a visitor.
const ReadyTag = "Morning shift"

// Finished is a campaign of the past.
func Finished() api.Draft {
	return api.Draft{
		Name: "Overtime on Saturday", MaxAttempts: 1, Audience: api.Audience{Kind: "tags", Tags: []string{"Production"}},
		Content: api.Content{
			Purpose: map[string]string{"en": "overtime this Saturday", "fr": "des heures supplémentaires samedi"}, LanguageDefault: "en", Voice: "female", Voicemail: "leave",
			Texts: map[string]api.Text{
				"en": {Message: "We are looking for people to bake the holiday order this Saturday, six to noon, at time and a half.", Voicemail: "We are looking for people for this Saturday, six to noon. Please call us back."},
				"fr": {Message: "Nous cherchons du monde ce samedi, de six heures à midi, à temps et demi, pour la commande des fêtes.", Voicemail: "Nous cherchons du monde ce samedi, de six heures à midi. Rappelez-nous."},
			},
			Choices: []api.Choice{
				{Key: 1, Label: map[string]string{"en": "you can work", "fr": "travailler samedi"}},
				{Key: 2, Label: map[string]string{"en": "you cannot", "fr": "refuser"}},
			},
		},
	}
}

// Ready is the campaign that a visitor launches.
func Ready() api.Draft {
	return api.Draft{
		Name: "Late start tomorrow", MaxAttempts: 1, Audience: api.Audience{Kind: "tags", Tags: []string{ReadyTag}},
		Content: api.Content{
			Purpose: map[string]string{"en": "tomorrow's shift", "fr": "votre quart de demain"}, LanguageDefault: "en", Voice: "female", Voicemail: "leave",
			Texts: map[string]api.Text{
				"en": {Message: "The main oven is under repair. Tomorrow the morning shift starts at ten instead of six.", Voicemail: "Tomorrow the morning shift starts at ten instead of six."},
				"fr": {Message: "Le four principal est en réparation. Demain, le quart du matin commence à dix heures au lieu de six.", Voicemail: "Demain, le quart du matin commence à dix heures au lieu de six."},
			},
			Choices: []api.Choice{
				{Key: 1, Label: map[string]string{"en": "you will be there at ten", "fr": "confirmer dix heures"}},
				{Key: 2, Label: map[string]string{"en": "you cannot come", "fr": "dire que vous ne pouvez pas venir"}},
			},
		},
	}
}
