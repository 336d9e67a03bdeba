package backend

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
)

const (
	livePath   = "/livez"
	readyPath  = "/readyz"
	healthPath = "/api/v1/health"
)

// Routes serves the probes, the health tree and the documentation.
func (c *Component) Routes(r *app.Routes) {
	r.HandlePublic("GET "+livePath, http.HandlerFunc(live))
	r.HandlePublic("GET "+readyPath, http.HandlerFunc(c.ready))
	huma.Register(r.API, huma.Operation{
		OperationID: "health",
		Method:      http.MethodGet,
		Path:        healthPath,
		Summary:     "How the application is doing",
		Description: "The tree of components for administrators, the status of the whole for everybody else.",
		Tags:        []string{"health"},
		Security:    app.Everybody,
	}, c.health)
	if c.app.Serves(app.Web) {
		c.docs(r)
	}
}

// healthInput keeps the request, which the guard wants to see.
type healthInput struct{ request *http.Request }

// Resolve is called by the API before the operation.
func (in *healthInput) Resolve(ctx huma.Context) []error {
	in.request, _ = humago.Unwrap(ctx)
	return nil
}

type healthOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         health.Node
}

func (c *Component) health(_ context.Context, in *healthInput) (*healthOutput, error) {
	tree := c.app.Monitor.Latest()
	if _, err := c.app.Guard().Admit(in.request, app.Admin); err != nil {
		tree = health.Node{Name: tree.Name, Status: tree.Status, CheckedAt: tree.CheckedAt}
	}
	return &healthOutput{CacheControl: "no-store", Body: tree}, nil
}

// probeAnswer is the body of the probes.
type probeAnswer struct {
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
}

// live says that the process answers, and nothing about what it depends on:
// restarting it would not help those.
func live(w http.ResponseWriter, _ *http.Request) {
	answerProbe(w, http.StatusOK, probeAnswer{Status: "live"})
}

func (c *Component) ready(w http.ResponseWriter, _ *http.Request) {
	if ok, reason := c.app.Ready(); !ok {
		answerProbe(w, http.StatusServiceUnavailable, probeAnswer{Status: "not ready", Reason: reason})
		return
	}
	answerProbe(w, http.StatusOK, probeAnswer{Status: "ready"})
}

func answerProbe(w http.ResponseWriter, status int, body probeAnswer) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	writeJSON(w, status, body)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic("backend: " + err.Error()) // all bodies here are plain structs
	}
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // the client has gone: nobody is left to tell
}
