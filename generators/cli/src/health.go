package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/blueprints/service/remote"
)

// inquiry is what the flags of the health command ask.
type inquiry struct {
	url               string
	live, ready, json bool
}

func healthCommand(p *Program, c *console) *cobra.Command {
	var q inquiry
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Ask the running application how it is doing",
		Long: "Ask the running application how it is doing.\n\n" +
			"The exit code is 0 if it is well or merely has something to say, 1 if it is\n" +
			"unhealthy, and 3 if it does not answer. --live and --ready are for probes.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return q.ask(cmd.Context(), *p, *c) },
	}
	flags := cmd.Flags()
	flags.StringVar(&q.url, "url", "", "where the application is; by default on this machine, as configured")
	flags.BoolVar(&q.live, "live", false, "ask only whether the process answers")
	flags.BoolVar(&q.ready, "ready", false, "ask only whether it accepts requests")
	flags.BoolVar(&q.json, "json", false, "print the answer as JSON")
	cmd.MarkFlagsMutuallyExclusive("live", "ready")
	return cmd
}

func (q inquiry) ask(ctx context.Context, p Program, c console) error {
	a, err := p.application(c, nil)
	if err != nil {
		return err
	}
	client, err := remote.New(a, q.url)
	if err != nil {
		return err
	}
	path := "/api/v1/health"
	switch {
	case q.live:
		path = "/livez"
	case q.ready:
		path = "/readyz"
	}
	status, body, err := client.Send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	var answer health.Node
	if err := json.Unmarshal(body, &answer); err != nil || (status != http.StatusOK && status != http.StatusServiceUnavailable) {
		return client.Stranger(path, status)
	}
	return q.report(c, status, body, answer)
}

func (q inquiry) report(c console, status int, body []byte, answer health.Node) error {
	screen := newScreen(c)
	switch {
	case q.json:
		if err := screen.json(json.RawMessage(body)); err != nil {
			return err
		}
	case q.live || q.ready:
		screen.line(string(answer.Status))
	default:
		screen.table([]string{"component", "status", "latency", "message"}, healthRows(answer, 0, nil), statusColumn)
	}
	if status != http.StatusOK || answer.Status == health.Unhealthy {
		return &remote.ExitError{Code: remote.Failure}
	}
	return nil
}

func healthRows(n health.Node, depth int, rows [][]string) [][]string {
	rows = append(rows, []string{
		strings.Repeat("  ", depth) + n.Name, string(n.Status), fmt.Sprintf("%.1f ms", n.LatencyMS), n.Message,
	})
	for _, child := range n.Children {
		rows = healthRows(child, depth+1, rows)
	}
	return rows
}
