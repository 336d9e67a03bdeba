//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// answer is what came back for a request.
type answer struct {
	status int
	header http.Header
	body   []byte
	took   time.Duration
}

var client = &http.Client{
	Timeout:   20 * time.Second,
	Transport: &http.Transport{MaxIdleConnsPerHost: 100},
}

// ask sends a request, with body as JSON unless that is nil.
func ask(method, url string, body any) (answer, error) {
	began := time.Now()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return answer{}, err
		}
	}
	request, err := http.NewRequestWithContext(context.Background(), method, url, bytes.NewReader(text))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, content, time.Since(began)}, err
}

// read decodes what a GET of the URL answers.
func read(url string, result any) error {
	a, err := ask(http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	if a.status != http.StatusOK {
		return fmt.Errorf("%s answers %d %s", url, a.status, a.body)
	}
	return json.Unmarshal(a.body, result)
}

// load is many clients that send one request after the other.
type load struct {
	done, refused atomic.Int64

	end  chan struct{}
	all  sync.WaitGroup
	mu   sync.Mutex
	errs []error
	took []time.Duration
}

// start has n clients call send with consecutive numbers until stop. A client
// whose connection is refused leaves: nobody is there any more.
func start(n int, send func(number int64) error) *load {
	l := &load{end: make(chan struct{})}
	var numbers atomic.Int64
	for range n {
		l.all.Go(func() {
			for {
				select {
				case <-l.end:
					return
				default:
				}
				began := time.Now()
				err := send(numbers.Add(1))
				switch {
				case err == nil:
					l.done.Add(1)
				case errors.Is(err, syscall.ECONNREFUSED):
					l.refused.Add(1)
					return
				}
				l.mu.Lock()
				l.took = append(l.took, time.Since(began))
				if err != nil {
					l.errs = append(l.errs, err)
				}
				l.mu.Unlock()
			}
		})
	}
	return l
}

// stop ends the load and returns what went wrong.
func (l *load) stop() []error {
	close(l.end)
	return l.wait()
}

// wait waits until all clients have left.
func (l *load) wait() []error {
	l.all.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.errs
}

// longest is how long the slowest request took.
func (l *load) longest() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Max(append(l.took, 0)).Round(time.Millisecond)
}

// want fails with the answer unless it has the status.
func want(status int) func(answer, error) error {
	return func(a answer, err error) error {
		if err == nil && a.status != status {
			return fmt.Errorf("status %d, want %d: %s", a.status, status, a.body)
		}
		return err
	}
}

// first returns the first few errors, as one.
func first(errs []error) error { return errors.Join(errs[:min(3, len(errs))]...) }
