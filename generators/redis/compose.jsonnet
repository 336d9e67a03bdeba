// Redis, which keeps what it was given: queues wait in it. Nothing is evicted,
// and every change is on the volume within a second.

function(model)
  local compose = (import 'compose.libsonnet')(model);
  local command(options) = ['redis-server', '--appendonly', 'yes', '--save', '', '--maxmemory-policy', 'noeviction'] + options;
  local server = compose.server + {
    '#': 'The broker, and the cache. Only the application reaches it. Nothing is evicted,\nand every change is on the volume within a second.',
    image: 'redis:8-alpine',
    user: 'redis',
    healthcheck: {
      test: ['CMD', 'redis-cli', '-e', 'ping'],
      interval: '2s',
      timeout: '5s',
      start_period: '1m',
      retries: 5,
    },
    volumes: { redis: 'redis:/data' },
    tmpfs: { '/tmp': true },
    stop_grace_period: '30s',
  };
  local waits = compose.every({ depends_on: { redis: { condition: 'service_healthy' } } });

  waits + {
    dev+: {
      services+: {
        app+: { environment: compose.variables({ REDIS_URL: 'redis://redis:6379/0' }) },
        redis: std.mergePatch(server, { networks: null }) + { command: command([]), restart: 'no' },
      },
      volumes: { redis: null },
    },
    prod+: {
      services+: {
        [name]+: {
          environment: compose.variables({ REDIS_URL_FILE: '/run/secrets/redis_url' }),
          secrets: { redis_url: true },
        }
        for name in compose.programs
      } + {
        redis: server + {
          // In a file, so that no list of processes shows the password.
          command: command(['--aclfile', '/run/secrets/redis_users']),
          secrets: { redis_users: true },
          healthcheck+: { test: ['CMD', 'redis-cli', '-e', '--no-auth-warning', '--user', 'health', '--pass', 'none', 'ping'] },
        },
      },
      volumes: { redis: null },
    },
    secrets: {
      redis_password: { doc: 'What the application signs in to Redis with.', value: '${random}' },
      redis_url: { doc: 'Redis, for the application.', value: 'redis://default:${redis_password}@redis:6379/0' },
      redis_users: {
        doc: 'Who may do what in Redis: the application everything, the health check nothing else.',
        value: 'user default on >${redis_password} ~* &* +@all\nuser health on nopass resetkeys -@all +ping',
      },
    },
  }
