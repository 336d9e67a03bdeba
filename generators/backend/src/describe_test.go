package backend_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

// TestAnswersBeforeAnOperationAreDescribed compares what is answered in its place
// with the document.
func TestAnswersBeforeAnOperationAreDescribed(t *testing.T) {
	s := serve(t, []string{"SHOP_BODY_LIMIT=1024", "SHOP_ADMIN_TOKEN=correct horse battery", "SHOP_RATE_LIMIT=0.001", "SHOP_RATE_BURST=6"}, func(r *app.Routes) {
		huma.Register(r.API, huma.Operation{
			OperationID: "put", Method: http.MethodPut, Path: "/put", Security: app.AdminOnly, Errors: []int{http.StatusNotFound},
		}, func(context.Context, *struct{ Body struct{} }) (*struct{}, error) { return nil, nil })
	})
	var document struct {
		Paths map[string]map[string]struct {
			Responses map[string]json.RawMessage `json:"responses"`
		} `json:"paths"`
	}
	if err := json.Unmarshal([]byte(s.get(t, "/openapi.json").body), &document); err != nil {
		t.Fatal(err)
	}
	described := document.Paths["/put"]["put"].Responses
	for _, test := range []struct {
		what, body, kind, token string
		want                    int
	}{
		{"all is well", "{}", "application/json", "correct horse battery", http.StatusNoContent},
		{"nobody asks", "{}", "application/json", "", http.StatusUnauthorized},
		{"there is no body", "", "application/json", "correct horse battery", http.StatusBadRequest},
		{"the body is of another type", "x", "text/plain", "correct horse battery", http.StatusUnsupportedMediaType},
		{"the body is too large", strings.Repeat(" ", 2000) + "{}", "application/json", "correct horse battery", http.StatusRequestEntityTooLarge},
		{"there were too many requests", "{}", "application/json", "correct horse battery", http.StatusTooManyRequests},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, s.url+"/put", strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", test.kind)
		if test.token != "" {
			r.Header.Set("Authorization", "Bearer "+test.token)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != test.want {
			t.Errorf("when %s, it answers %d, want %d", test.what, response.StatusCode, test.want)
		}
		if text := string(described[strconv.Itoa(response.StatusCode)]); text == "" || test.want >= 400 && !strings.Contains(text, "ErrorModel") {
			t.Errorf("the document does not describe %d: %s", response.StatusCode, text)
		}
	}
	for _, status := range []string{"403", "404", "500", "503"} {
		if _, ok := described[status]; !ok {
			t.Errorf("the document does not describe %s", status)
		}
	}
}
