package postgres_test

import (
	"os"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/generators/schedulersql/src"
	"github.com/aegis-stack/aegis/generators/schedulersql/src/postgres"
	"github.com/aegis-stack/aegis/generators/schedulersql/src/schedulersqltest"
)

func clock(t *testing.T) schedulersql.Clock {
	t.Helper()
	if !strings.HasPrefix(os.Getenv("DATABASE_URL"), "postgres") {
		t.Skip("DATABASE_URL names no Postgres")
	}
	c, err := postgres.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestStore(t *testing.T) { schedulersqltest.Store(t, clock(t)) }

func TestReplica(t *testing.T) { schedulersqltest.Replica(t, clock(t)) }

func TestReplicas(t *testing.T) { schedulersqltest.Replicas(t, "TestReplica", clock(t)) }
