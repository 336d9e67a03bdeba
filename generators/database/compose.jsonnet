// The database: a file on a volume that all containers of the application share,
// or a server. In production a container of its own migrates it, and the others
// wait for that.

function(model)
  local compose = (import 'compose.libsonnet')(model);
  local name = std.strReplace(model.name, '-', '_');
  local backups = {
    environment+: compose.variables({ DATABASE_BACKUP_DIR: '/app/data/backups' }),
    volumes: { backups: 'backups:/app/data/backups' },
  };
  local migrates = { prod+: { services+: {
    migrate+: compose.program + {
      '#': 'Brings the structure of the database up to date, and ends.',
      command: ['migrate', 'up'],
      healthcheck: { disable: true },
      restart: 'no',
      networks: ['inside'],
    },
  } + {
    [role.name]+: { depends_on+: { migrate: { condition: 'service_completed_successfully' } } }
    for role in model.deploy
  } } };

  local sqlite =
    local file = backups { volumes+: { data: 'data:/app/data' } };
    local url = { environment+: compose.variables({ DATABASE_URL: 'sqlite:/app/data/%s.db' % model.name }) };
    migrates + compose.every(file + url) + {
      dev+: { volumes: { data: null, backups: null } },
      prod+: { volumes: { data: null, backups: null } },
    };

  local server = compose.server + {
    image: 'postgres:17',
    user: 'postgres',
    environment: { POSTGRES_USER: name, POSTGRES_DB: name },
    healthcheck: {
      // Over TCP: while it makes a new database, the server answers on its socket only.
      test: ['CMD', 'pg_isready', '-h', '127.0.0.1', '-U', name, '-d', name],
      interval: '2s',
      timeout: '5s',
      start_period: '1m',
      retries: 5,
    },
    volumes: { postgres: 'postgres:/var/lib/postgresql/data' },
    tmpfs: { '/tmp': true, '/var/run/postgresql:mode=1777': true },
    stop_grace_period: '1m',
  };
  local waits = { depends_on+: { postgres: { condition: 'service_healthy' } } };
  local secret = {
    environment+: compose.variables({ DATABASE_URL_FILE: '/run/secrets/database_url' }),
    secrets: { database_url: true },
  };
  local postgres = migrates + {
    dev: {
      services: {
        app: backups + waits + {
          environment+: compose.variables({ DATABASE_URL: 'postgres://%s:development@postgres:5432/%s?sslmode=disable' % [name, name] }),
        },
        postgres: std.mergePatch(server, { networks: null }) + {
          '#': 'The database. Only the application reaches it.',
          environment+: { POSTGRES_PASSWORD: 'development' },
          restart: 'no',
        },
      },
      volumes: { postgres: null, backups: null },
    },
    prod+: {
      services+: {
        [name]+: backups + waits + secret
        for name in compose.programs
      } + {
        postgres: server + {
          '#': 'The database. Only the application reaches it.',
          environment+: { POSTGRES_PASSWORD_FILE: '/run/secrets/postgres_password' },
          secrets: { postgres_password: true },
        },
      },
      volumes: { postgres: null, backups: null },
    },
    secrets: {
      postgres_password: { doc: 'What the application signs in to the database with.', value: '${random}' },
      database_url: { doc: 'The database, for the application.', value: 'postgres://%s:${postgres_password}@postgres:5432/%s?sslmode=disable' % [name, name] },
    },
  };

  if model.component.options.engine == 'sqlite' then sqlite else postgres
