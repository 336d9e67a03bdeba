package cache

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/blueprints/service/output"
	"github.com/aegis-stack/aegis/blueprints/service/remote"
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
		client, err := remote.New(c.app, base)
		if err != nil {
			return err
		}
		var s Stats
		if err := client.Ask(cmd.Context(), http.MethodGet, apiPath, nil, &s); err != nil {
			return err
		}
		if asJSON {
			return output.JSON(cmd.OutOrStdout(), s)
		}
		return printStats(cmd.OutOrStdout(), s)
	}

	var tags []string
	clearing := &cobra.Command{Use: "clear", Short: "Forget all values, or those with a tag", Args: cobra.NoArgs}
	clearing.Flags().StringSliceVar(&tags, "tag", nil, "forget only the values with this tag")
	clearing.RunE = func(cmd *cobra.Command, _ []string) error {
		client, err := remote.New(c.app, base)
		if err != nil {
			return err
		}
		path := apiPath
		if len(tags) > 0 {
			path += "?" + url.Values{"tag": tags}.Encode()
		}
		return client.Ask(cmd.Context(), http.MethodDelete, path, nil, nil)
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
	_, _ = fmt.Fprintf(w, "\nentries %d, evictions %d, errors %d\n", s.Entries, s.Evictions, s.Errors)
	return w.Flush()
}
