package org

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/blueprints/service/output"
	"github.com/aegis-stack/aegis/generators/auth/src"
	"github.com/aegis-stack/aegis/generators/database/src"
)

// Commands returns the command for organisations. It works on the database,
// whether the application runs or not.
func (c *Component) Commands() []*cobra.Command {
	orgs := &cobra.Command{Use: "orgs", Short: "Make and manage organisations", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	name := ""
	create := &cobra.Command{
		Use: "create SLUG EMAIL", Short: "Make an organisation that a user owns", Args: cobra.ExactArgs(2),
		RunE: c.users.Connected(func(cmd *cobra.Command, args []string) error {
			user, err := c.find(cmd, args[1])
			if err != nil {
				return err
			}
			if name == "" {
				name = args[0]
			}
			_, err = c.create(cmd.Context(), nil, user.ID, args[0], name)
			return err
		}),
	}
	create.Flags().StringVar(&name, "name", "", "what it is called; the slug by default")
	orgs.AddCommand(create, c.listCommand(), c.membersCommand(),
		&cobra.Command{
			Use: "hand-over SLUG EMAIL", Short: "Make a member the owner", Args: cobra.ExactArgs(2),
			RunE: c.forOrg(func(cmd *cobra.Command, o Organisation, args []string) error {
				user, err := c.find(cmd, args[1])
				if err != nil {
					return err
				}
				return c.handOver(cmd.Context(), nil, o, user.ID)
			}),
		},
		&cobra.Command{
			Use: "delete SLUG", Short: "Delete an organisation, and what belongs to it", Args: cobra.ExactArgs(1),
			RunE: c.forOrg(func(cmd *cobra.Command, o Organisation, _ []string) error {
				return c.remove(cmd.Context(), nil, o, "")
			}),
		})
	return []*cobra.Command{orgs}
}

func (c *Component) listCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the organisations", Args: cobra.NoArgs}
	asJSON := cmd.Flags().Bool("json", false, "print JSON")
	limit := cmd.Flags().Int("limit", 100, "how many at the most")
	cmd.RunE = c.users.Connected(func(cmd *cobra.Command, _ []string) error {
		page, err := c.store.organisations(cmd.Context(), database.Page{Limit: *limit})
		if err != nil {
			return err
		}
		if *asJSON {
			return output.JSON(cmd.OutOrStdout(), page.Items)
		}
		rows := [][]string{{"slug", "name"}}
		for _, o := range page.Items {
			rows = append(rows, []string{o.Slug, o.Name})
		}
		return output.Table(cmd.OutOrStdout(), rows)
	})
	return cmd
}

func (c *Component) membersCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "members SLUG", Short: "List the members of an organisation", Args: cobra.ExactArgs(1)}
	asJSON := cmd.Flags().Bool("json", false, "print JSON")
	limit := cmd.Flags().Int("limit", 100, "how many at the most")
	cmd.RunE = c.forOrg(func(cmd *cobra.Command, o Organisation, _ []string) error {
		page, err := c.members(cmd.Context(), o.ID, database.Page{Limit: *limit})
		if err != nil {
			return err
		}
		if *asJSON {
			return output.JSON(cmd.OutOrStdout(), page.Items)
		}
		rows := [][]string{{"address", "name", "role"}}
		for _, m := range page.Items {
			rows = append(rows, []string{m.Email, m.Name, m.Role})
		}
		return output.Table(cmd.OutOrStdout(), rows)
	})
	return cmd
}

// forOrg has a command run for the organisation with the slug in its first
// argument.
func (c *Component) forOrg(run func(*cobra.Command, Organisation, []string) error) func(*cobra.Command, []string) error {
	return c.users.Connected(func(cmd *cobra.Command, args []string) error {
		o, err := c.store.organisation(cmd.Context(), args[0])
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		return run(cmd, o, args)
	})
}

func (c *Component) find(cmd *cobra.Command, email string) (auth.User, error) {
	user, err := c.users.Find(cmd.Context(), email)
	if err != nil {
		return user, fmt.Errorf("%s: %w", email, err)
	}
	return user, nil
}
