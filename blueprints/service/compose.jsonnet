// The application itself: one container for development, one or more for each
// role in production.

local units = { MiB: 1, GiB: 1024 };

// Memory that Go collects garbage to stay below: a tenth less than the limit.
local goLimit(memory) =
  local n = std.length(memory);
  std.floor(std.parseJson(std.substr(memory, 0, n - 3)) * units[std.substr(memory, n - 3, 3)] * 0.9) + 'MiB';

function(model)
  local compose = (import 'compose.libsonnet')(model);
  local limits(role) = {
    [if std.objectHas(role, 'cpus') then 'cpus']: std.toString(role.cpus),
    [if std.objectHas(role, 'memory') then 'memory']: role.memory,
  };
  local roles = {
    [role.name]: compose.program + {
      '#': {
        web: 'Answers requests.',
        scheduler: 'Runs the jobs when they are due.',
        worker: 'Does the tasks in the queues.',
      }[role.name],
      command: ['serve', '--role', role.name],
      environment+: compose.variables({ ADMIN_TOKEN_FILE: '/run/secrets/admin_token' }) + {
        [if std.objectHas(role, 'memory') then 'GOMEMLIMIT']: goLimit(role.memory),
      },
      secrets: { admin_token: true },
      deploy: { replicas: role.replicas } + if limits(role) != {} then { resources: { limits: limits(role) } } else {},
    }
    for role in model.deploy
  };
  {
    dev: {
      name: model.name,
      services: {
        app: compose.confined + {
          '#': 'Every role in one process.',
          image: model.name + ':dev',
          build: { context: '.', args: { VERSION: '${VERSION:-devel}', REVISION: '${REVISION:-}' } },
          environment: compose.variables({ ENV: 'development' }),
          '#env_file': 'Settings of this machine. Above are those that make the container work.',
          env_file: { env: { path: '.env', required: false } },
          tmpfs: { '/tmp': true },
          restart: 'no',
          stop_grace_period: (model.shutdownSeconds + 10) + 's',
          '#develop': 'With "docker compose up --watch" the container is made again when the code changes.',
          develop: {
            watch: [
              { action: 'rebuild', path: path }
              for path in ['cmd', 'internal', 'go.mod', 'Dockerfile']
            ],
          },
        },
      },
    },
    prod: {
      name: model.name + '-prod',
      services: roles,
      networks: {
        inside: { '#': 'No way out, and none in: where the servers are.', internal: true },
        outside: { '#': 'What the application reaches others by, and is reached by.' },
      },
    },
    secrets: {
      admin_token: { doc: 'What an administrator signs in with.', value: '${random}' },
    },
  }
