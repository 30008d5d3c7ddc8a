package simtest_test

import (
	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
	"github.com/callshu/callshu/internal/carriersim/vclock"
)

// fast runs by itself, two hundred times as fast as the machine's clock.
func fast() carriersim.Clock { return vclock.NewScaled(simtest.Monday(), 200) }
