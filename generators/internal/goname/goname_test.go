package goname_test

import (
	"testing"

	"github.com/aegis-stack/aegis/generators/internal/goname"
)

func TestExported(t *testing.T) {
	for key, want := range map[string]string{
		"cleanup": "Cleanup", "send_report": "SendReport", "url": "URL", "send_url_2": "SendURL2", "http_api": "HTTPAPI", "urls": "Urls",
	} {
		if got := goname.Exported(key); got != want {
			t.Errorf("Exported(%q) = %q, want %q", key, got, want)
		}
	}
}
