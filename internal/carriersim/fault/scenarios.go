package fault

// ScenarioNames lists the ready-made sets of faults.
func ScenarioNames() []string {
	return []string{"flaky-day", "crash-after-accept", "reordered", "slow-app", "cps-storm", "stop-storm"}
}

// Scenario returns a set of faults that belong together; their chances are
// drawn from the simulator's seed. An unknown name has none.
func Scenario(name string) []Fault {
	always := -1
	switch name {
	case "flaky-day":
		return []Fault{
			{Point: APIBefore, Action: Action{Status: 503}, Times: always, Probability: 0.02},
			{Point: APIBefore, Action: Action{Status: 429}, Times: always, Probability: 0.05},
			{Point: APIAfter, Action: Action{HTML502: true}, Times: always, Probability: 0.01},
			{Point: Callback, Action: Action{Duplicate: 1}, Times: always, Probability: 0.05},
			{Point: Callback, Action: Action{Drop: true}, Times: always, Probability: 0.02},
			{Point: Callback, Action: Action{DelayMS: 4000}, Times: always, Probability: 0.05},
		}
	case "crash-after-accept":
		return []Fault{
			{Point: APIAfter, Action: Action{Drop: true}, Times: always, Probability: 0.1},
			{Point: APIAfter, Action: Action{Truncate: true}, Times: always, Probability: 0.1},
			{Point: APIAfter, Action: Action{Status: 500}, Times: always, Probability: 0.1},
		}
	case "reordered":
		return []Fault{
			{Point: Callback, Match: Match{Event: "answered"}, Action: Action{ReorderAfter: "completed"}, Times: always, Probability: 0.5},
			{Point: Callback, Match: Match{Event: "initiated"}, Action: Action{ReorderAfter: "ringing"}, Times: always, Probability: 0.5},
			{Point: SMSInbound, Action: Action{ReorderAfter: "received"}, Times: always, Probability: 0.2},
		}
	case "slow-app":
		return []Fault{
			{Point: TwiML, Action: Action{SlowMS: 16_000}, Times: always, Probability: 0.1},
			{Point: SMSInbound, Action: Action{SlowMS: 16_000}, Times: always, Probability: 0.2},
		}
	case "cps-storm":
		return []Fault{{Point: APIBefore, Action: Action{Status: 429}, Times: always, Probability: 0.4}}
	case "stop-storm":
		return []Fault{
			{Point: SMSInbound, Action: Action{Duplicate: 2}, Times: always, Probability: 0.5},
			{Point: SMSInbound, Action: Action{Drop: true}, Times: always, Probability: 0.2},
		}
	}
	return nil
}
