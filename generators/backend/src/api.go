package backend

import (
	"errors"
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
	settings.CreateHooks = nil // would add a $schema to every answer
	settings.Transformers = []huma.Transformer{hideInternals(a)}
	settings.OnAddOperation = []huma.AddOpFunc{func(_ *huma.OpenAPI, op *huma.Operation) {
		op.MaxBodyBytes = config.BodyLimit
		op.BodyReadTimeout = config.ReadTimeout
	}}
	settings.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"admin": {Type: "http", Scheme: "bearer", Description: "The value of " + a.Prefix() + "ADMIN_TOKEN"},
	}
	api := humago.New(mux, settings)

	// An operation keeps the middlewares that exist when it is registered: this
	// one comes before all, and asks the guard of the moment.
	api.UseMiddleware(func(ctx huma.Context, next func(huma.Context)) {
		if app.IsAdminOnly(ctx.Operation()) {
			r, w := humago.Unwrap(ctx)
			if err := a.Guard().Allow(r); err != nil {
				refuse(w, err)
				return
			}
		}
		next(ctx)
	})
	return api
}

// retryAfter is how many seconds a client should wait before it tries again what
// was not possible for the moment.
const retryAfter = "5"

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
			x.Header().Set("Retry-After", retryAfter)
			public.Status, public.Title = x.instead, http.StatusText(x.instead)
			public.Detail = "not possible at the moment; try again later"
		}
		return &public, nil
	}
}

// adminOnly lets administrators through. Browsers are sent to the page where
// they can sign in, or learn why not.
func (c *Component) adminOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := c.app.Guard().Allow(r)
		switch {
		case err == nil:
			w.Header().Set("Cache-Control", "no-store")
			next.ServeHTTP(w, r)
		case isBrowser(r):
			http.Redirect(w, r, signInPath(r), http.StatusSeeOther) //nolint:gosec // the path is ours, only its query is the client's
		default:
			refuse(w, err)
		}
	})
}

func refuse(w http.ResponseWriter, err error) {
	status := http.StatusForbidden
	if errors.Is(err, app.ErrSignIn) {
		status = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	problem(w, status, err.Error())
}

// isBrowser says whether somebody is looking for a page.
func isBrowser(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// signInPath is the page to sign in at, which leads back to where r wanted to.
func signInPath(r *http.Request) string {
	return "/login?next=" + url.QueryEscape(r.URL.RequestURI())
}
