package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/blueprints/service/health"
)

const (
	answerTimeout = 5 * time.Second
	answerLimit   = 4 << 20
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
	base := q.url
	if base == "" {
		s, err := serverOf(a)
		if err != nil {
			return err
		}
		// Containers may not know the name localhost.
		base = strings.Replace(s.Addresses()[0].URL, "//localhost:", "//127.0.0.1:", 1)
	} else if u, err := url.Parse(base); err != nil || u.Host == "" {
		return &exit{code: exitUsage, err: fmt.Errorf("--url %q: want a URL such as http://localhost:8080", base)}
	}

	path := "/api/v1/health"
	switch {
	case q.live:
		path = "/livez"
	case q.ready:
		path = "/readyz"
	}
	status, body, err := get(ctx, strings.TrimSuffix(base, "/")+path, a.AdminToken())
	if err != nil {
		return &exit{code: exitUnreachable, err: err}
	}
	return q.report(c, path, status, body)
}

func (q inquiry) report(c console, path string, status int, body []byte) error {
	var answer health.Node
	if err := json.Unmarshal(body, &answer); err != nil || (status != http.StatusOK && status != http.StatusServiceUnavailable) {
		return &exit{code: exitUnreachable, err: fmt.Errorf("%s answers with status %d: is this the application?", path, status)}
	}
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
		return &exit{code: exitFailure}
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

func get(ctx context.Context, address, token string) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return 0, nil, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err // without the method in front
		}
		return 0, nil, fmt.Errorf("no answer from %s: %w", address, err)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, answerLimit))
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return 0, nil, fmt.Errorf("no whole answer from %s: %w", address, err)
	}
	return response.StatusCode, body, nil
}
