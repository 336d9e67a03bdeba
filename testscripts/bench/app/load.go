//go:build linux

package main

import (
	"bytes"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const connections = 32

// load sends one request after the other over each of n connections for span,
// and returns how many were answered per second. It does as little as possible
// beside, for it runs on the processors that it measures.
func load(address, path string, n int, span time.Duration) (float64, error) {
	request := get(address, path)
	var answered atomic.Int64
	errs := make([]error, n)
	var wg sync.WaitGroup
	began := time.Now()
	for i := range n {
		wg.Go(func() { errs[i] = ask(address, request, began.Add(span), &answered) })
	}
	wg.Wait()
	took := time.Since(began)
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	return float64(answered.Load()) / took.Seconds(), nil
}

var (
	ok        = []byte("HTTP/1.1 200 ")
	headerEnd = []byte("\r\n\r\n")
	lengthKey = []byte("Content-Length: ")
)

func ask(address string, request []byte, until time.Time, answered *atomic.Int64) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(until.Add(10 * time.Second)); err != nil {
		return err
	}
	buffer := make([]byte, 16<<10)
	for time.Now().Before(until) {
		if err := exchange(conn, request, buffer); err != nil {
			return err
		}
		answered.Add(1)
	}
	return nil
}

func get(address, path string) []byte {
	return []byte("GET " + path + " HTTP/1.1\r\nHost: " + address + "\r\n\r\n")
}

// exchange sends the request and reads a good answer into buffer.
func exchange(conn net.Conn, request, buffer []byte) error {
	if _, err := conn.Write(request); err != nil {
		return err
	}
	for size := 0; ; {
		n, err := conn.Read(buffer[size:])
		if err != nil {
			return err
		}
		size += n
		if whole, err := complete(buffer[:size]); whole || err != nil {
			return err
		}
	}
}

// complete says whether answer is whole. It must be a good one.
func complete(answer []byte) (bool, error) {
	end := bytes.Index(answer, headerEnd)
	if end < 0 {
		return false, nil
	}
	if !bytes.HasPrefix(answer, ok) {
		return false, fmt.Errorf("the answer is %.200q", answer)
	}
	start := bytes.Index(answer[:end], lengthKey)
	if start < 0 {
		return false, fmt.Errorf("no length in %.200q", answer)
	}
	digits, _, _ := bytes.Cut(answer[start+len(lengthKey):], []byte("\r"))
	length, err := strconv.Atoi(string(digits))
	return len(answer) >= end+len(headerEnd)+length, err
}
