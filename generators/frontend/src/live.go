package frontend

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

const (
	// A comment so often keeps proxies from closing an idle stream.
	heartbeat = 15 * time.Second
	// A reader that takes nothing for so long is gone.
	writeTimeout = 10 * time.Second
)

// stream sends the fragments of a page that differ from what the browser has,
// each time that there is a new snapshot. draw makes the page from a snapshot,
// and returns false if there is no such page.
func (c *Component) stream(w http.ResponseWriter, r *http.Request, draw func(*snapshot) (view, bool)) {
	now, changed := c.current()
	v, ok := draw(now)
	if !ok {
		http.Error(w, "no such page", http.StatusNotFound)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // nginx would collect the events otherwise

	c.streams.Add(1)
	defer c.streams.Add(-1)
	ctx := r.Context()
	idle := time.NewTicker(heartbeat)
	defer idle.Stop()

	out := events{w: w, control: http.NewResponseController(w)}
	page := patcher{layout: r.URL.Query().Get("layout")}
	for ok {
		patch, err := page.patch(v)
		if err != nil {
			c.log.ErrorContext(ctx, "draw dashboard", "path", r.URL.Path, "error", err)
			return
		}
		if len(patch) > 0 && out.send(patch) != nil {
			return // the reader is gone
		}
		for waiting := true; waiting; {
			select {
			case <-changed:
				waiting = false
			case <-idle.C:
				if out.comment() != nil {
					return
				}
			case <-c.app.Draining():
				return
			case <-ctx.Done():
				return
			}
		}
		if _, err := c.app.Guard().Admit(r, app.Admin); err != nil {
			return // the session has ended meanwhile
		}
		now, changed = c.current()
		v, ok = draw(now)
	}
}

// patcher knows what a browser shows.
type patcher struct {
	layout string
	sent   map[string]string // fragment id to markup
}

// patch returns what must change in the browser for it to show v, as markup by
// the id of the element. All of the frame is replaced only if its layout is new.
func (p *patcher) patch(v view) (map[string]string, error) {
	patch := map[string]string{}
	frameIsNew := p.layout != v.layout()
	if frameIsNew {
		text, err := markup(v.frame)
		if err != nil {
			return nil, err
		}
		p.layout, patch[frameID] = v.layout(), text
	}
	sent := map[string]string{}
	for _, f := range v.all() {
		text, err := markup(f.content)
		if err != nil {
			return nil, err
		}
		sent[f.id] = text
		// A new frame has its fragments in it; the title is outside.
		if p.sent[f.id] != text && (!frameIsNew || f.id == titleID) {
			patch[f.id] = text
		}
	}
	p.sent = sent
	return patch, nil
}

// events writes server-sent events.
type events struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (e events) send(patch map[string]string) error {
	var data strings.Builder
	encoder := json.NewEncoder(&data) // ends with a line end
	encoder.SetEscapeHTML(false)      // nobody reads this as HTML before it is decoded
	if err := encoder.Encode(patch); err != nil {
		return err
	}
	return e.write("data: " + data.String() + "\n")
}

func (e events) comment() error { return e.write(":\n\n") }

func (e events) write(text string) error {
	// The server's own write timeout is for answers that come to an end.
	if err := e.control.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	if _, err := e.w.Write([]byte(text)); err != nil {
		return err
	}
	return e.control.Flush()
}
