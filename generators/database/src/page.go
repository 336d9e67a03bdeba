package database

import (
	"context"

	"github.com/uptrace/bun"
)

// Page says which part of a long list somebody asks for. Embed it in the input
// of an operation.
type Page struct {
	Limit  int `query:"limit" default:"20" minimum:"1" maximum:"100" doc:"How many items the answer holds at most"`
	Offset int `query:"offset" default:"0" minimum:"0" doc:"How many items come before those in the answer"`
}

// PageOf is a part of a long list.
type PageOf[T any] struct {
	Items  []T   `json:"items" nullable:"false"`
	Total  int64 `json:"total" doc:"How many items there are in all"`
	Limit  int   `json:"limit"`
	Offset int   `json:"offset"`
}

// List returns the page of what query selects. Without an order that tells any
// two rows apart, an item may appear on two pages and another on none.
func List[T any](ctx context.Context, query *bun.SelectQuery, page Page) (PageOf[T], error) {
	result := PageOf[T]{Items: []T{}, Limit: page.Limit, Offset: page.Offset}
	var err error
	result.Total, err = query.Limit(int64(page.Limit)).Offset(int64(page.Offset)).ScanAndCount(ctx, &result.Items)
	return result, err
}
