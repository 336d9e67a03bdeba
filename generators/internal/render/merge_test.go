package render

import (
	"reflect"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/generators"
)

type object = map[string]any

func part(owner string, document generators.Document, data object) Part {
	return Part{Owner: owner, Fragment: generators.Fragment{Document: document, Data: data}}
}

func TestMerge(t *testing.T) {
	redis := object{"image": "redis:8"}
	worker := object{"services": object{"redis": redis, "worker": object{"ports": []any{1.0}}}}
	documents, err := Merge([]Part{
		part("worker", "compose", worker),
		part("cache", "compose", object{"services": object{"redis": object{"image": "redis:8", "memory": "1g"}}, "volumes": object{}}),
		part("cache", "workflow", object{"services": "something else"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := object{
		"services": object{"redis": object{"image": "redis:8", "memory": "1g"}, "worker": object{"ports": []any{1.0}}},
		"volumes":  object{},
	}
	if got := documents["compose"].Tree; !reflect.DeepEqual(got, want) {
		t.Errorf("the document is %v, want %v", got, want)
	}
	if got := documents["compose"].Owner("volumes"); got != "cache" {
		t.Errorf("the owner of volumes is %q", got)
	}
	if _, changed := redis["memory"]; changed {
		t.Errorf("the fragment of worker has become %v", worker)
	}
}

func TestMergeReportsAllClashes(t *testing.T) {
	_, err := Merge([]Part{
		part("worker", "compose", object{"services": object{"redis": object{"image": "redis:8", "ports": []any{1.0}}}, "name": "a"}),
		part("cache", "compose", object{"services": object{"redis": object{"image": "redis:7", "ports": []any{2.0}}}, "name": object{"x": 1.0}}),
		part("auth", "compose", object{"services": object{"redis": nil}}),
	})
	if err == nil {
		t.Fatal("it succeeded")
	}
	for _, want := range []string{
		"3 errors",
		"compose: name: cache and worker disagree",
		"compose: services.redis: auth and cache disagree",
		"compose: services.redis: auth and worker disagree",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("it failed with\n%v\nwant %q", err, want)
		}
	}
	_, err = Merge([]Part{
		part("worker", "compose", object{"services": object{"redis": object{"image": "redis:8", "ports": []any{1.0}}}}),
		part("cache", "compose", object{"services": object{"redis": object{"image": "redis:7", "ports": []any{2.0}}}}),
	})
	for _, want := range []string{"services.redis.image: cache and worker disagree", "services.redis.ports: cache and worker disagree"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("it failed with\n%v\nwant %q", err, want)
		}
	}
}
