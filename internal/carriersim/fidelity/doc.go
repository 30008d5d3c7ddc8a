// Package fidelity owns the proof that the simulator is like Twilio: tests
// that drive it with the official clients and let the official validators
// judge its webhooks. It holds no code that a program could use.
package fidelity
