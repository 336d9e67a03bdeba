package auth

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/blueprints/service/output"
	"github.com/aegis-stack/aegis/generators/database/src"
)

// atShell is where what commands do comes from.
var atShell = client{address: "command line"}

// Commands returns the command for users. It works on the database, whether the
// application runs or not.
func (c *Component) Commands() []*cobra.Command {
	users := &cobra.Command{Use: "users", Short: "Make and manage users", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	users.AddCommand(c.createCommand(), c.listCommand(), c.sessionsCommand(), c.resetCommand(), c.auditCommand())
	for _, d := range deeds {
		if d.name != "reset-password" { // which prints the link
			users.AddCommand(c.deedCommand(d))
		}
	}
	for _, e := range c.extensions {
		users.AddCommand(e.UserCommands()...)
	}
	return []*cobra.Command{users}
}

func (c *Component) createCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create EMAIL",
		Short: "Make a user, and print the link to choose a password",
		Long: "Make a user, and print the link to choose a password.\n\n" +
			"The address counts as confirmed.",
		Args: cobra.ExactArgs(1),
	}
	admin := cmd.Flags().Bool("admin", false, "make an administrator")
	name := cmd.Flags().String("name", "", "what the user is called; the address by default")
	fromInput := cmd.Flags().Bool("password-stdin", false, "read the password from standard input, and print no link")
	cmd.RunE = c.Connected(func(cmd *cobra.Command, args []string) error {
		var password string
		if *fromInput {
			text, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
			if err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			if password = strings.TrimRight(text, "\r\n"); password == "" {
				return errors.New("there is no password on standard input")
			}
		}
		user, err := c.create(cmd.Context(), atShell, args[0], *name, *admin, password)
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		if *fromInput {
			return nil
		}
		return c.printReset(cmd, user)
	})
	return cmd
}

func (c *Component) resetCommand() *cobra.Command {
	return &cobra.Command{
		Use: "reset-password EMAIL", Short: "Print a link to choose a new password", Args: cobra.ExactArgs(1),
		RunE: c.forUser(func(cmd *cobra.Command, user *userRow) error {
			c.record(cmd.Context(), resetAsked, user.ID, atShell, "")
			return c.printReset(cmd, user)
		}),
	}
}

// printReset prints the link on a line of its own.
func (c *Component) printReset(cmd *cobra.Command, user *userRow) error {
	ticket, err := c.store.issue(cmd.Context(), user.ID, toReset, "")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", c.Link(resetPath+"?ticket="+ticket))
	return err
}

func (c *Component) listCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "list [TEXT]", Short: "List the users, or those with the text in address or name", Args: cobra.MaximumNArgs(1)}
	asJSON := cmd.Flags().Bool("json", false, "print JSON")
	limit := cmd.Flags().Int("limit", 100, "how many at the most")
	cmd.RunE = c.Connected(func(cmd *cobra.Command, args []string) error {
		page, err := c.store.users(cmd.Context(), strings.Join(args, ""), database.Page{Limit: *limit})
		if err != nil {
			return err
		}
		if *asJSON {
			return output.JSON(cmd.OutOrStdout(), pageOf(page, userRow.account).Items)
		}
		rows := [][]string{{"address", "name", "state", "created"}}
		for _, u := range page.Items {
			rows = append(rows, []string{u.Email, u.Name, strings.Join(u.words(), ", "), u.CreatedAt.time().Format(time.RFC3339)})
		}
		return output.Table(cmd.OutOrStdout(), rows)
	})
	return cmd
}

// words say what is special about a user.
func (u userRow) words() []string {
	var words []string
	for word, is := range map[string]bool{
		"administrator": u.Admin, "disabled": u.DisabledAt != 0, "not verified": u.VerifiedAt == 0, "second factor": u.TOTPKey != "",
	} {
		if is {
			words = append(words, word)
		}
	}
	slices.Sort(words)
	return words
}

func (c *Component) sessionsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "sessions EMAIL", Short: "List where a user is signed in", Args: cobra.ExactArgs(1)}
	asJSON := cmd.Flags().Bool("json", false, "print JSON")
	cmd.RunE = c.forUser(func(cmd *cobra.Command, user *userRow) error {
		sessions, err := c.store.sessions(cmd.Context(), user.ID, c.config.SessionIdle)
		if err != nil {
			return err
		}
		if *asJSON {
			return output.JSON(cmd.OutOrStdout(), sessions)
		}
		rows := [][]string{{"kind", "address", "since", "last used", "agent"}}
		for _, s := range sessions {
			rows = append(rows, []string{string(s.Kind), s.Address, s.Created.Format(time.RFC3339), s.Seen.Format(time.RFC3339), s.Agent})
		}
		return output.Table(cmd.OutOrStdout(), rows)
	})
	return cmd
}

func (c *Component) auditCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "audit [EMAIL]", Short: "List what happened to accounts, or to one, the latest first", Args: cobra.MaximumNArgs(1)}
	asJSON := cmd.Flags().Bool("json", false, "print JSON")
	limit := cmd.Flags().Int("limit", 100, "how many at the most")
	cmd.RunE = c.Connected(func(cmd *cobra.Command, args []string) error {
		userID := ""
		if len(args) > 0 {
			user, err := c.named(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			userID = user.ID
		}
		page, err := c.store.events(cmd.Context(), userID, database.Page{Limit: *limit})
		if err != nil {
			return err
		}
		if *asJSON {
			return output.JSON(cmd.OutOrStdout(), page.Items)
		}
		rows := [][]string{{"time", "event", "user", "by", "address", "detail"}}
		for _, e := range page.Items {
			rows = append(rows, []string{e.At.Format(time.RFC3339), e.Event, e.User, e.Actor, e.Address, e.Detail})
		}
		return output.Table(cmd.OutOrStdout(), rows)
	})
	return cmd
}

// deedCommand does a deed to a user.
func (c *Component) deedCommand(d deed) *cobra.Command {
	return &cobra.Command{
		Use: d.name + " EMAIL", Short: d.summary, Args: cobra.ExactArgs(1),
		RunE: c.forUser(func(cmd *cobra.Command, user *userRow) error {
			return c.act(cmd.Context(), atShell, d, user.ID)
		}),
	}
}

// forUser has a command run for the user with the address that it is given.
func (c *Component) forUser(run func(*cobra.Command, *userRow) error) func(*cobra.Command, []string) error {
	return c.Connected(func(cmd *cobra.Command, args []string) error {
		user, err := c.named(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		return run(cmd, user)
	})
}

// named returns the user with the address that was typed.
func (c *Component) named(ctx context.Context, text string) (*userRow, error) {
	email, err := ParseEmail(text)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", text, err)
	}
	user, err := c.store.userByEmail(ctx, email)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", email, err)
	}
	return user, nil
}

// Connected has a command run with an open database. What it writes to people is
// sent before it ends.
func (c *Component) Connected(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := c.store.db.Start(cmd.Context()); err != nil {
			return err
		}
		err := run(cmd, args)
		c.post.flush(cmd.Context())
		return errors.Join(err, c.store.db.Stop(context.WithoutCancel(cmd.Context())))
	}
}
