// Command load asks a URL again and again until it is told to stop, and then
// says how many answers were not a success. It is for replacing containers
// meanwhile: some requests use a connection again, some make their own.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	url := flags.String("url", "", "what to ask")
	clients := flags.Int("clients", 8, "how many ask at the same time")
	pause := flags.Duration("pause", 40*time.Millisecond, "how long each waits between two requests")
	_ = flags.Parse(args) // it exits
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	var asked, failed atomic.Int64
	var slowest atomic.Int64
	var wg sync.WaitGroup
	for i := range *clients {
		client := &http.Client{
			Timeout:   20 * time.Second,
			Transport: &http.Transport{DisableKeepAlives: i%2 == 0},
		}
		wg.Go(func() {
			for ctx.Err() == nil {
				began := time.Now()
				if err := ask(client, *url); err != nil {
					fmt.Fprintf(os.Stderr, "%s: %v\n", time.Now().Format(time.TimeOnly), err)
					failed.Add(1)
				}
				asked.Add(1)
				if took := int64(time.Since(began)); took > slowest.Load() {
					slowest.Store(took)
				}
				time.Sleep(*pause)
			}
		})
	}
	wg.Wait()
	fmt.Printf("%d requests, %d failed, the slowest took %s\n", asked.Load(), failed.Load(), time.Duration(slowest.Load()).Round(time.Millisecond))
	if failed.Load() > 0 || asked.Load() == 0 {
		return 1
	}
	return 0
}

func ask(client *http.Client, url string) error {
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return nil
}
