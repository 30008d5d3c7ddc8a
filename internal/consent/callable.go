package consent

// Reason says in one word why a person is not called.
type Reason string

// The reasons, in the order in which they are looked at: what protects the
// person most comes first.
const (
	Callable         Reason = ""
	ReasonErased     Reason = "erased"
	ReasonOptedOut   Reason = "opted_out"
	ReasonNotInvited Reason = "not_invited"
	ReasonNoReply    Reason = "no_reply"
	ReasonLapsed     Reason = "lapsed"
)

// Facts are what the decision rests on, read under the gate's lock.
type Facts struct {
	Gone          bool  // deleted or erased
	PhoneStopped  bool  // "stop all": no employer of the platform
	SenderBlocked bool  // STOP to the number we would call from
	State         State // of this (account, phone)
}

// Decide is rule I1 as a pure function: only an opt-in behind an open gate may
// be called. It is total: an unknown state is never callable.
func Decide(f Facts) Reason {
	switch {
	case f.Gone:
		return ReasonErased
	case f.PhoneStopped, f.SenderBlocked, f.State == StateOptedOut:
		return ReasonOptedOut
	case f.State == StateOptedIn:
		return Callable
	case f.State == StateInvited:
		return ReasonNoReply
	case f.State == StateLapsed:
		return ReasonLapsed
	default:
		return ReasonNotInvited
	}
}
