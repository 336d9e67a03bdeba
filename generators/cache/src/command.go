package cache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

const (
	answerTimeout = 10 * time.Second
	answerLimit   = 1 << 20
)

// Commands returns those that ask the running application: what it has counted,
// and maybe the values themselves, are in its memory.
func (c *Component) Commands() []*cobra.Command {
	var base string
	cmd := &cobra.Command{Use: "cache", Short: "Look at the cache, or clear it", Args: cobra.NoArgs}
	cmd.PersistentFlags().StringVar(&base, "url", "", "where the application is; by default on this machine, as configured")

	var asJSON bool
	stats := &cobra.Command{Use: "stats", Short: "Show how useful the cache is", Args: cobra.NoArgs}
	stats.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	stats.RunE = func(cmd *cobra.Command, _ []string) error {
		text, err := c.call(cmd.Context(), http.MethodGet, base, nil)
		if err != nil {
			return err
		}
		if asJSON {
			cmd.Print(string(text))
			return nil
		}
		var s Stats
		if err := json.Unmarshal(text, &s); err != nil {
			return fmt.Errorf("read the answer: %w", err)
		}
		return printStats(cmd.OutOrStdout(), s)
	}

	var tags []string
	clearing := &cobra.Command{Use: "clear", Short: "Forget all values, or those with a tag", Args: cobra.NoArgs}
	clearing.Flags().StringSliceVar(&tags, "tag", nil, "forget only the values with this tag")
	clearing.RunE = func(cmd *cobra.Command, _ []string) error {
		_, err := c.call(cmd.Context(), http.MethodDelete, base, tags)
		return err
	}
	cmd.AddCommand(stats, clearing)
	return []*cobra.Command{cmd}
}

func printStats(to io.Writer, s Stats) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	line := func(name string, hits, misses int64) {
		_, _ = fmt.Fprintf(w, "%s\t%d\t%d\t%.1f%%\n", name, hits, misses, ratio(hits, misses)) // Flush returns what goes wrong
	}
	_, _ = fmt.Fprintf(w, "prefix\thits\tmisses\tratio\n")
	for _, p := range s.Prefixes {
		line(p.Prefix, p.Hits, p.Misses)
	}
	line("all", s.Hits, s.Misses)
	_, _ = fmt.Fprintf(w, "\n%d entries, %d evictions, %d errors\n", s.Entries, s.Evictions, s.Errors)
	return w.Flush()
}

// call asks the running application.
func (c *Component) call(ctx context.Context, method, base string, tags []string) ([]byte, error) {
	if base == "" {
		// Containers may not know the name localhost.
		base = strings.Replace(c.server.Addresses()[0].URL, "//localhost:", "//127.0.0.1:", 1)
	}
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	target := strings.TrimSuffix(base, "/") + apiPath
	if len(tags) > 0 {
		target += "?" + url.Values{"tag": tags}.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, target, http.NoBody)
	if err != nil {
		return nil, err
	}
	if token := c.app.AdminToken(); token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("no answer from the application: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, answerLimit))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		var problem struct {
			Detail string `json:"detail"`
		}
		if json.Unmarshal(text, &problem) != nil || problem.Detail == "" {
			problem.Detail = "status " + response.Status
		}
		return nil, errors.New("the application refuses: " + problem.Detail)
	}
	return text, nil
}
