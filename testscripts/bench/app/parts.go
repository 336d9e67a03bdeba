//go:build linux

package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

func (b *bench) size() error {
	fmt.Printf("%-52s %9s   aim\n", "stripped static binary", "MB")
	for _, s := range []struct{ title, program, aim string }{
		{"bare net/http", b.bare, ""},
		{"nothing optional", b.least, "< 11"},
		{"everything: " + strings.Join(b.everything, ", "), b.most, "< 28"},
	} {
		info, err := os.Stat(s.program)
		if err != nil {
			return err
		}
		fmt.Printf("%-52s %9.2f   %s\n", s.title, float64(info.Size())/1e6, s.aim)
	}
	return nil
}

// startsPerRound are so many as a start is short.
const startsPerRound = 5

// ready measures the time from exec to the first good answer, in a new folder:
// with a database, its migrations are part of it.
func (b *bench) ready() error {
	times := map[string][]float64{}
	programs := []string{b.bare, b.least, b.most}
	for round := range startsPerRound*b.rounds + 1 {
		for _, program := range programs {
			p, err := b.start(program)
			if err != nil {
				return err
			}
			p.stop()
			if round > 0 {
				times[program] = append(times[program], float64(p.ready)/float64(time.Millisecond))
			}
		}
	}
	fmt.Printf("\n%-52s %9s %7s   aim (ms)\n", "from exec to ready", "ms", "ratio")
	for i, s := range []struct{ title, aim string }{{"bare net/http", ""}, {"nothing optional", ""}, {"everything", "< 50"}} {
		took := median(times[programs[i]])
		fmt.Printf("%-52s %9.1f %7.2f   %s\n", s.title, took, took/median(times[b.bare]), s.aim)
	}
	return nil
}

// memory measures everything in both shapes: with the Redis server that development
// embeds, and on one of its own, as production has it.
func (b *bench) memory() error {
	fmt.Printf("\n%-52s %9s %7s   aim (MB)\n", "resident memory after 10 s without requests", "MB", "ratio")
	type subject struct {
		title, program, aim string
		variables           []string
	}
	subjects := []subject{{"bare net/http", b.bare, "", nil}, {"nothing optional", b.least, "", nil}}
	redis, err := b.redis()
	if err == nil {
		defer redis.stop()
		subjects = append(subjects, subject{"everything", b.most, "< 30", []string{"REDIS_URL=redis://" + redis.address}})
	} else {
		fmt.Printf("everything is measured with an embedded server only: %v\n", err)
	}
	subjects = append(subjects, subject{"everything, with a Redis server embedded", b.most, "", []string{"REDIS_URL="}})
	var bare float64
	for _, s := range subjects {
		p, err := b.start(s.program, s.variables...)
		if err != nil {
			return err
		}
		time.Sleep(10 * time.Second)
		resident, err := p.resident()
		p.stop()
		if err != nil {
			return err
		}
		if s.program == b.bare {
			bare = resident
		}
		fmt.Printf("%-52s %9.1f %7.2f   %s\n", s.title, resident, resident/bare, s.aim)
	}
	return nil
}

// requests measures a typed operation behind all that a request passes through.
func (b *bench) requests() error {
	const quiet, loud = "LOG_LEVEL=warn", "LOG_LEVEL=info"
	const unlimited, limited = "RATE_LIMIT=0", "RATE_LIMIT=1000000"
	const burst = "RATE_BURST=1000000"
	const greetings = "/api/v1/greetings/world"
	subjects := []struct {
		title, program string
		variables      []string
		aim            string
	}{
		{"bare net/http", b.bare, nil, ""},
		{"the whole chain, without access log and limit", b.least, []string{quiet, unlimited}, ">= 0.85"},
		{"with a limit in memory", b.least, []string{quiet, limited, burst}, ""},
		{"with the access log", b.least, []string{loud, unlimited}, ">= 0.70"},
		{"everything selected, with its limit", b.most, []string{quiet, limited, burst}, ">= 0.50"},
	}
	measured := make([]figures, len(subjects))
	processes := make([]*process, len(subjects))
	measure := func(i int) (rate, cpu float64, err error) {
		before, err := processes[i].cpu()
		if err != nil {
			return 0, 0, err
		}
		if rate, err = load(processes[i].address, greetings, connections, b.span); err != nil {
			return 0, 0, fmt.Errorf("%s: %w", subjects[i].title, err)
		}
		after, err := processes[i].cpu()
		return rate, (after - before) / (rate * b.span.Seconds()) * 1e6, err
	}
	for i, s := range subjects {
		p, err := b.start(s.program, s.variables...)
		if err != nil {
			return err
		}
		defer p.stop()
		processes[i] = p
	}
	for round := range b.rounds + 1 {
		for i := 1; i < len(subjects); i++ {
			// Right before each the reference: the machine is not the same for long.
			bare, bareCPU, err := measure(0)
			if err != nil {
				return err
			}
			rate, cpu, err := measure(i)
			if err != nil {
				return err
			}
			if round > 0 {
				measured[0].add(bare, 1, bareCPU)
				measured[i].add(rate, rate/bare, cpu)
			}
		}
	}
	fmt.Printf("\n%-52s %9s %7s %7s   aim (ratio)\n", fmt.Sprintf("requests over %d connections", connections), "per s", "ratio", "cpu µs")
	for i, s := range subjects {
		fmt.Printf("%-52s %9.0f %7.2f %7.1f   %s\n", s.title, median(measured[i].rates), median(measured[i].ratios), median(measured[i].cpu), s.aim)
	}
	return nil
}

// figures are what each round has shown of a subject: requests per second, that in
// relation to the reference, and µs of processor time for a request.
type figures struct{ rates, ratios, cpu []float64 }

func (f *figures) add(rate, ratio, cpu float64) {
	f.rates, f.ratios, f.cpu = append(f.rates, rate), append(f.ratios, ratio), append(f.cpu, cpu)
}
