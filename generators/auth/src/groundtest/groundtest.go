// Package groundtest makes what users are built on, for tests of them and of what
// is built on them.
package groundtest

import (
	"encoding/json"
	"strings"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/app/apptest"
	"github.com/aegis-stack/aegis/generators/backend/src"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/database/src/databasetest"
	"github.com/aegis-stack/aegis/generators/frontend/src"
	"github.com/aegis-stack/aegis/generators/mail/src"
)

// Ground is the components that users need.
type Ground struct {
	Backend  *backend.Component
	Database *database.Component
	Frontend *frontend.Component
	Mail     *mail.Component
}

// New makes the components of a.
func New(a *app.App) (ground Ground, err error) {
	if ground.Backend, err = backend.New(a); err != nil {
		return ground, err
	}
	engines, err := databasetest.Engines(a)
	if err != nil {
		return ground, err
	}
	if ground.Database, err = database.New(a, engines...); err != nil {
		return ground, err
	}
	if ground.Frontend, err = frontend.New(a, ground.Backend); err != nil {
		return ground, err
	}
	ground.Mail, err = mail.New(a)
	return ground, err
}

// Components lists them, as New of an application returns them.
func (g Ground) Components() []app.Component {
	return []app.Component{g.Backend, g.Database, g.Frontend, g.Mail}
}

// Log is what an application writes, and what it would mail.
type Log struct{ apptest.Log }

// Letters returns the texts of all mail to the address. The log has to be in JSON.
func (l *Log) Letters(to string) []string {
	var texts []string
	for line := range strings.Lines(l.String()) {
		var entry struct {
			Component string `json:"component"`
			To        string `json:"to"`
			Text      string `json:"text"`
		}
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Component == "mail" && entry.To == to && entry.Text != "" {
			texts = append(texts, entry.Text)
		}
	}
	return texts
}
