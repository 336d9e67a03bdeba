package cache

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

const apiPath = "/api/v1/cache"

// Routes serves administrators.
func (c *Component) Routes(r *app.Routes) {
	r.HandleAdmin("POST "+clearPath, http.HandlerFunc(c.clearFromPage))
	huma.Register(r.API, huma.Operation{
		OperationID: "cache-stats",
		Method:      http.MethodGet,
		Path:        apiPath,
		Summary:     "How useful the cache is",
		Tags:        []string{"cache"},
		Security:    app.AdminOnly,
	}, c.stats)
	huma.Register(r.API, huma.Operation{
		OperationID:   "clear-cache",
		Method:        http.MethodDelete,
		Path:          apiPath,
		Summary:       "Forget values",
		Description:   "Forgets all values, or those with one of the tags. Sessions stay.",
		Tags:          []string{"cache"},
		Security:      app.AdminOnly,
		DefaultStatus: http.StatusNoContent,
	}, c.clear)
}

type statsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         Stats
}

func (c *Component) stats(ctx context.Context, _ *struct{}) (*statsOutput, error) {
	s, err := c.Stats(ctx)
	if err != nil {
		return nil, huma.Error503ServiceUnavailable("the store of the cache does not answer")
	}
	return &statsOutput{CacheControl: "no-store", Body: s}, nil
}

type clearInput struct {
	Tags []string `query:"tag,explode" doc:"Forget only the values with one of these tags"`
}

func (c *Component) clear(ctx context.Context, in *clearInput) (*struct{}, error) {
	err := c.Invalidate(ctx, in.Tags...)
	if len(in.Tags) == 0 {
		err = c.Clear(ctx)
	}
	if err != nil {
		return nil, huma.Error503ServiceUnavailable("the store of the cache does not answer")
	}
	return nil, nil
}
