//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// bomb has a task that takes its process along each time. Like one that fails, it
// is dead after its last try. Both backends wait for leases to end, so they do it
// at the same time.
func (l *lab) bomb() error {
	backends := []string{"database", "redis"}
	shops, webs := make([]shop, len(backends)), make([]*process, len(backends))
	for i, backend := range backends {
		var err error
		if shops[i], err = l.shared(backend); err != nil {
			return err
		}
		if webs[i], err = l.serve(shops[i], "web"); err != nil {
			return err
		}
	}
	results := make(chan error)
	for i, backend := range backends {
		began := time.Now()
		go func() {
			died, err := l.explode(shops[i], webs[i])
			say("tasks in %s: the task is dead after %s, and %d processes died", backend, time.Since(began).Round(100*time.Millisecond), died)
			if err == nil && died != 2 {
				err = fmt.Errorf("%d processes died of a task with one retry", died)
			}
			results <- err
		}()
	}
	return errors.Join(<-results, <-results)
}

// explode restarts the worker, as a supervisor does, until the task is dead. It
// returns how often it had to.
func (l *lab) explode(s shop, web *process) (died int, err error) {
	a, err := ask(http.MethodPost, web.url+"/api/v1/tasks", map[string]string{"task": "bomb"})
	if err := want(http.StatusAccepted)(a, err); err != nil {
		return 0, err
	}
	var task struct{ ID, State, Error string }
	if err := json.Unmarshal(a.body, &task); err != nil {
		return 0, err
	}
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		address, err := freeAddress()
		if err != nil {
			return died, err
		}
		p, err := l.launch(s.with("ADDR="+address).command("serve", "--role", "worker"))
		if err != nil {
			return died, err
		}
		for ended := false; !ended; {
			select {
			case <-p.ended:
				died++
				ended = true
			case <-time.After(100 * time.Millisecond):
			}
			if err := read(web.url+"/api/v1/tasks/"+task.ID, &task); err != nil {
				return died, err
			}
			if task.State == "dead" {
				return died, nil
			}
		}
	}
	return died, fmt.Errorf("the task is %s", task.State)
}
