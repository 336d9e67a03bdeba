package notes_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/database/src/databasetest"
	"github.com/aegis-stack/aegis/generators/notes/src"
)

// client calls the operations.
type client struct{ mux *http.ServeMux }

func newClient(t *testing.T) client {
	t.Helper()
	var c *notes.Component
	databasetest.New(t, func(a *app.App, db *database.Component) (_ app.Component, err error) {
		c, err = notes.New(a, db)
		return c, err
	})
	mux := http.NewServeMux()
	everybody := func(_ app.Access, h http.Handler) http.Handler { return h }
	c.Routes(app.NewRoutes(humago.New(mux, huma.DefaultConfig("test", "1")), mux, everybody))
	return client{mux}
}

// do returns the answer and decodes it into body, unless that is nil.
func (c client) do(t *testing.T, method, path, text string, body any, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(text))
	request.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		key, value, _ := strings.Cut(h, ": ")
		request.Header.Set(key, value)
	}
	answer := httptest.NewRecorder()
	c.mux.ServeHTTP(answer, request)
	if body != nil {
		if err := json.Unmarshal(answer.Body.Bytes(), body); err != nil {
			t.Fatalf("%s %s answers %d %s: %v", method, path, answer.Code, answer.Body, err)
		}
	}
	return answer
}

// create creates a note and returns its path and ETag.
func (c client) create(t *testing.T, title string) (path, etag string) {
	t.Helper()
	answer := c.do(t, http.MethodPost, "/api/v1/notes", `{"title":"`+title+`"}`, nil)
	if answer.Code != http.StatusCreated {
		t.Fatalf("creating answers %d %s", answer.Code, answer.Body)
	}
	return answer.Header().Get("Location"), answer.Header().Get("ETag")
}

func TestLifeOfANote(t *testing.T) {
	c := newClient(t)
	began := time.Now().Truncate(time.Millisecond)
	path, etag := c.create(t, "milk")
	var note struct {
		ID, Title, Text  string
		Version          int
		Created, Changed time.Time
	}
	if answer := c.do(t, http.MethodGet, path, "", &note); answer.Code != http.StatusOK || answer.Header().Get("ETag") != etag {
		t.Errorf("reading answers %d with the ETag %s, want %s", answer.Code, answer.Header().Get("ETag"), etag)
	}
	if note.Title != "milk" || note.Version != 1 || note.Created.Before(began) || !strings.HasSuffix(path, "/"+note.ID) {
		t.Errorf("it is %+v at %s", note, path)
	}
	created := note.Created
	if answer := c.do(t, http.MethodPut, path, `{"title":"bread","text":"brown"}`, &note); answer.Code != http.StatusOK {
		t.Errorf("changing answers %d", answer.Code)
	}
	c.do(t, http.MethodGet, path, "", &note)
	if note.Title != "bread" || note.Text != "brown" || note.Version != 2 || !note.Created.Equal(created) || note.Changed.Before(created) {
		t.Errorf("it is %+v", note)
	}
	if answer := c.do(t, http.MethodDelete, path, "", nil); answer.Code != http.StatusNoContent {
		t.Errorf("deleting answers %d", answer.Code)
	}
	if answer := c.do(t, http.MethodGet, path, "", nil); answer.Code != http.StatusNotFound {
		t.Errorf("then reading answers %d", answer.Code)
	}
}

func TestUnknownNotesAreProblems(t *testing.T) {
	c := newClient(t)
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
		var problem huma.ErrorModel
		answer := c.do(t, method, "/api/v1/notes/nobody", `{"title":"x"}`, &problem)
		if answer.Code != http.StatusNotFound || answer.Header().Get("Content-Type") != "application/problem+json" || problem.Detail != "there is no such note" {
			t.Errorf("%s answers %d %s", method, answer.Code, answer.Body)
		}
	}
}

func TestWhoWasSlowerIsTold(t *testing.T) {
	c := newClient(t)
	path, etag := c.create(t, "milk")
	if answer := c.do(t, http.MethodPut, path, `{"title":"bread"}`, nil, "If-Match: "+etag); answer.Code != http.StatusOK {
		t.Errorf("the faster one is answered %d %s", answer.Code, answer.Body)
	}
	for method, body := range map[string]string{http.MethodPut: `{"title":"eggs"}`, http.MethodDelete: ""} {
		for _, old := range []string{etag, `"x"`} {
			if answer := c.do(t, method, path, body, nil, "If-Match: "+old); answer.Code != http.StatusPreconditionFailed {
				t.Errorf("%s with %s is answered %d %s", method, old, answer.Code, answer.Body)
			}
		}
	}
	if answer := c.do(t, http.MethodDelete, path, "", nil, "If-Match: *"); answer.Code != http.StatusNoContent {
		t.Errorf("any version is answered %d %s", answer.Code, answer.Body)
	}
}

func TestPagesHoldEachNoteOnce(t *testing.T) {
	c := newClient(t)
	for range 5 {
		c.create(t, "milk")
	}
	seen := map[string]bool{}
	for _, offset := range []string{"0", "2", "4"} {
		var page struct {
			Items []struct{ ID string }
			Total int
		}
		c.do(t, http.MethodGet, "/api/v1/notes?limit=2&offset="+offset, "", &page)
		if page.Total != 5 || len(page.Items) > 2 {
			t.Errorf("a page is %+v", page)
		}
		for _, item := range page.Items {
			seen[item.ID] = true
		}
	}
	if len(seen) != 5 {
		t.Errorf("the pages hold %d notes", len(seen))
	}
}

func TestWhatIsNotANote(t *testing.T) {
	c := newClient(t)
	for _, body := range []string{`{}`, `{"title":""}`, `{"title":" "}`, `{"title":"x","version":7}`} {
		if answer := c.do(t, http.MethodPost, "/api/v1/notes", body, nil); answer.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s is answered %d %s", body, answer.Code, answer.Body)
		}
	}
	for _, query := range []string{"limit=0", "limit=101", "offset=-1", "limit=x"} {
		if answer := c.do(t, http.MethodGet, "/api/v1/notes?"+query, "", nil); answer.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s is answered %d", query, answer.Code)
		}
	}
	answer := c.do(t, http.MethodGet, "/api/v1/notes", "", nil)
	if !strings.Contains(answer.Body.String(), `"items":[]`) {
		t.Errorf("no notes are %s", answer.Body)
	}
}
