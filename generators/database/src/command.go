package database

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/blueprints/service/output"

	"github.com/aegis-stack/aegis/generators/database/src/engine"
)

// Commands returns the commands for migrations and backups. They connect by
// themselves.
func (c *Component) Commands() []*cobra.Command {
	return []*cobra.Command{c.migrateCommand(), c.backupCommand()}
}

func (c *Component) migrateCommand() *cobra.Command {
	migrate := &cobra.Command{Use: "migrate", Short: "Change the structure of the database", Args: cobra.NoArgs}
	up := &cobra.Command{
		Use:   "up",
		Short: "Apply all pending migrations",
		Args:  cobra.NoArgs,
		RunE: c.connected(func(cmd *cobra.Command, _ []string) error {
			done, err := c.Up(cmd.Context())
			return errors.Join(listDone(cmd, "applied", done), err)
		}),
	}
	down := &cobra.Command{
		Use:   "down",
		Short: "Take back the last migration of the application, or of another owner",
		Long: "Take back the last migration of the application, or of another owner.\n\n" +
			"What a migration added is dropped with all data in it.",
		Args: cobra.NoArgs,
	}
	owner := down.Flags().String("owner", application, "whose migration; see migrate status")
	steps := down.Flags().IntP("number", "n", 1, "how many migrations")
	down.RunE = c.connected(func(cmd *cobra.Command, _ []string) error {
		done, err := c.Down(cmd.Context(), *owner, *steps)
		return errors.Join(listDone(cmd, "taken back", done), err)
	})
	status := &cobra.Command{Use: "status", Short: "List the migrations, and when they were applied", Args: cobra.NoArgs}
	asJSON := status.Flags().Bool("json", false, "print JSON")
	status.RunE = c.connected(func(cmd *cobra.Command, _ []string) error {
		list, err := c.Migrations(cmd.Context())
		if err != nil {
			return err
		}
		if *asJSON {
			return output.JSON(cmd.OutOrStdout(), list)
		}
		rows := make([][]string, len(list))
		for i, m := range list {
			applied := "pending"
			if !m.Pending() {
				applied = m.Applied.Format(time.RFC3339)
			}
			rows[i] = []string{m.Owner, m.title(), applied}
		}
		return output.Table(cmd.OutOrStdout(), append([][]string{{"owner", "migration", "applied"}}, rows...))
	})
	create := &cobra.Command{
		Use:   "create NAME",
		Short: "Write an empty migration of the application, to be filled in",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := createMigration(migrationFolder, args[0], time.Now())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), path)
			return err
		},
	}
	migrate.AddCommand(up, down, status, create)
	return migrate
}

func (c *Component) backupCommand() *cobra.Command {
	backup := &cobra.Command{Use: "backup", Short: "Copy the database, and bring copies back", Args: cobra.NoArgs}
	create := &cobra.Command{
		Use:   "create",
		Short: "Copy the database while it is used, and verify the copy",
		Args:  cobra.NoArgs,
		RunE: c.connected(func(cmd *cobra.Command, _ []string) error {
			b, err := c.Backup(cmd.Context())
			if b.Path != "" {
				_, printed := fmt.Fprintln(cmd.OutOrStdout(), b.Path)
				err = errors.Join(printed, err)
			}
			return err
		}),
	}
	list := &cobra.Command{Use: "list", Short: "List the backups, the newest first", Args: cobra.NoArgs}
	asJSON := list.Flags().Bool("json", false, "print JSON")
	list.RunE = func(cmd *cobra.Command, _ []string) error {
		backups, err := c.Backups()
		if err != nil {
			return err
		}
		if *asJSON {
			return output.JSON(cmd.OutOrStdout(), backups)
		}
		rows := make([][]string, len(backups))
		for i, b := range backups {
			rows[i] = []string{b.Name, b.Created.Format(time.RFC3339), bytes(b.Size)}
		}
		return output.Table(cmd.OutOrStdout(), append([][]string{{"backup", "created", "size"}}, rows...))
	}
	verify := &cobra.Command{
		Use:   "verify [NAME|latest]",
		Short: "Compare a backup with its checksum and open it",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := c.Find(append(args, "latest")[0])
			if err != nil {
				return err
			}
			if err := c.Verify(cmd.Context(), b); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), b.Name, "is whole")
			return err
		},
	}
	restore := &cobra.Command{
		Use:   "restore NAME|latest",
		Short: "Replace the database by a backup",
		Long: "Replace the database by a backup, wholly or not at all. The application must not\n" +
			"run. If the database holds what the backup does not, only --force overwrites it,\n" +
			"and a backup of it is made before.",
		Args: cobra.ExactArgs(1),
	}
	force := restore.Flags().Bool("force", false, "overwrite what the backup does not hold")
	restore.RunE = func(cmd *cobra.Command, args []string) error {
		b, err := c.Find(args[0])
		if err != nil {
			return err
		}
		err = c.Restore(cmd.Context(), b, *force)
		if errors.Is(err, engine.ErrNewer) {
			return fmt.Errorf("%w: --force overwrites it", err)
		}
		return err
	}
	backup.AddCommand(create, list, verify, restore)
	return backup
}

// connected has a command run with an open database.
func (c *Component) connected(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := c.open(cmd.Context()); err != nil {
			return err
		}
		return errors.Join(run(cmd, args), c.Stop(context.WithoutCancel(cmd.Context())))
	}
}

func listDone(cmd *cobra.Command, verb string, list []Migration) error {
	for _, m := range list {
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), verb, m); err != nil {
			return err
		}
	}
	return nil
}
