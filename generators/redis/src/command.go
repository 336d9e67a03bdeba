package redis

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

// Commands returns the command that tells whether the server can be used from
// here.
func (c *Component) Commands() []*cobra.Command {
	ping := &cobra.Command{
		Use:   "ping",
		Short: "Ask the Redis server for an answer",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := read(cmd.Context(), c.client)
			if err != nil {
				return errors.Join(fmt.Errorf("ping redis: %w", err), c.Stop(cmd.Context()))
			}
			version := r.info["redis_version"]
			if version == "" {
				version = "embedded"
			}
			cmd.Printf("redis %s answers after %s\n", version, r.latency.Round(time.Microsecond))
			return c.Stop(cmd.Context())
		},
	}
	redis := &cobra.Command{Use: "redis", Short: "Look at the Redis server", Args: cobra.NoArgs}
	redis.AddCommand(ping)
	return []*cobra.Command{redis}
}
