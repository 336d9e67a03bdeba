//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// taskCount is how many tasks a round has.
const taskCount = 10_000

// tasks measures tasks that do nothing, from being enqueued to having ended.
func (b *bench) tasks() error {
	redis, err := b.redis()
	if err != nil {
		fmt.Printf("\ntasks are not measured: %v\n", err)
		return nil
	}
	defer redis.stop()
	title := fmt.Sprintf("%d tasks, 20 at once", taskCount)
	rates := map[string][]float64{}
	for round := range b.rounds + 1 {
		for _, s := range []struct {
			name    string
			measure func() (float64, error)
		}{
			{"bare", func() (float64, error) { return b.bareTasks(redis.address) }},
			{"redis", func() (float64, error) { return b.loadTest(b.most, "REDIS_URL=redis://"+redis.address) }},
			{"database", func() (float64, error) { return b.loadTest(b.noRedis) }},
		} {
			rate, err := s.measure()
			if err != nil {
				return err
			}
			if round > 0 {
				rates[s.name] = append(rates[s.name], rate)
			}
			if err := redis.flush(); err != nil {
				return err
			}
		}
	}
	fmt.Printf("\n%-52s %9s %7s   aim\n", title, "per s", "ratio")
	var ratios []float64
	for i, bare := range rates["bare"] {
		ratios = append(ratios, rates["redis"][i]/bare)
	}
	fmt.Printf("%-52s %9.0f %7.2f\n", "the library alone, results kept", median(rates["bare"]), 1.0)
	fmt.Printf("%-52s %9.0f %7.2f   >= 0.95\n", "tasks in Redis", median(rates["redis"]), median(ratios))
	fmt.Printf("%-52s %9.0f\n", "tasks in the database, SQLite", median(rates["database"]))
	return nil
}

func (b *bench) bareTasks(address string) (float64, error) {
	out, err := command(b.dir, b.bareQueue, "redis://"+address, strconv.Itoa(taskCount))
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
}

var doneRate = regexp.MustCompile(`(?m)^done +(\d+)/s$`)

// loadTest runs the load test of an application, in a folder of its own.
func (b *bench) loadTest(program string, variables ...string) (float64, error) {
	cmd, err := b.application(program, variables, "load-test", "--tasks", strconv.Itoa(taskCount))
	if err != nil {
		return 0, err
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	match := doneRate.FindSubmatch(out)
	if match == nil {
		return 0, fmt.Errorf("the load test prints %s", out)
	}
	return strconv.ParseFloat(string(match[1]), 64)
}

// redisServer is one of this measurement's own, which is emptied again and again.
type redisServer struct {
	cmd     *exec.Cmd
	address string
	client  *goredis.Client
}

func (b *bench) redis() (*redisServer, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--dir", b.dir)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	r := &redisServer{cmd: cmd, address: address, client: goredis.NewClient(&goredis.Options{Addr: address})}
	for began := time.Now(); time.Since(began) < 10*time.Second; time.Sleep(10 * time.Millisecond) {
		if r.client.Ping(context.Background()).Err() == nil {
			return r, nil
		}
	}
	r.stop()
	return nil, errors.New("redis-server does not answer")
}

func (r *redisServer) flush() error { return r.client.FlushAll(context.Background()).Err() }

func (r *redisServer) stop() {
	_ = r.client.Close()
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
}
