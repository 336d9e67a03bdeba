// Package remote lets commands ask the application that runs, on this machine or
// elsewhere.
package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

const (
	answerTimeout = 10 * time.Second
	answerLimit   = 4 << 20
)

// Client asks one running application, as its administrator.
type Client struct {
	base  string // URL without a slash at the end
	token string
}

// New returns a client for the application at the URL; "" is that which runs on
// this machine as a is configured.
func New(a *app.App, address string) (Client, error) {
	if address == "" {
		var err error
		if address, err = here(a); err != nil {
			return Client{}, err
		}
	} else if u, err := url.Parse(address); err != nil || u.Host == "" {
		return Client{}, &ExitError{Usage, fmt.Errorf("--url %q: want a URL such as http://localhost:8080", address)}
	}
	return Client{base: strings.TrimSuffix(address, "/"), token: a.AdminToken()}, nil
}

// here is where the application answers on this machine.
func here(a *app.App) (string, error) {
	for _, s := range app.All[interface{ Addresses() []app.Address }](a) {
		if all := s.Addresses(); len(all) > 0 {
			// Containers may not know the name localhost.
			return strings.Replace(all[0].URL, "//localhost:", "//127.0.0.1:", 1), nil
		}
	}
	return "", errors.New("no component serves requests")
}

// Ask sends a request, with body as JSON unless it is nil, and decodes the answer
// into result unless that is nil. What the application refuses is an error in its
// own words; no answer is an *ExitError with Unreachable.
func (c Client) Ask(ctx context.Context, method, path string, body, result any) error {
	status, text, err := c.Send(ctx, method, path, body)
	if err != nil {
		return err
	}
	if status >= http.StatusBadRequest {
		var problem struct {
			Detail string `json:"detail"`
		}
		if json.Unmarshal(text, &problem) != nil || problem.Detail == "" {
			return c.Stranger(path, status)
		}
		return errors.New(problem.Detail)
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(text, result); err != nil {
		return c.Stranger(path, status)
	}
	return nil
}

// Stranger is the error for an answer that no application gives.
func (c Client) Stranger(path string, status int) error {
	return &ExitError{Unreachable, fmt.Errorf("%s%s answers with status %d: is this the application?", c.base, path, status)}
}

// Send sends a request and returns the answer as it is.
func (c Client) Send(ctx context.Context, method, path string, body any) (status int, text []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	var content io.Reader = http.NoBody
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		content = bytes.NewReader(encoded)
	}
	address := c.base + path
	request, err := http.NewRequestWithContext(ctx, method, address, content)
	if err != nil {
		return 0, nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err // without the method in front
		}
		return 0, nil, &ExitError{Unreachable, fmt.Errorf("no answer from %s: %w", address, err)}
	}
	text, err = io.ReadAll(io.LimitReader(response.Body, answerLimit))
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return 0, nil, &ExitError{Unreachable, fmt.Errorf("no whole answer from %s: %w", address, err)}
	}
	return response.StatusCode, text, nil
}
