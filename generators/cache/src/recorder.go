package cache

import "net/http"

// recorder holds an answer back until it is complete. One that becomes too
// large, or is flushed, goes its way.
type recorder struct {
	http.ResponseWriter

	header  http.Header
	limit   int
	passing func() // is called before the client gets it
	status  int    // 0: not said yet
	body    []byte
	passed  bool // the client has it
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// Header is that of the answer alone: what others have set for this client must
// not be kept for the next one.
func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	switch {
	case status < http.StatusOK:
		r.ResponseWriter.WriteHeader(status) // informational, before the answer
	case r.status == 0:
		r.status = status
	}
}

func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	if !r.passed && len(r.body)+len(b) > r.limit {
		if err := r.pass(); err != nil {
			return 0, err
		}
	}
	if r.passed {
		return r.ResponseWriter.Write(b)
	}
	r.body = append(r.body, b...)
	return len(b), nil
}

// FlushError is called by http.ResponseController.
func (r *recorder) FlushError() error {
	r.WriteHeader(http.StatusOK)
	if err := r.pass(); err != nil {
		return err
	}
	return http.NewResponseController(r.ResponseWriter).Flush()
}

// Flush is for handlers that ask for an http.Flusher.
func (r *recorder) Flush() { _ = r.FlushError() }

// pass sends what is there.
func (r *recorder) pass() error {
	if r.passed {
		return nil
	}
	r.passed = true
	r.passing()
	h := r.ResponseWriter.Header()
	for name, values := range r.header {
		if name == "Vary" {
			values = append(h[name], values...)
		}
		h[name] = values
	}
	r.ResponseWriter.WriteHeader(r.status)
	_, err := r.ResponseWriter.Write(r.body) //nolint:gosec // what the handler wrote
	return err
}

// answer returns what was recorded, nil if the client has it.
func (r *recorder) answer() *answer {
	if r.passed {
		return nil
	}
	r.WriteHeader(http.StatusOK) // what the server says for a handler that does not
	return &answer{status: r.status, header: r.header.Clone(), body: r.body}
}
