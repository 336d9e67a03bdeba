package backend_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

// BenchmarkBare and BenchmarkChain are a pair: their ratio is what everything
// between the connection and the handler costs. The others add to the second.

func BenchmarkBare(b *testing.B) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /plain", plain)
	server := httptest.NewServer(mux)
	defer server.Close()
	load(b, server.URL+"/plain")
}

func BenchmarkChain(b *testing.B) {
	s := serve(b, []string{"SHOP_LOG_LEVEL=warn", "SHOP_RATE_LIMIT=0"}, hello)
	load(b, s.url+"/plain")
}

func BenchmarkTypedOperation(b *testing.B) {
	s := serve(b, []string{"SHOP_LOG_LEVEL=warn", "SHOP_RATE_LIMIT=0"}, hello)
	load(b, s.url+"/hello")
}

func BenchmarkRateLimit(b *testing.B) {
	s := serve(b, []string{"SHOP_LOG_LEVEL=warn", "SHOP_RATE_LIMIT=1000000", "SHOP_RATE_BURST=1000000"}, hello)
	load(b, s.url+"/plain")
}

func BenchmarkAccessLog(b *testing.B) {
	s := serve(b, []string{"SHOP_RATE_LIMIT=0"}, hello)
	load(b, s.url+"/plain")
}

type message struct {
	Message string `json:"message"`
}

func plain(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(message{"hello"})
}

// hello serves the same, as a plain handler and as a typed operation.
func hello(r *app.Routes) {
	r.Handle("GET /plain", http.HandlerFunc(plain))
	huma.Register(r.API, huma.Operation{OperationID: "hello", Method: http.MethodGet, Path: "/hello"},
		func(context.Context, *struct{}) (*struct{ Body message }, error) {
			return &struct{ Body message }{message{"hello"}}, nil
		})
}

// load asks over and over on open connections. It reads as little as it can:
// the client shares the machine with the server that is measured.
func load(b *testing.B, url string) {
	b.Helper()
	host, path, _ := strings.Cut(strings.TrimPrefix(url, "http://"), "/")
	request := []byte("GET /" + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			b.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		buffer := make([]byte, 4096)
		for pb.Next() {
			if _, err := conn.Write(request); err != nil {
				b.Error(err)
				return
			}
			n := 0
			for !bytes.HasSuffix(buffer[:n], []byte("}\n")) { // where the body ends
				more, err := conn.Read(buffer[n:])
				if err != nil {
					b.Error(err)
					return
				}
				n += more
			}
			if !bytes.HasPrefix(buffer, []byte("HTTP/1.1 200 ")) {
				b.Errorf("got %q", buffer[:n])
				return
			}
		}
	})
}
