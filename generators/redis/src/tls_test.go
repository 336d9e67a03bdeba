package redis_test

import (
	"crypto/tls"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
)

func TestEncryptedConnections(t *testing.T) {
	https := httptest.NewTLSServer(nil) // for its certificate
	t.Cleanup(https.Close)
	m, err := miniredis.RunTLS(&tls.Config{Certificates: https.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	dir := t.TempDir()
	file := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: https.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	none := filepath.Join(dir, "none.pem")
	if err := os.WriteFile(none, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ url, file, problem string }{
		{"rediss://" + m.Addr(), file, ""},
		{"rediss://" + m.Addr() + "?skip_verify=true", "", ""},
		{"rediss://" + m.Addr(), "", "certificate"},
		{"rediss://localhost:" + m.Port(), file, "certificate"}, // it is another's
		{"rediss://" + m.Addr(), none, "SHOP_REDIS_CA_FILE: " + none + " holds no certificate"},
		{"rediss://" + m.Addr(), filepath.Join(dir, "missing"), "read SHOP_REDIS_CA_FILE: "},
	} {
		c := mustNew(t, "ENV=production", "REDIS_URL="+test.url, "REDIS_CA_FILE="+test.file, "REDIS_RETRIES=0")
		err := c.Client().Ping(t.Context()).Err()
		if (err == nil) != (test.problem == "") || err != nil && !strings.Contains(err.Error(), test.problem) {
			t.Errorf("%s with %q: %v, want %q", test.url, test.file, err, test.problem)
		}
	}
}
