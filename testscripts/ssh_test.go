//go:build unix

package testscripts

import (
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var sshd = flag.String("sshd", "", "the OpenSSH server to ask the questions of init through")

// TestGuideOverSSH asks the questions through a server for one user with one
// key, on this machine.
func TestGuideOverSSH(t *testing.T) {
	if *sshd == "" {
		t.Skip("needs OpenSSH: go test ./testscripts -run TestGuideOverSSH -sshd /usr/sbin/sshd")
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"host", "key"} {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, name)).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	address := freeAddress(t)
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("Port %s\nListenAddress %s\nHostKey %s\nAuthorizedKeysFile %s\nStrictModes no\nUsePAM no\nPidFile none\nPrintMotd no\n",
		port, host, filepath.Join(dir, "host"), filepath.Join(dir, "key.pub"))
	if err := os.WriteFile(filepath.Join(dir, "config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	server := exec.Command(*sshd, "-D", "-e", "-f", filepath.Join(dir, "config"))
	server.Stderr = t.Output()
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	for end := time.Now().Add(deadline); ; time.Sleep(20 * time.Millisecond) {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err == nil {
			_ = conn.Close()
			break
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/ssh", UpdateScripts: os.Getenv("AEGIS_UPDATE") != "", RequireExplicitExec: true, RequireUniqueNames: true, Cmds: commands,
		Setup: func(env *testscript.Env) error {
			if err := setup(env); err != nil {
				return err
			}
			aegis, err := exec.LookPath("aegis")
			env.Setenv("AEGIS", aegis)
			env.Setenv("KEY", filepath.Join(dir, "key"))
			env.Setenv("PORT", port)
			env.Setenv("LOGIN", me.Username+"@"+host)
			return err
		},
	})
}

// freeAddress returns one of this machine that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}
