package rbac

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/blueprints/service/output"
	"github.com/aegis-stack/aegis/generators/auth/src"
)

// UserCommands implements auth.Extension.
func (c *Component) UserCommands() []*cobra.Command {
	return []*cobra.Command{
		{
			Use: "grant EMAIL ROLE", Short: "Give a user a role", Args: cobra.ExactArgs(2),
			RunE: c.forUser(func(cmd *cobra.Command, user auth.User, args []string) error {
				return c.give(cmd.Context(), nil, user.ID, args[1])
			}),
		},
		{
			Use: "revoke-role EMAIL ROLE", Short: "Take a role away from a user", Args: cobra.ExactArgs(2),
			RunE: c.forUser(func(cmd *cobra.Command, user auth.User, args []string) error {
				return c.take(cmd.Context(), nil, user.ID, args[1])
			}),
		},
		{
			Use: "roles EMAIL", Short: "List the roles of a user", Args: cobra.ExactArgs(1),
			RunE: c.forUser(func(cmd *cobra.Command, user auth.User, _ []string) error {
				roles, err := c.rolesOf(cmd.Context(), user)
				for _, role := range roles {
					_, _ = fmt.Fprintln(cmd.OutOrStdout(), role)
				}
				return err
			}),
		},
	}
}

// forUser has a command run for the user with the address in its first argument.
func (c *Component) forUser(run func(*cobra.Command, auth.User, []string) error) func(*cobra.Command, []string) error {
	return c.users.Connected(func(cmd *cobra.Command, args []string) error {
		user, err := c.users.Find(cmd.Context(), args[0])
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		return run(cmd, user, args)
	})
}

// Commands returns the command for roles.
func (c *Component) Commands() []*cobra.Command {
	roles := &cobra.Command{Use: "roles", Short: "Show what roles let people do", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	list := &cobra.Command{Use: "list", Short: "List the roles, with their permissions and how many users have them", Args: cobra.NoArgs}
	asJSON := list.Flags().Bool("json", false, "print JSON")
	list.RunE = c.users.Connected(func(cmd *cobra.Command, _ []string) error {
		all, err := c.counted(cmd.Context())
		if err != nil {
			return err
		}
		if *asJSON {
			return output.JSON(cmd.OutOrStdout(), all)
		}
		rows := [][]string{{"role", "users", "permissions"}}
		for _, r := range all {
			rows = append(rows, []string{r.Name, strconv.FormatInt(r.Users, 10), strings.Join(r.Permissions, " ")})
		}
		return output.Table(cmd.OutOrStdout(), rows)
	})
	roles.AddCommand(list)
	return []*cobra.Command{roles}
}
