package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/blueprints/service/output"
)

const stateNames = "scheduled, pending, active, retrying, completed, dead or canceled"

// tasksCommand is what the flags of the commands ask.
type tasksCommand struct {
	c      *Component
	json   bool
	queue  string
	state  string
	task   string
	limit  int
	at     string
	in     time.Duration
	unique time.Duration
}

// Commands adds "tasks" and "load-test".
func (c *Component) Commands() []*cobra.Command {
	t := tasksCommand{c: c}
	root := &cobra.Command{
		Use:   "tasks",
		Short: "Show and steer the tasks",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	list := &cobra.Command{Use: "list", Short: "List tasks, the newest first", Args: cobra.NoArgs, RunE: c.opened(t.list)}
	list.Flags().StringVar(&t.queue, "queue", "", "only those in this queue")
	list.Flags().StringVar(&t.state, "state", "", "only those in this state: "+stateNames)
	list.Flags().StringVar(&t.task, "task", "", "only those of this kind")
	dead := &cobra.Command{Use: "dead", Short: "List the tasks that failed for good", Args: cobra.NoArgs, RunE: c.opened(t.dead)}
	for _, cmd := range []*cobra.Command{list, dead} {
		cmd.Flags().IntVar(&t.limit, "limit", 20, "how many at the most")
	}
	show := &cobra.Command{Use: "show id", Short: "Show a task with its payload and result", Args: cobra.ExactArgs(1), RunE: c.opened(t.show)}
	stats := &cobra.Command{Use: "stats", Short: "Show the queues and who works on them", Args: cobra.NoArgs, RunE: c.opened(t.stats)}
	for _, cmd := range []*cobra.Command{list, dead, stats} {
		cmd.Flags().BoolVar(&t.json, "json", false, "print the answer as JSON")
	}
	enqueue := &cobra.Command{
		Use: "enqueue task [payload]", Short: "Enqueue a task and print its id",
		Long:    "Enqueue a task and print its id. The payload is JSON; without one it is {}.",
		Example: "  " + c.app.Name + ` tasks enqueue send_email '{"to": "you@example.org"}' --in 10m`,
		Args:    cobra.RangeArgs(1, 2), RunE: c.opened(t.enqueue),
	}
	enqueue.Flags().StringVar(&t.queue, "queue", "", "another queue than its own")
	enqueue.Flags().StringVar(&t.at, "at", "", "when it begins at the earliest, as in 2030-01-31T08:00:00Z")
	enqueue.Flags().DurationVar(&t.in, "in", 0, "how long from now it begins at the earliest")
	enqueue.Flags().DurationVar(&t.unique, "unique", 0, "refuse it while the same one has not ended, for so long at most")
	enqueue.MarkFlagsMutuallyExclusive("at", "in")

	root.AddCommand(list, enqueue, show,
		c.command("retry", "Make tasks due now that wait or are dead", c.backend.Retry),
		c.command("cancel", "Cancel tasks that wait or run", c.backend.Cancel),
		c.command("delete", "Forget tasks", c.backend.Delete),
		stats, dead,
	)
	return []*cobra.Command{root, c.loadTestCommand()}
}

// opened opens the store around what a command does.
func (c *Component) opened(do func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) (err error) {
		ctx := cmd.Context()
		defer func() { err = errors.Join(err, c.backend.Close(context.WithoutCancel(ctx))) }()
		if err := c.backend.Open(ctx); err != nil {
			return fmt.Errorf("open the queues: %w", err)
		}
		return do(cmd, args)
	}
}

// command does one thing to tasks.
func (c *Component) command(use, short string, do func(context.Context, string) error) *cobra.Command {
	return &cobra.Command{
		Use: use + " id...", Short: short, Args: cobra.MinimumNArgs(1),
		RunE: c.opened(func(cmd *cobra.Command, ids []string) error {
			var errs []error
			for _, id := range ids {
				if err := do(cmd.Context(), id); err != nil {
					errs = append(errs, fmt.Errorf("task %q: %w", id, err))
				}
			}
			return errors.Join(errs...)
		}),
	}
}

