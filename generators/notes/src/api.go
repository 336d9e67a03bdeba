package notes

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/database/src"
)

const (
	listPath = "/api/v1/notes"
	notePath = listPath + "/{id}"
)

// Routes has the operations.
func (c *Component) Routes(r *app.Routes) {
	operation := func(id, method, path, summary string, more func(*huma.Operation)) huma.Operation {
		o := huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"notes"}, Security: app.Everybody}
		more(&o)
		return o
	}
	can := func(statuses ...int) func(*huma.Operation) {
		return func(o *huma.Operation) { o.Errors = statuses }
	}
	huma.Register(r.API, operation("list-notes", http.MethodGet, listPath, "List notes, the newest first", can()), c.list)
	huma.Register(r.API, operation("create-note", http.MethodPost, listPath, "Create a note", func(o *huma.Operation) {
		o.DefaultStatus = http.StatusCreated
	}), c.create)
	huma.Register(r.API, operation("get-note", http.MethodGet, notePath, "Read a note", can(http.StatusNotFound)), c.get)
	huma.Register(r.API, operation("update-note", http.MethodPut, notePath, "Change a note",
		can(http.StatusNotFound, http.StatusPreconditionFailed)), c.update)
	huma.Register(r.API, operation("delete-note", http.MethodDelete, notePath, "Delete a note",
		can(http.StatusNotFound, http.StatusPreconditionFailed)), c.delete)
}

type (
	listInput  struct{ database.Page }
	listOutput struct{ Body database.PageOf[Note] }
)

func (c *Component) list(ctx context.Context, in *listInput) (*listOutput, error) {
	page, err := c.store.list(ctx, in.Page)
	if err != nil {
		return nil, err
	}
	return &listOutput{page}, nil
}

type (
	createInput  struct{ Body Draft }
	createOutput struct {
		Location string `header:"Location"`
		ETag     string `header:"ETag"`
		Body     *Note
	}
)

func (c *Component) create(ctx context.Context, in *createInput) (*createOutput, error) {
	note, err := c.store.create(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	return &createOutput{listPath + "/" + note.ID, etag(note), note}, nil
}

type (
	getInput struct {
		ID string `path:"id"`
	}
	noteOutput struct {
		ETag string `header:"ETag"`
		Body *Note
	}
)

func (c *Component) get(ctx context.Context, in *getInput) (*noteOutput, error) {
	return answer(c.store.get(ctx, in.ID))
}

// Target says which note is to be changed.
type Target struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match" doc:"The ETag that was read before; without one the note is changed whoever wrote it last"`
}

type updateInput struct {
	Target

	Body Draft
}

func (c *Component) update(ctx context.Context, in *updateInput) (*noteOutput, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return answer(c.store.update(ctx, in.ID, version, in.Body))
}

func (c *Component) delete(ctx context.Context, in *Target) (*struct{}, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return nil, problem(c.store.remove(ctx, in.ID, version))
}

func etag(note *Note) string { return strconv.Quote(strconv.FormatInt(note.Version, 10)) }

// version returns that of the ETag, 0 if any will do.
func (in *Target) version() (int64, error) {
	if in.IfMatch == "" || in.IfMatch == "*" {
		return 0, nil
	}
	version, err := strconv.ParseInt(strings.Trim(in.IfMatch, `"`), 10, 64)
	if err != nil || version <= 0 {
		return 0, problem(errChanged) // it is none of ours
	}
	return version, nil
}

func answer(note *Note, err error) (*noteOutput, error) {
	if err != nil {
		return nil, problem(err)
	}
	return &noteOutput{etag(note), note}, nil
}

// problem says what clients should know.
func problem(err error) error {
	switch {
	case errors.Is(err, errNotFound):
		return huma.Error404NotFound(err.Error())
	case errors.Is(err, errChanged):
		return huma.Error412PreconditionFailed(err.Error())
	default:
		return err
	}
}
