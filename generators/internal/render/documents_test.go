package render

import (
	"strings"
	"testing"

	"github.com/joho/godotenv"
	"go.yaml.in/yaml/v3"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/schema"
)

// merged makes a document of parts that are all of it.
func merged(t *testing.T, document generators.Document, parts ...Part) *Document {
	t.Helper()
	documents, err := Merge(parts)
	if err != nil {
		t.Fatal(err)
	}
	return documents[document]
}

func variableWith(value string) object {
	return object{"default": value, "doc": "What it is.", "secret": false}
}

func TestEnvExample(t *testing.T) {
	project := &schema.Project{Name: "my-shop", Components: []schema.Component{{Name: "backend", Summary: "HTTP API"}, {Name: "cli"}}}
	environment := merged(t, generators.Environment,
		part("backend", generators.Environment, object{"ADDR": variableWith(":8080"), "ORIGINS": variableWith("")}),
		part("cli", generators.Environment, object{"COLOUR": variableWith("on"), "KEY": object{"default": "", "doc": "What it is.", "secret": true}}),
		part("service", generators.Environment, object{"ENV": object{"default": "development", "doc": "", "secret": false}}),
	)
	const want = `# What my-shop reads from the environment, with the defaults. For development,
# copy this file to .env and change it there.

## application

# MY_SHOP_ENV=development

## backend: HTTP API

# What it is.
# MY_SHOP_ADDR=:8080

# What it is.
# MY_SHOP_ORIGINS=

## cli

# What it is.
# MY_SHOP_COLOUR=on

# What it is.
# MY_SHOP_KEY=
# Or, in the environment, MY_SHOP_KEY_FILE names a file that holds it.
`
	if got := string(EnvExample(project, environment)); got != want {
		t.Errorf("EnvExample returned\n%s\nwant\n%s", got, want)
	}
}

// Whoever takes the comment signs away gets the defaults, whatever they hold.
func TestEnvExampleIsReadBack(t *testing.T) {
	for _, value := range []string{
		"", "plain", ":8080", "My Shop", `"quoted"`, "it's", "a # b", "#", "$HOME", "${HOME}'s", `back\slash`, `back\slash's`,
		" edges ", "umlaut ä", "a=b", "line\nbreak", "tab\there", "`tick`", "!",
	} {
		project := &schema.Project{Name: "shop"}
		environment := merged(t, generators.Environment, part("service", generators.Environment, object{"TITLE": variableWith(value)}))
		text := string(EnvExample(project, environment))
		text = strings.Replace(text, "# SHOP_TITLE", "SHOP_TITLE", 1)
		got, err := godotenv.Unmarshal(text)
		if err != nil || got["SHOP_TITLE"] != value {
			t.Errorf("%q is read back as %q, %v", value, got["SHOP_TITLE"], err)
		}
	}
}

func wiringOf(name string, needs ...any) object {
	return object{name: object{"package": name, "folder": "internal/" + name, "type": "Component", "needs": needs}}
}

func TestComponents(t *testing.T) {
	project := &schema.Project{Name: "shop", Module: "example.com/shop"}
	wiring := merged(t, generators.Wiring,
		part("api", generators.Wiring, wiringOf("api", "store", "cache")),
		part("cache", generators.Wiring, wiringOf("cache")),
		part("rate-limit", generators.Wiring, object{"rate-limit": object{"package": "ratelimit", "folder": "internal/rate-limit", "type": "Component", "needs": []any{"api"}}}),
		part("store", generators.Wiring, wiringOf("store", "cache")),
	)
	environment := merged(t, generators.Environment,
		part("api", generators.Environment, object{"TITLE": variableWith("say \"hi\"\n"), "ADDR": variableWith(":1"), "NONE": variableWith("")}))
	got, err := Components(project, wiring, environment)
	if err != nil {
		t.Fatal(err)
	}
	const want = `// Code generated from aegis.cue. DO NOT EDIT.

package main

import (
	"example.com/shop/internal/api"
	"example.com/shop/internal/app"
	"example.com/shop/internal/cache"
	"example.com/shop/internal/rate-limit"
	"example.com/shop/internal/store"
)

const name = "shop"

// defaults are the values of the environment variables that are not set.
var defaults = map[string]string{
	"ADDR":  ":1",
	"TITLE": "say \"hi\"\n",
}

// components returns the components of the application in the order in which
// they start.
func components(a *app.App) ([]app.Component, error) {
	cacheComponent, err := cache.New(a)
	if err != nil {
		return nil, err
	}
	storeComponent, err := store.New(a, cacheComponent)
	if err != nil {
		return nil, err
	}
	apiComponent, err := api.New(a, storeComponent, cacheComponent)
	if err != nil {
		return nil, err
	}
	ratelimitComponent, err := ratelimit.New(a, apiComponent)
	if err != nil {
		return nil, err
	}
	return []app.Component{cacheComponent, storeComponent, apiComponent, ratelimitComponent}, nil
}
`
	if string(got) != want {
		t.Errorf("Components returned\n%s\nwant\n%s", got, want)
	}
}

