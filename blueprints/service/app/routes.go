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
// Typed operations go to API and appear in the OpenAPI document. An operation
// that is not for everybody carries SignedInOnly or AdminOnly as its Security.
// Everything else (pages, streams, assets) goes to Handle, HandleSignedIn or
// HandleAdmin, with the patterns of http.ServeMux.
type Routes struct {
	API huma.API

	mux      *http.ServeMux
	guard    func(Access, http.Handler) http.Handler
	notFound http.Handler
	handled  []Endpoint
}

// Access says whom something answers.
type Access string

// What there is to be, from the least to the most.
const (
	Public   Access = "public"
	SignedIn Access = "signed in" // to an account of their own
	Admin    Access = "admin"
)

// What the Security of an operation is that is not public. Who has called it, is
// in its context; see Guard.
var (
	SignedInOnly = []map[string][]string{{"account": {}}}
	AdminOnly    = []map[string][]string{{"admin": {}}}
)

// NewRoutes returns Routes that register on mux. guard lets those through who
// have the access, and answers everybody else itself.
func NewRoutes(api huma.API, mux *http.ServeMux, guard func(Access, http.Handler) http.Handler) *Routes {
	return &Routes{API: api, mux: mux, guard: guard}
}

// Handle serves pattern for everybody.
func (r *Routes) Handle(pattern string, h http.Handler) {
	r.record(pattern, Public)
	r.mux.Handle(pattern, h)
}

// HandleSignedIn serves pattern for those who have signed in to an account.
func (r *Routes) HandleSignedIn(pattern string, h http.Handler) {
	r.record(pattern, SignedIn)
	r.mux.Handle(pattern, r.guard(SignedIn, h))
}

// HandleAdmin serves pattern for administrators only.
func (r *Routes) HandleAdmin(pattern string, h http.Handler) {
	r.record(pattern, Admin)
	r.mux.Handle(pattern, r.guard(Admin, h))
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

// AccessTo returns the access that the operation asks for.
func AccessTo(op *huma.Operation) Access {
	asks := func(scheme string) bool {
		return slices.ContainsFunc(op.Security, func(s map[string][]string) bool {
			_, ok := s[scheme]
			return ok
		})
	}
	switch {
	case asks("admin"):
		return Admin
	case asks("account"):
		return SignedIn
	default:
		return Public
	}
}
