package telemetry

import (
	"context"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics serves what a scraper asks for: the process, the pools by role, how
// many calls and texts stand in which state, and how often a password was
// hashed. Labels never name an account.
func Metrics(pools map[string]*pgxpool.Pool, worker *pgxpool.Pool, hashed func() int64) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		&poolCollector{pools}, &stateCollector{worker},
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "callshu_password_hashes_total", Help: "Runs of bcrypt: a flood of sign-ins shows here."},
			func() float64 { return float64(hashed()) }))
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("callshu_"+name, help, labels, nil)
}

type poolCollector struct{ pools map[string]*pgxpool.Pool }

func (c *poolCollector) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, out) }

func (c *poolCollector) Collect(out chan<- prometheus.Metric) {
	conns := describe("pool_connections", "Connections of a role's pool by use.", "role", "use")
	waits := describe("pool_waits_total", "Times a request waited for a connection.", "role")
	for role, pool := range c.pools {
		s := pool.Stat()
		out <- prometheus.MustNewConstMetric(conns, prometheus.GaugeValue, float64(s.AcquiredConns()), role, "acquired")
		out <- prometheus.MustNewConstMetric(conns, prometheus.GaugeValue, float64(s.IdleConns()), role, "idle")
		out <- prometheus.MustNewConstMetric(waits, prometheus.CounterValue, float64(s.EmptyAcquireCount()), role)
	}
}

// stateCollector counts what is open; closed rows would make it slow.
type stateCollector struct{ worker *pgxpool.Pool }

const scrapeTimeout = 2 * time.Second

func (c *stateCollector) Describe(out chan<- *prometheus.Desc) {
	out <- describe("open", "Rows that are not final yet, by kind and state.", "kind", "state")
}

func (c *stateCollector) Collect(out chan<- prometheus.Metric) {
	open := describe("open", "Rows that are not final yet, by kind and state.", "kind", "state")
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	rows, err := c.worker.Query(ctx, `
		SELECT 'call', state, count(*) FROM attempts WHERE live GROUP BY state
		UNION ALL SELECT 'text', state, count(*) FROM messages WHERE state IN ('queued', 'sending', 'unknown') GROUP BY state
		UNION ALL SELECT 'campaign', status, count(*) FROM campaigns WHERE status IN ('scheduled', 'running', 'paused') GROUP BY status
		UNION ALL SELECT 'seal', 'queued', count(*) FROM seal_queue
		UNION ALL SELECT 'mail', 'unsent', count(*) FROM mails WHERE sent_at IS NULL
		UNION ALL SELECT 'report', 'undelivered', count(*) FROM reports WHERE delivered_at IS NULL AND alerted_at IS NOT NULL`)
	if err != nil {
		out <- prometheus.NewInvalidMetric(open, err)
		return
	}
	defer rows.Close()
	for rows.Next() {
		var kind, state string
		var n float64
		if err := rows.Scan(&kind, &state, &n); err != nil {
			out <- prometheus.NewInvalidMetric(open, err)
			return
		}
		out <- prometheus.MustNewConstMetric(open, prometheus.GaugeValue, n, kind, state)
	}
}
