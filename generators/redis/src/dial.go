package redis

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"

	goredis "github.com/redis/go-redis/v9"
)

// connect returns a client that dials through the component: the address of the
// embedded server is known only once that runs, and the CA file is not read
// before it is needed.
func (c *Component) connect(o *goredis.Options) *goredis.Client {
	dialer := &net.Dialer{Timeout: o.DialTimeout}
	secure := o.TLSConfig
	o.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if c.embedded {
			return c.dialEmbedded(ctx, dialer)
		}
		if secure == nil {
			return dialer.DialContext(ctx, network, addr)
		}
		config, err := c.tls()
		if err != nil {
			return nil, err
		}
		config = config.Clone()
		config.InsecureSkipVerify = secure.InsecureSkipVerify // as the URL says
		return (&tls.Dialer{NetDialer: dialer, Config: config}).DialContext(ctx, network, addr)
	}
	client := goredis.NewClient(o)
	client.AddHook(trouble{})
	return client
}

func (c *Component) dialEmbedded(ctx context.Context, dialer *net.Dialer) (net.Conn, error) {
	addr, err := c.server.address()
	if err == nil {
		var conn net.Conn
		if conn, err = dialer.DialContext(ctx, "tcp", addr); err == nil {
			return conn, nil
		}
	}
	return nil, fmt.Errorf("no Redis server runs here: start the application, or set %sREDIS_URL (%w)", c.app.Prefix(), err)
}

// loadTLS returns how to check the certificates of servers.
func (c *Component) loadTLS() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.config.CAFile == "" {
		return config, nil
	}
	text, err := os.ReadFile(c.config.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read %sREDIS_CA_FILE: %w", c.app.Prefix(), err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%sREDIS_CA_FILE: %s holds no certificate", c.app.Prefix(), c.config.CAFile)
	}
	return config, nil
}
