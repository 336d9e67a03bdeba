package backend

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

// newAPI returns the API that the components add their operations to.
func newAPI(a *app.App, config Config, mux *http.ServeMux) huma.API {
	settings := huma.DefaultConfig(a.Name, app.ReadBuild().Version)
	settings.OpenAPIPath = "" // served by docs.go, without needless variants
	settings.DocsPath = ""    // would load scripts from other hosts
	settings.SchemasPath = ""
	settings.Formats = formats()
	settings.CreateHooks = nil // would add a $schema to every answer
	settings.Transformers = []huma.Transformer{hideInternals(a)}
	settings.OnAddOperation = []huma.AddOpFunc{func(_ *huma.OpenAPI, op *huma.Operation) {
		op.MaxBodyBytes = config.BodyLimit
		op.BodyReadTimeout = config.ReadTimeout
		describe(op)
	}}
	admin := &huma.SecurityScheme{Type: "http", Scheme: "bearer", Description: "The value of " + a.Prefix() + "ADMIN_TOKEN"}
	settings.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"admin": admin}
	if _, alone := a.Guard().(*app.TokenGuard); !alone {
		admin.Description += ", or an access token of an administrator"
		settings.Components.SecuritySchemes["account"] = &huma.SecurityScheme{Type: "http", Scheme: "bearer", Description: "An access token"}
	}
	api := humago.New(mux, settings)

	// An operation keeps the middlewares that exist when it is registered: this
	// one comes before all, and asks the guard of the moment.
	api.UseMiddleware(func(ctx huma.Context, next func(huma.Context)) {
		if access := app.AccessTo(ctx.Operation()); !access.Open() {
			r, w := humago.Unwrap(ctx)
			known, err := a.Guard().Admit(r, access)
			if err != nil {
				refuse(a.Log, w, r, err)
				return
			}
			ctx = huma.WithContext(ctx, known)
		}
		next(ctx)
	})
	return api
}

// WhenUnavailable is the value of Retry-After for what is not possible at the
// moment: seconds.
const WhenUnavailable = "5"

// hideInternals keeps the text of unforeseen errors in the log: it may tell
// more about the inside than a client should know. What matters to the client is
// whether it may try again.
func hideInternals(a *app.App) huma.Transformer {
	return func(ctx huma.Context, status string, v any) (any, error) {
		model, ok := v.(*huma.ErrorModel)
		if !ok || !strings.HasPrefix(status, "5") || len(model.Errors) == 0 {
			return v, nil
		}
		for _, detail := range model.Errors {
			a.Log.ErrorContext(ctx.Context(), "operation failed", "operation", ctx.Operation().OperationID, "error", detail.Message)
		}
		public := *model
		public.Errors = nil
		_, w := humago.Unwrap(ctx)
		if x, ok := w.(*exchange); ok && model.Status == http.StatusInternalServerError && app.Unavailable(ctx.Context()) {
			// The API has chosen the status already.
			x.instead = http.StatusServiceUnavailable
			x.Header().Set("Retry-After", WhenUnavailable)
			public.Status, public.Title = x.instead, http.StatusText(x.instead)
			public.Detail = "not possible at the moment; try again later"
		}
		return &public, nil
	}
}

// guarded lets those through who have the access. Browsers are sent to the page
// where people can sign in, or learn why not.
func (c *Component) guarded(access app.Access, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		known, err := c.app.Guard().Admit(r, access)
		switch {
		case err == nil:
			w.Header().Set("Cache-Control", "no-store")
			next.ServeHTTP(w, r.WithContext(known))
		case isBrowser(r) && errors.Is(err, app.ErrForbidden):
			http.Redirect(w, r, forbiddenPath(access), http.StatusSeeOther)
		case isBrowser(r) && (errors.Is(err, app.ErrSignIn) || errors.Is(err, app.ErrClosed)):
			http.Redirect(w, r, signInPath(r), http.StatusSeeOther) //nolint:gosec // the path is ours, only its query is the client's
		default:
			refuse(c.log, w, r, err)
		}
	})
}

// refuse answers who was not admitted.
func refuse(log *slog.Logger, w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, app.ErrSignIn):
		w.Header().Set("WWW-Authenticate", "Bearer")
		problem(w, http.StatusUnauthorized, err.Error())
	case errors.Is(err, app.ErrForbidden), errors.Is(err, app.ErrClosed):
		problem(w, http.StatusForbidden, err.Error())
	default:
		log.ErrorContext(r.Context(), "cannot tell who may pass", "error", err)
		w.Header().Set("Retry-After", WhenUnavailable)
		problem(w, http.StatusServiceUnavailable, "this cannot be answered now; try again later")
	}
}

// isBrowser says whether somebody is looking for a page.
func isBrowser(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// forbiddenPath is the page that says what somebody lacks.
func forbiddenPath(access app.Access) string {
	path := "/forbidden"
	if permission, ok := access.Permission(); ok {
		path += "/" + url.PathEscape(permission)
	}
	return path
}

// signInPath is the page to sign in at, which leads back to where r wanted to.
func signInPath(r *http.Request) string {
	return "/login?next=" + url.QueryEscape(r.URL.RequestURI())
}