// A variant is made first and handed to its component, which alone is listed.
func TestComponentsWithVariants(t *testing.T) {
	variant := func(node, folder, typ string) Part {
		return part(node, generators.Wiring, object{node: object{"package": "postgres", "folder": folder, "type": typ, "needs": []any{}}})
	}
	wiring := merged(t, generators.Wiring,
		part("database", generators.Wiring, wiringOf("database", "database/postgres")),
		part("worker", generators.Wiring, wiringOf("worker", "worker/postgres", "database")),
		variant("database/postgres", "internal/database/postgres", "Engine"),
		variant("worker/postgres", "internal/worker/postgres", "Queue"),
	)
	got, err := Components(&schema.Project{Name: "shop", Module: "shop"}, wiring, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\t\"shop/internal/database\"\n\tdatabasepostgres \"shop/internal/database/postgres\"\n",
		"\tworkerpostgres \"shop/internal/worker/postgres\"\n",
		"databasepostgresEngine, err := databasepostgres.New(a)\n",
		"databaseComponent, err := database.New(a, databasepostgresEngine)\n",
		"workerComponent, err := worker.New(a, workerpostgresQueue, databaseComponent)\n",
		"return []app.Component{databaseComponent, workerComponent}, nil\n",
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("Components returned\n%s\nwant it to contain\n%s", got, want)
		}
	}
}

func TestComponentsRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		wiring []object
		want   []string
	}{
		{"not active", []object{wiringOf("worker", "redis"), wiringOf("cache", "redis", "worker")},
			[]string{"cache needs redis, which is not part of the project", "worker needs redis, which is not part of the project"}},
		{"a ring", []object{wiringOf("a", "b"), wiringOf("b", "c", "d"), wiringOf("c", "b"), wiringOf("d")},
			[]string{"wiring: b, c need each other"}},
		{"itself", []object{wiringOf("a", "a")}, []string{"wiring: a needs itself"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var parts []Part
			for _, w := range test.wiring {
				parts = append(parts, part("x", generators.Wiring, w))
			}
			_, err := Components(&schema.Project{Name: "shop", Module: "shop"}, merged(t, generators.Wiring, parts...), nil)
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("it failed with %v, want %q", err, want)
				}
			}
		})
	}
}

func TestWorkflow(t *testing.T) {
	workflow := merged(t, generators.Workflow, part("service", generators.Workflow, object{
		"jobs": object{
			"test": object{
				"runs-on": "ubuntu-latest", "timeout-minutes": 15.0,
				"steps": []any{
					object{"with": object{"go-version-file": "go.mod", "cache": true}, "uses": "actions/setup-go@v6"},
					object{"run": "go vet ./...\ngo test ./...\n", "name": "Test"},
				},
			},
			"lint": object{"needs": "test", "if": "github.event_name == 'schedule'"},
		},
		"on":          object{"push": object{"branches": []any{"main"}}, "schedule": []any{object{"cron": "17 4 * * 1"}}, "workflow_dispatch": nil},
		"permissions": object{},
		"name":        "ci",
	}))
	got, err := Workflow(workflow, "Made by hand.")
	if err != nil {
		t.Fatal(err)
	}
	const want = `# Made by hand.

name: ci

on:
  push:
    branches:
      - main
  schedule:
    - cron: "17 4 * * 1"
  workflow_dispatch:

permissions: {}

jobs:
  lint:
    if: github.event_name == 'schedule'
    needs: test

  test:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    steps:
      - uses: actions/setup-go@v6
        with:
          cache: true
          go-version-file: go.mod
      - name: Test
        run: |
          go vet ./...
          go test ./...
`
	if string(got) != want {
		t.Errorf("Workflow returned\n%s\nwant\n%s", got, want)
	}
}

// Every text must be read back as that text, and be quoted where a reader of
// YAML 1.1 would take it for something else.
func TestWorkflowTexts(t *testing.T) {
	for value, plain := range map[string]bool{
		"on": false, "Yes": false, "n": false, "NULL": false, "true": false, "~": false, "": false,
		"1": false, "1.5": false, "0x1f": false, "12:30": false, "2026-01-02": false, "+1": false,
		"a: b": false, "a:": false, "a #b": false, "- a": false, "*a": false, "&a": false, "!a": false, "@a": false, "%a": false,
		"{a}": false, "[a]": false, "a ": false, " a": false, `"a"`: false, "'a'": false, "a\tb": false, "\ufeff": false,
		"line\nbreak": true, "line\n": true, "\n": false, "  indented\nlines": false, "trailing \nspace": false,
		"actions/checkout@v5": true, "${{ github.ref }}": true, "go test ./...": true, "ubuntu-latest": true, "a:b": true,
		"github.event_name == 'schedule'": true, "./bin": false, ">=1.2": false, "|": false,
	} {
		out, err := Workflow(&Document{Tree: object{"key": value, "list": []any{value}}}, "")
		if err != nil {
			t.Fatal(err)
		}
		var back struct {
			Key  any   `yaml:"key"`
			List []any `yaml:"list"`
		}
		if err := yaml.Unmarshal(out, &back); err != nil || back.Key != value || len(back.List) != 1 || back.List[0] != value {
			t.Errorf("%q is read back as %q and %q, %v:\n%s", value, back.Key, back.List, err, out)
		}
		if quoted := strings.Contains(string(out), `key: "`); quoted == plain {
			t.Errorf("%q is written as\n%s", value, out)
		}
	}
}
