package app_test

import (
	"testing"

	"github.com/callshu/callshu/internal/carriersim"
)

// C7: what the product itself stores of a password is bcrypt of cost 12, with a
// salt of its own each time.
func TestPasswordsAreHashedAtCostTwelve(t *testing.T) {
	t.Parallel()
	p := startProductAt(t, site{number: carriersim.NumberConfig{Number: sender}, secure: true})
	p.signUp("ada@northwind.example", "Northwind")
	p.asOperator()
	var stored, right, salts int
	err := p.db.Admin().QueryRow(t.Context(), `SELECT count(*), count(*) FILTER (WHERE password_hash ~ '^\$2[aby]\$12\$.{53}$'), count(DISTINCT substr(password_hash, 8, 22))
		FROM (SELECT password_hash FROM users UNION ALL SELECT password_hash FROM operators) h`).Scan(&stored, &right, &salts)
	if err != nil || stored != 2 || right != stored || salts != stored {
		t.Errorf("%d of %d stored hashes are of cost 12, with %d salts; %v", right, stored, salts, err)
	}
}
