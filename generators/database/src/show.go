package database

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/blueprints/service/ui"
)

const (
	pagePath   = "/components/database"
	backupPath = pagePath + "/backup"
	// measuring is how long the page waits for the sizes of the tables.
	measuring = 2 * time.Second
)

// Routes has the action of the page.
func (c *Component) Routes(r *app.Routes) {
	r.HandleAdmin("POST "+backupPath, http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		// It is finished even if nobody waits for it.
		if _, err := c.Backup(context.WithoutCancel(request.Context())); err != nil {
			c.log.ErrorContext(request.Context(), "backup failed", "error", err)
			http.Error(w, "The backup failed: see the log.", http.StatusInternalServerError)
			return
		}
		http.Redirect(w, request, pagePath, http.StatusSeeOther)
	}))
}

// Page shows the tables, the migrations and the backups.
func (c *Component) Page(ctx context.Context) (g.Node, error) {
	list, err := c.Migrations(ctx)
	if err != nil {
		// The status above says so already, and better.
		return ui.Section("Tables", h.P(g.Text("The database does not answer."))), nil //nolint:nilerr // see above
	}
	backups, err := c.Backups()
	if err != nil {
		return nil, err
	}
	return g.Group{c.tableSection(ctx), migrationSection(list), backupSection(backups)}, nil
}

func (c *Component) tableSection(ctx context.Context) g.Node {
	limit, cancel := context.WithTimeout(ctx, measuring)
	defer cancel()
	tables, err := c.opened.Tables(limit)
	if err != nil {
		return ui.Section("Tables", h.P(g.Text("There is too much in the tables to measure them for this page.")))
	}
	rows := make([]g.Node, len(tables))
	for i, t := range tables {
		rows[i] = ui.Row(h.Code(g.Text(t.Name)), g.Text(strconv.FormatInt(t.Rows, 10)), g.Text(bytes(t.Bytes)))
	}
	return ui.Section("Tables", ui.Table([]string{"Table", "Rows", "Size"}, rows...))
}

func migrationSection(list []Migration) g.Node {
	if len(list) == 0 {
		return nil
	}
	rows := make([]g.Node, len(list))
	for i, m := range list {
		when := ui.Badge(health.Warning)
		if !m.Pending() {
			when = moment(m.Applied)
		}
		rows[i] = ui.Row(g.Text(m.Owner), h.Code(g.Text(m.title())), when)
	}
	return ui.Section("Migrations", ui.Table([]string{"Owner", "Migration", "Applied"}, rows...))
}

func backupSection(backups []Backup) g.Node {
	rows := make([]g.Node, len(backups))
	for i, b := range backups {
		rows[i] = ui.Row(h.Code(g.Text(b.Name)), moment(b.Created), g.Text(bytes(b.Size)))
	}
	content := h.P(g.Text("There are none yet."))
	if len(rows) > 0 {
		content = ui.Table([]string{"Backup", "Created", "Size"}, rows...)
	}
	return ui.Section("Backups", ui.Action(backupPath, "Back up now"), content)
}

func moment(t time.Time) g.Node {
	return h.Time(h.DateTime(t.Format(time.RFC3339)), g.Text(t.Format("2006-01-02 15:04:05 UTC")))
}

// bytes writes a size for people.
func bytes(n int64) string {
	size, units := float64(n), []string{"B", "KiB", "MiB", "GiB", "TiB"}
	i := 0
	for ; size >= 1024 && i < len(units)-1; i++ {
		size /= 1024
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", size, units[i])
}
