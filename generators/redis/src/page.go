package redis

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/ui"
)

// slowEntries is how many slow commands the page shows.
const slowEntries = 10

// facts are the lines of a server's own description that the page shows, and how
// to say it.
var facts = []struct {
	name, label string
	say         func(string) string // nil: as it is
}{
	{"redis_version", "Version", nil},
	{"redis_mode", "Mode", nil},
	{"role", "Role", nil},
	{"uptime_in_seconds", "Up for", sayDuration},
	{"used_memory_human", "Memory used", nil},
	{"used_memory_peak_human", "Memory used at most", nil},
	{"maxmemory", "Memory limit", sayLimit},
	{"maxmemory_policy", "When memory is full", nil},
	{"evicted_keys", "Keys evicted", nil},
	{"expired_keys", "Keys expired", nil},
	{"aof_enabled", "Append-only file", sayOn},
	{"rdb_last_bgsave_status", "Last snapshot", nil},
	{"connected_clients", "Clients", nil},
	{"blocked_clients", "Clients that wait", nil},
	{"rejected_connections", "Connections refused", nil},
	{"connected_slaves", "Replicas", nil},
}

func sayDuration(seconds string) string {
	d, err := time.ParseDuration(seconds + "s")
	if err != nil {
		return seconds
	}
	return d.String()
}

func sayLimit(bytes string) string {
	if bytes == "0" {
		return "none"
	}
	return bytes + " bytes"
}

func sayOn(flag string) string {
	if flag == "1" {
		return "on"
	}
	return "off"
}

// Page shows what the server says of itself, its databases and slow commands.
func (c *Component) Page(ctx context.Context) (g.Node, error) {
	r, err := read(ctx, c.client)
	if err != nil {
		// The status above says so already, and better.
		return ui.Section("Server", h.P(g.Text("The server does not answer."))), nil //nolint:nilerr // see above
	}
	nodes := g.Group{serverSection(r), keyspaceSection(r)}
	slow, err := c.client.SlowLogGet(ctx, slowEntries).Result()
	if err != nil {
		return nodes, nil //nolint:nilerr // the embedded server has no slow log, others may forbid to read it
	}
	rows := make([]g.Node, len(slow))
	for i, entry := range slow {
		rows[i] = ui.Row(
			g.Text(entry.Time.UTC().Format("2006-01-02 15:04:05 UTC")),
			g.Text(entry.Duration.Round(time.Microsecond).String()),
			g.Text(entry.ClientName),
			h.Code(g.Text(commandName(entry.Args))),
		)
	}
	return append(nodes, ui.Section("Slow commands", ui.Table([]string{"Time", "Took", "Client", "Command"}, rows...))), nil
}

func serverSection(r reading) g.Node {
	var rows []g.Node
	if r.info["redis_version"] == "" {
		rows = append(rows, ui.Row(g.Text("Version"), g.Text("embedded: for development, it forgets everything when it stops")))
	}
	for _, f := range facts {
		value := r.info[f.name]
		if value == "" {
			continue
		}
		if f.say != nil {
			value = f.say(value)
		}
		rows = append(rows, ui.Row(g.Text(f.label), g.Text(value)))
	}
	return ui.Section("Server", ui.Table([]string{"Property", "Value"}, rows...))
}

// keyspaceSection lists the databases of the server that hold something.
func keyspaceSection(r reading) g.Node {
	var rows []g.Node
	for _, db := range r.info.databases() {
		rows = append(rows, ui.Row(g.Text(strconv.Itoa(db.number)), g.Text(db.keys), g.Text(db.expiring)))
	}
	if rows == nil {
		return nil
	}
	return ui.Section("Databases", ui.Table([]string{"Number", "Keys", "Keys that expire"}, rows...))
}

// commandName leaves out what the command was about: that is data.
func commandName(args []string) string {
	if len(args) == 0 {
		return ""
	}
	name := strings.ToUpper(args[0])
	switch n := len(args) - 1; n {
	case 0:
		return name
	case 1:
		return name + " with 1 argument"
	default:
		return fmt.Sprintf("%s with %d arguments", name, n)
	}
}

// database is a line of a server's keyspace.
type database struct {
	number         int
	keys, expiring string
}

// databases returns those that hold something, by number.
func (i info) databases() []database {
	var list []database
	for name, value := range i {
		var d database
		if n, err := fmt.Sscanf(name, "db%d", &d.number); n != 1 || err != nil {
			continue
		}
		for part := range strings.SplitSeq(value, ",") {
			switch key, v, _ := strings.Cut(part, "="); key {
			case "keys":
				d.keys = v
			case "expires":
				d.expiring = v
			}
		}
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b database) int { return cmp.Compare(a.number, b.number) })
	return list
}
