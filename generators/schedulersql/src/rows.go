package schedulersql

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/scheduler/src"
)

// millis is a time as the database holds it: milliseconds since 1970, 0 for
// none.
type millis int64

func millisOf(t time.Time) millis {
	if t.IsZero() {
		return 0
	}
	return millis(t.UnixMilli())
}

func (m millis) time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(m)).UTC()
}

type jobRow struct {
	bun.BaseModel `bun:"table:scheduler_jobs,alias:j"`

	Name           string `bun:",pk"`
	Schedule       string
	Timezone       string
	EditedSchedule string
	EditedTimezone string
	Paused         bool
	NextRun        millis
	OwedFrom       millis
	OwedUntil      millis
	Queued         millis
	TriggerAt      millis
	LeftOut        int64
	Fence          int64
}

func rowOfJob(j scheduler.Job) *jobRow {
	return &jobRow{
		Name: j.Name, Schedule: j.Schedule, Timezone: j.Timezone,
		EditedSchedule: j.EditedSchedule, EditedTimezone: j.EditedTimezone,
		Paused: j.Paused, NextRun: millisOf(j.Next), OwedFrom: millisOf(j.OwedFrom), OwedUntil: millisOf(j.OwedUntil),
		Queued: millisOf(j.Queued), TriggerAt: millisOf(j.TriggerAt), LeftOut: j.LeftOut, Fence: j.Fence,
	}
}

func (r *jobRow) job() scheduler.Job {
	return scheduler.Job{
		Name: r.Name, Schedule: r.Schedule, Timezone: r.Timezone,
		EditedSchedule: r.EditedSchedule, EditedTimezone: r.EditedTimezone,
		Paused: r.Paused, Next: r.NextRun.time(), OwedFrom: r.OwedFrom.time(), OwedUntil: r.OwedUntil.time(),
		Queued: r.Queued.time(), TriggerAt: r.TriggerAt.time(), LeftOut: r.LeftOut, Fence: r.Fence,
	}
}

type runRow struct {
	bun.BaseModel `bun:"table:scheduler_runs,alias:r"`

	ID           string `bun:",pk"`
	Job          string
	Kind         string
	ScheduledFor millis
	Attempt      int
	Owner        string
	Status       string
	StartedAt    millis
	FinishedAt   millis
	LeaseUntil   millis
	Error        string
}

func rowOfRun(r scheduler.Run) *runRow {
	return &runRow{
		ID: r.ID, Job: r.Job, Kind: string(r.Kind), ScheduledFor: millisOf(r.Scheduled), Attempt: r.Attempt,
		Owner: r.Owner, Status: string(scheduler.Running),
	}
}

func runsOf(rows []runRow) []scheduler.Run {
	runs := make([]scheduler.Run, 0, len(rows))
	for _, r := range rows {
		runs = append(runs, scheduler.Run{
			ID: r.ID, Job: r.Job, Kind: scheduler.Kind(r.Kind), Scheduled: r.ScheduledFor.time(), Attempt: r.Attempt,
			Owner: r.Owner, Status: scheduler.Status(r.Status), Started: r.StartedAt.time(), Finished: r.FinishedAt.time(),
			LeaseUntil: r.LeaseUntil.time(), Error: r.Error,
		})
	}
	return runs
}

type instanceRow struct {
	bun.BaseModel `bun:"table:scheduler_instances,alias:i"`

	ID        string `bun:",pk"`
	StartedAt millis
	SeenAt    millis
	Stopped   bool
}
