package scheduler

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/schedule"
)

// definition is a job as the code defines it, with nothing left out.
type definition struct {
	schedule.Job

	times timetable
}

var jobName = regexp.MustCompile(`^[a-z][a-z0-9]*([_-][a-z0-9]+)*$`)

// definitions returns the jobs of the application and its components, sorted by
// name. The error names all mistakes in them.
func (c *Component) definitions() ([]definition, error) {
	c.collect.Do(func() {
		providers := app.All[schedule.Provider](c.app)
		for _, d := range c.declared {
			providers = append(providers, d)
		}
		var errs []error
		for _, p := range providers {
			for _, job := range p.Jobs() {
				d, err := define(job)
				if err == nil && c.definition(d.Name) != nil {
					err = fmt.Errorf("job %q: there are two of this name", d.Name)
				}
				if err != nil {
					errs = append(errs, err)
					continue
				}
				c.jobs = append(c.jobs, d)
			}
		}
		slices.SortFunc(c.jobs, func(a, b definition) int { return strings.Compare(a.Name, b.Name) })
		c.wrong = errors.Join(errs...)
	})
	return c.jobs, c.wrong
}

// definition returns the job of that name, nil if there is none.
func (c *Component) definition(name string) *definition {
	for i := range c.jobs {
		if c.jobs[i].Name == name {
			return &c.jobs[i]
		}
	}
	return nil
}

// define checks a job and fills in what it leaves to us.
func define(job schedule.Job) (definition, error) {
	d := definition{Job: job}
	d.Timezone = cmp.Or(job.Timezone, "UTC")
	d.Timeout = cmp.Or(job.Timeout, schedule.DefaultTimeout)
	d.Overlap = cmp.Or(job.Overlap, schedule.Skip)
	d.Misfire = cmp.Or(job.Misfire, schedule.Once)
	times, err := parseTimetable(job.Schedule, d.Timezone)
	d.times = times
	switch {
	case !jobName.MatchString(job.Name):
		err = errors.New("want a name such as \"backup\"")
	case err != nil:
	case job.Run == nil:
		err = errors.New("it does nothing")
	case d.Timeout < 0, d.Jitter < 0:
		err = errors.New("a negative time")
	case !slices.Contains([]schedule.Overlap{schedule.Skip, schedule.Queue, schedule.Allow}, d.Overlap):
		err = fmt.Errorf("unknown overlap %q", d.Overlap)
	case !slices.Contains([]schedule.Misfire{schedule.Drop, schedule.Once, schedule.Each}, d.Misfire):
		err = fmt.Errorf("unknown misfire %q", d.Misfire)
	}
	if err != nil {
		return definition{}, fmt.Errorf("job %q: %w", job.Name, err)
	}
	return d, nil
}

// timesOf returns the timetable that counts for the job: that of an operator, or of
// the version of the application that was started last.
func (d *definition) timesOf(job Job) timetable {
	schedule, timezone := job.effective()
	if schedule != d.Schedule || timezone != d.Timezone {
		// One that another version accepted and this one does not has no effect.
		if times, err := parseTimetable(schedule, timezone); err == nil {
			return times
		}
	}
	return d.times
}

// newInstanceID returns an id that tells people which process it is.
func newInstanceID() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), strings.ToLower(rand.Text()[:6]))
}
