package app

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Routes is where components register what they serve.
//
// Typed operations go to API and appear in the OpenAPI document. Their Security
// says whom they answer: Everybody, SignedInOnly, AdminOnly or Only. Everything
// else (pages, streams, assets) goes to HandlePublic, HandleSignedIn, HandleAdmin
// or HandleOnly, with the patterns of http.ServeMux.
type Routes struct {
	API huma.API

	mux      *http.ServeMux
	guard    func(Access, http.Handler) http.Handler
	notFound http.Handler
	handled  []Endpoint
}

// NewRoutes returns Routes that register on mux. guard lets those through who
// have the access, and answers everybody else itself.
func NewRoutes(api huma.API, mux *http.ServeMux, guard func(Access, http.Handler) http.Handler) *Routes {
	return &Routes{API: api, mux: mux, guard: guard}
}

// Handle serves pattern for everybody, and leaves open whether that is meant:
// HandlePublic says so.
func (r *Routes) Handle(pattern string, h http.Handler) {
	r.record(pattern, Access{})
	r.mux.Handle(pattern, h)
}

// HandlePublic serves pattern for everybody.
func (r *Routes) HandlePublic(pattern string, h http.Handler) {
	r.record(pattern, Public)
	r.mux.Handle(pattern, h)
}

// HandleSignedIn serves pattern for those who have signed in to an account.
func (r *Routes) HandleSignedIn(pattern string, h http.Handler) { r.HandleOnly(SignedIn, pattern, h) }

// HandleAdmin serves pattern for administrators only.
func (r *Routes) HandleAdmin(pattern string, h http.Handler) { r.HandleOnly(Admin, pattern, h) }

// HandleOnly serves pattern for those who have the access.
func (r *Routes) HandleOnly(access Access, pattern string, h http.Handler) {
	r.record(pattern, access)
	r.mux.Handle(pattern, r.guard(access, h))
}

// HandleNotFound serves browsers that ask for a page that does not exist. The
// handler sets the status itself. Everybody else gets a problem document.
func (r *Routes) HandleNotFound(h http.Handler) { r.notFound = h }

// NotFound returns what HandleNotFound was given, or nil.
func (r *Routes) NotFound() http.Handler { return r.notFound }

// Endpoint is one line of the list of routes.
type Endpoint struct {
	Method  string `json:"method"` // empty: any
	Path    string `json:"path"`
	Summary string `json:"summary"`
	Access  Access `json:"access"`
}

// Address is where something can be reached.
type Address struct {
	Name string // what is there
	URL  string
}

func (r *Routes) record(pattern string, access Access) {
	method, path, ok := strings.Cut(pattern, " ")
	if !ok {
		method, path = "", pattern
	}
	r.handled = append(r.handled, Endpoint{Method: method, Path: path, Access: access})
}

// Endpoints lists everything that is registered, sorted by path and method.
func (r *Routes) Endpoints() []Endpoint {
	list := slices.Clone(r.handled)
	for path, item := range r.API.OpenAPI().Paths {
		for _, op := range []*huma.Operation{
			item.Get, item.Put, item.Post, item.Delete, item.Options, item.Head, item.Patch, item.Trace,
		} {
			if op != nil {
				list = append(list, Endpoint{Method: op.Method, Path: path, Summary: op.Summary, Access: AccessTo(op)})
			}
		}
	}
	slices.SortFunc(list, func(a, b Endpoint) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return list
}
