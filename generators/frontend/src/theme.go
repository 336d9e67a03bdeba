package frontend

import (
	"errors"
	"net/http"
	"slices"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/ui"
	"github.com/aegis-stack/aegis/generators/backend/src"
)

// Theme is how the pages look. Auto is what the reader's device prefers.
type Theme string

var themes = []Theme{"auto", "light", "dark"}

// UnmarshalText accepts the themes there are.
func (t *Theme) UnmarshalText(text []byte) error {
	if !slices.Contains(themes, Theme(text)) {
		return errors.New("want auto, light or dark")
	}
	*t = Theme(text)
	return nil
}

var themeIcons = map[Theme]string{
	"auto":  "M8 1.75a6.25 6.25 0 1 1 0 12.5a6.25 6.25 0 0 1 0-12.5ZM8 1.75v12.5M8 4.5h4.9M8 8h6.2M8 11.5h4.9",
	"light": "M8 5a3 3 0 1 1 0 6a3 3 0 0 1 0-6ZM8 1v1.2M8 13.8V15M1 8h1.2M13.8 8H15M3 3l.9.9M12.1 12.1l.9.9M3 13l.9-.9M12.1 3.9l.9-.9",
	"dark":  "M13.9 9.7A6.3 6.3 0 1 1 6.3 2.1a5 5 0 0 0 7.6 7.6Z",
}

// theme returns what the reader chose, or else the configured theme.
func (c *Component) theme(r *http.Request) Theme {
	if cookie, err := r.Cookie(c.themeCookie()); err == nil && slices.Contains(themes, Theme(cookie.Value)) {
		return Theme(cookie.Value)
	}
	return c.config.Theme
}

// Cookies do not know ports: applications on one machine would share a name.
func (c *Component) themeCookie() string { return c.app.Name + "_theme" }

// themeForm lets the reader choose, with and without a script.
func (c *Component) themeForm(r *http.Request) g.Node {
	chosen := c.theme(r)
	return h.Form(h.ID("theme"), h.Class("theme"), h.Method("post"), h.Action("/theme"),
		h.Role("group"), h.Aria("label", "Theme"),
		h.Input(h.Type("hidden"), h.Name("next"), h.Value(r.URL.RequestURI())),
		g.Map(themes, func(theme Theme) g.Node {
			pressed := "false"
			if theme == chosen {
				pressed = "true"
			}
			return h.Button(h.Name("theme"), h.Value(string(theme)), h.Aria("pressed", pressed), h.Title(label(string(theme))),
				ui.Icon(themeIcons[theme]), h.Span(h.Class("unseen"), g.Text(label(string(theme)))))
		}),
	)
}

// chooseTheme remembers the reader's choice for a year.
func (c *Component) chooseTheme(w http.ResponseWriter, r *http.Request) {
	theme := Theme(r.PostFormValue("theme"))
	if !slices.Contains(themes, theme) {
		http.Error(w, "no such theme", http.StatusBadRequest)
		return
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure is set whenever the connection is
		Name: c.themeCookie(), Value: string(theme), Path: "/", MaxAge: 365 * 24 * 3600,
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: backend.Encrypted(r),
	})
	goTo(w, r, r.PostFormValue("next"))
}
