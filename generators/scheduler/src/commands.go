package scheduler

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/blueprints/service/output"
	"github.com/aegis-stack/aegis/blueprints/service/remote"
)

// desk is where jobs are steered: in the store, or at a running application.
type desk interface {
	List(ctx context.Context) ([]JobView, error)
	Runs(ctx context.Context, job string, limit int) ([]RunView, error)
	Pause(ctx context.Context, job string) error
	Resume(ctx context.Context, job string) error
	Trigger(ctx context.Context, job string) error
	Reschedule(ctx context.Context, job, schedule, timezone string) error
}

var _ desk = (*Component)(nil)

// jobsCommand is what the flags of the commands ask.
type jobsCommand struct {
	c        *Component
	url      string
	json     bool
	limit    int
	timezone string
	reset    bool
}

// Commands adds "jobs".
func (c *Component) Commands() []*cobra.Command {
	j := jobsCommand{c: c}
	root := &cobra.Command{
		Use:   "jobs",
		Short: "Show and steer the jobs",
		Long: "Show and steer the jobs.\n\n" +
			"With a database the commands work on it, whether the application runs or not;\n" +
			"without one they ask the running application.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().StringVar(&j.url, "url", "", "ask the application that runs there")

	list := &cobra.Command{Use: "list", Short: "List the jobs", Args: cobra.NoArgs, RunE: j.at(j.list)}
	list.Flags().BoolVar(&j.json, "json", false, "print the answer as JSON")
	runs := &cobra.Command{Use: "runs [job]", Short: "List the newest runs, of one job or of all", Args: cobra.MaximumNArgs(1), RunE: j.at(j.runs)}
	runs.Flags().BoolVar(&j.json, "json", false, "print the answer as JSON")
	runs.Flags().IntVar(&j.limit, "limit", 20, "how many runs at the most")
	schedule := &cobra.Command{
		Use:   "schedule job [schedule]",
		Short: "Change the schedule of a job",
		Long: "Change the schedule of a job.\n\n" +
			"The schedule is a cron expression of five fields, or @every with a duration, as in\n" +
			"\"@every 1h30m\". It stays until it is changed again; --reset brings back that of\n" +
			"the code.",
		Args: cobra.RangeArgs(1, 2), RunE: j.at(j.schedule),
	}
	schedule.Flags().StringVar(&j.timezone, "timezone", "UTC", "the time zone that a cron expression is meant in")
	schedule.Flags().BoolVar(&j.reset, "reset", false, "bring back the schedule of the code")

	root.AddCommand(list, runs,
		j.command("pause", "Let a job not run any more", desk.Pause),
		j.command("resume", "Let a paused job go on", desk.Resume),
		j.command("trigger", "Run a job as soon as possible, even if it is paused", desk.Trigger),
		schedule,
	)
	return []*cobra.Command{root}
}

// command does one thing to one job.
func (j *jobsCommand) command(name, short string, do func(desk, context.Context, string) error) *cobra.Command {
	return &cobra.Command{
		Use: name + " job", Short: short, Args: cobra.ExactArgs(1),
		RunE: j.at(func(cmd *cobra.Command, d desk, args []string) error { return do(d, cmd.Context(), args[0]) }),
	}
}

// at finds the desk for what a command does.
func (j *jobsCommand) at(do func(*cobra.Command, desk, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) (err error) {
		if sharer, ok := j.c.store.(Sharer); ok && j.url == "" {
			if err := sharer.Open(cmd.Context()); err != nil {
				return fmt.Errorf("open the store: %w", err)
			}
			defer func() { err = errors.Join(err, sharer.Close(context.WithoutCancel(cmd.Context()))) }()
			return do(cmd, j.c, args)
		}
		c, err := remote.New(j.c.app, j.url)
		if err != nil {
			return err
		}
		return do(cmd, client{c}, args)
	}
}

func (j *jobsCommand) list(cmd *cobra.Command, d desk, _ []string) error {
	jobs, err := d.List(cmd.Context())
	if err != nil {
		return err
	}
	if j.json {
		return output.JSON(cmd.OutOrStdout(), jobs)
	}
	rows := [][]string{{"job", "schedule", "timezone", "next run", "last run", "status", "duration"}}
	for _, v := range jobs {
		row := []string{v.Name, v.Schedule, v.Timezone, "–", "–", "–", "–"}
		if v.NextRun != nil {
			row[3] = moment(*v.NextRun)
		}
		if last := v.LastRun; last != nil {
			row[4], row[5] = moment(last.Started), string(last.Status)
			if last.Finished != nil {
				row[6] = took(*last)
			}
		}
		if v.Paused {
			row[5] = "paused"
		}
		rows = append(rows, row)
	}
	return output.Table(cmd.OutOrStdout(), rows)
}

func (j *jobsCommand) runs(cmd *cobra.Command, d desk, args []string) error {
	runs, err := d.Runs(cmd.Context(), strings.Join(args, ""), j.limit)
	if err != nil {
		return err
	}
	if j.json {
		return output.JSON(cmd.OutOrStdout(), runs)
	}
	rows := [][]string{{"job", "kind", "started", "status", "duration", "attempt", "instance", "error"}}
	for _, r := range runs {
		duration := "–"
		if r.Finished != nil {
			duration = took(r)
		}
		rows = append(rows, []string{
			r.Job, string(r.Kind), moment(r.Started), string(r.Status), duration, strconv.Itoa(r.Attempt), r.Instance,
			strings.Join(strings.Fields(r.Error), " "),
		})
	}
	return output.Table(cmd.OutOrStdout(), rows)
}

func (j *jobsCommand) schedule(cmd *cobra.Command, d desk, args []string) error {
	switch {
	case j.reset && len(args) == 1:
		return d.Reschedule(cmd.Context(), args[0], "", "")
	case !j.reset && len(args) == 2 && args[1] != "":
		return d.Reschedule(cmd.Context(), args[0], args[1], j.timezone)
	default:
		return errors.New("want a schedule or --reset")
	}
}
