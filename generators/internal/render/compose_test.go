package render

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/generators"
)

func TestCompose(t *testing.T) {
	compose := merged(t, generators.Compose,
		part("service", generators.Compose, object{
			"dev": object{"name": "shop", "services": object{"app": object{
				"#": "All of it.", "volumes": object{"data": "data:/data"}, "image": "shop:dev", "command": []any{"serve", "--role"},
			}}},
			"prod":    object{"name": "shop-prod", "services": object{"web": object{"secrets": object{"token": true}, "#image": "Ours.\nAlways.", "image": "shop"}}},
			"secrets": object{"token": object{"doc": "Opens.", "value": "${random}"}},
		}),
		part("store", generators.Compose, object{
			"dev":     object{"services": object{"app": object{"volumes": object{"backups": "backups:/backups"}}, "a": object{"image": "store"}}, "volumes": object{"data": nil}},
			"secrets": object{"a_url": object{"doc": "Where.", "value": "store://${password}@store"}, "password": object{"doc": "What for.", "value": "${random}"}},
		}),
	)
	dev, prod, secrets, err := Compose(compose)
	if err != nil {
		t.Fatal(err)
	}
	const wantDev = `
name: shop

services:
  a:
    image: store

  # All of it.
  app:
    image: shop:dev
    command: [serve, "--role"]
    volumes:
      - backups:/backups
      - data:/data

volumes:
  data:
`
	if _, body, _ := strings.Cut(string(dev), "as well.\n"); body != wantDev {
		t.Errorf("compose.yaml is\n%s\nwant\n%s", body, wantDev)
	}
	const wantProd = `
name: shop-prod

services:
  web:
    # Ours.
    # Always.
    image: shop
    secrets: [token]

# Files that deploy/secrets.sh makes. The application reads them where they are
# mounted, so that no description of a container shows them.
secrets:
  a_url:
    file: "./secrets/a_url"
  password:
    file: "./secrets/password"
  token:
    file: "./secrets/token"
`
	if _, body, _ := strings.Cut(string(prod), "as well.\n"); body != wantProd {
		t.Errorf("compose.prod.yaml is\n%s\nwant\n%s", body, wantProd)
	}

	dir := t.TempDir()
	script := filepath.Join(dir, "deploy", "secrets.sh")
	if err := os.Mkdir(filepath.Dir(script), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(script, secrets, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "sh", script).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, secrets)
	}
	password, err := os.ReadFile(filepath.Join(dir, "secrets", "password"))
	if err != nil || len(password) != 65 {
		t.Errorf("the password is %q, %v", password, err)
	}
	url, err := os.ReadFile(filepath.Join(dir, "secrets", "a_url"))
	if want := "store://" + strings.TrimSpace(string(password)) + "@store\n"; err != nil || string(url) != want {
		t.Errorf("the URL is %q, %v, want %q", url, err, want)
	}
}

// Two owners who want different values are told so.
func TestComposeClash(t *testing.T) {
	image := func(name string) object {
		return object{"dev": object{"services": object{"redis": object{"image": name}}}}
	}
	_, err := Merge([]Part{part("cache", generators.Compose, image("redis:7")), part("worker", generators.Compose, image("redis:8"))})
	if err == nil || !strings.Contains(err.Error(), "compose: dev.services.redis.image: cache and worker disagree") {
		t.Errorf("the error is %v", err)
	}
}
