//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

// subject is one command under measurement.
type subject struct {
	dir  string
	args []string
	code int // the exit code that is expected

	// before prepares each run, outside the measured time.
	before func() error

	wall, cpu, memory []float64 // ms, ms and MB of each run
}

// compare runs the subjects in turn, after one round that does not count.
func (b *bench) compare(subjects ...*subject) error {
	for round := range b.rounds + 1 {
		for _, s := range subjects {
			if s.before != nil {
				if err := s.before(); err != nil {
					return err
				}
			}
			if err := s.run(round > 0); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *subject) run(count bool) error {
	var out bytes.Buffer
	cmd := exec.Command(s.args[0], s.args[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, &out, &out
	cmd.Env = append(os.Environ(), "NO_COLOR=1", "CUE_REGISTRY=none")
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	// The exit code says more than the error does.
	_ = cmd.Wait()
	took := time.Since(began)
	if got := cmd.ProcessState.ExitCode(); got != s.code {
		return fmt.Errorf("%q in %s: exit code %d, want %d\n%s", s.args, s.dir, got, s.code, out.String())
	}
	if !count {
		return nil
	}
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	s.wall = append(s.wall, ms(took))
	s.cpu = append(s.cpu, ms(cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()))
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return fmt.Errorf("no resource usage on this system")
	}
	s.memory = append(s.memory, float64(usage.Maxrss)/1024)
	return nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[n/2] + sorted[(n-1)/2]) / 2
}

// ratio prints what s costs in terms of ref.
func ratio(title string, s, ref *subject, aim string) {
	fmt.Printf("%-44s %7.2f %7.2f %7.2f   %-8s (%.1f ms against %.1f ms)\n", title,
		median(s.wall)/median(ref.wall), median(s.cpu)/median(ref.cpu), median(s.memory)/median(ref.memory),
		aim, median(s.wall), median(ref.wall))
}