func (t *tasksCommand) enqueue(cmd *cobra.Command, args []string) error {
	payload := json.RawMessage("{}")
	if len(args) == 2 {
		payload = json.RawMessage(args[1])
		if !json.Valid(payload) {
			return fmt.Errorf("%q is not JSON", args[1])
		}
	}
	var options []Option
	if t.queue != "" {
		options = append(options, To(t.queue))
	}
	if t.at != "" {
		at, err := time.Parse(time.RFC3339, t.at)
		if err != nil {
			return fmt.Errorf("--at %q: want a time as in 2030-01-31T08:00:00Z", t.at)
		}
		options = append(options, At(at))
	}
	if t.in > 0 {
		options = append(options, In(t.in))
	}
	if t.unique > 0 {
		options = append(options, Unique("", t.unique))
	}
	id, err := t.c.Enqueue(cmd.Context(), args[0], payload, options...)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), id)
	return err
}

func (t *tasksCommand) list(cmd *cobra.Command, _ []string) error {
	return t.print(cmd, Filter{Queue: t.queue, State: State(t.state), Name: t.task, Limit: t.limit})
}

func (t *tasksCommand) dead(cmd *cobra.Command, _ []string) error {
	return t.print(cmd, Filter{State: Dead, Limit: t.limit})
}

func (t *tasksCommand) print(cmd *cobra.Command, f Filter) error {
	switch f.State {
	case "", Scheduled, Pending, Active, Retrying, Completed, Dead, Canceled:
	default:
		return fmt.Errorf("there is no state %q; there are %s", f.State, strings.Replace(stateNames, " or ", " and ", 1))
	}
	tasks, err := t.c.backend.List(cmd.Context(), f)
	if err != nil {
		return err
	}
	if t.json {
		return output.JSON(cmd.OutOrStdout(), tasks)
	}
	rows := [][]string{{"id", "task", "queue", "state", "tries", "enqueued", "duration", "error"}}
	for i := range tasks {
		task := &tasks[i]
		rows = append(rows, []string{
			task.ID, task.Name, task.Queue, string(task.State), strconv.Itoa(task.Attempts),
			task.Enqueued.UTC().Format(time.DateTime), ran(task), cmp.Or(strings.Join(strings.Fields(task.Error), " "), "–"),
		})
	}
	return output.Table(cmd.OutOrStdout(), rows)
}

func (t *tasksCommand) show(cmd *cobra.Command, args []string) error {
	task, err := t.c.backend.Get(cmd.Context(), args[0])
	if err != nil {
		return fmt.Errorf("task %q: %w", args[0], err)
	}
	return output.JSON(cmd.OutOrStdout(), task)
}

func (t *tasksCommand) stats(cmd *cobra.Command, _ []string) error {
	queues, err := t.c.Queues(cmd.Context())
	if err != nil {
		return err
	}
	processes, err := t.c.backend.Processes(cmd.Context())
	if err != nil {
		return err
	}
	if t.json {
		return output.JSON(cmd.OutOrStdout(), struct {
			Queues    []QueueView `json:"queues"`
			Processes []Process   `json:"processes"`
		}{queues, processes})
	}
	rows := [][]string{{"queue", "waiting", "active", "scheduled", "retrying", "dead", "oldest waits", "processed", "failed"}}
	for _, q := range queues {
		waits := "–"
		if q.LatencyMS > 0 {
			waits = took(time.Duration(q.LatencyMS * float64(time.Millisecond)))
		}
		rows = append(rows, []string{
			q.Name, strconv.Itoa(q.Pending), strconv.Itoa(q.Active), strconv.Itoa(q.Scheduled), strconv.Itoa(q.Retrying), strconv.Itoa(q.Dead),
			waits, strconv.FormatInt(q.Processed, 10), strconv.FormatInt(q.Failed, 10),
		})
	}
	if err := output.Table(cmd.OutOrStdout(), rows); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "\n%s at work\n", output.Plural(len(processes), "worker"))
	return err
}
