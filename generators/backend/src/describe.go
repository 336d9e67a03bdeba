package backend

import (
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// describe adds to the description of an operation what may be answered before
// it is called, which no operation has to know of.
func describe(op *huma.Operation) {
	wrong, ok := op.Responses[strconv.Itoa(http.StatusInternalServerError)]
	if !ok {
		return // any error is described by one response, the default
	}
	statuses := []int{http.StatusBadRequest, http.StatusTooManyRequests, http.StatusServiceUnavailable}
	if op.RequestBody != nil {
		statuses = append(statuses, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if len(op.Security) > 0 {
		statuses = append(statuses, http.StatusUnauthorized, http.StatusForbidden)
	}
	for _, status := range statuses {
		if code := strconv.Itoa(status); op.Responses[code] == nil {
			op.Responses[code] = &huma.Response{Description: http.StatusText(status), Content: wrong.Content}
		}
	}
}
