package api

import (
	"fmt"
	"time"
)

// Late says that something did not come in time.
type Late struct {
	What  string
	Limit time.Duration
	Seen  string
}

func (l *Late) Error() string {
	return fmt.Sprintf("waited %s for %s; what is there: %s", l.Limit, l.What, l.Seen)
}
