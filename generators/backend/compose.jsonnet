// How requests reach the API. With several processes that answer, a proxy stands
// before them and sends each request to one that takes it.

function(model)
  local compose = (import 'compose.libsonnet')(model);
  local port = model.component.ports.api;
  local web = [role for role in model.deploy if role.name == 'web'][0];
  local published = {
    ports: { api: '${PUBLISH:-127.0.0.1:%d}:%d' % [port, port] },
    '#ports': 'Open to this machine. PUBLISH is the address and port to open instead.',
  };
  local listens = { environment: compose.variables({ ADDR: ':%d' % port }) };
  local proxied = {
    web+: {
      environment+: compose.variables({
        '#TRUSTED_PROXIES': 'Only the proxy reaches it, which tells who the clients are.',
        TRUSTED_PROXIES: '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16',
      }),
    },
    proxy: compose.confined + published + {
      '#': 'Sends each request to a web container that takes it. So they can be replaced\none by one, and nobody notices.',
      image: 'caddy:2-alpine',
      user: '65532:65532',
      // sh -c, because Compose keeps the configuration in one file with the rest.
      command: ['sh', '-c', 'printf %s "$$CADDYFILE" >/tmp/Caddyfile && exec caddy run --config /tmp/Caddyfile --adapter caddyfile'],
      environment: {
        XDG_CONFIG_HOME: '/tmp',
        XDG_DATA_HOME: '/tmp',
        CADDYFILE: |||
          {
          	admin off
          	auto_https off
          }
          :%(port)d {
          	reverse_proxy {
          		dynamic a {
          			name web
          			port %(port)d
          			refresh 1s
          		}
          		lb_try_duration 10s
          		lb_try_interval 100ms
          		fail_duration 2s
          		flush_interval -1
          	}
          }
        ||| % { port: port },
      },
      healthcheck: {
        test: ['CMD', 'wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:%d/readyz' % port],
        interval: '3s',
        timeout: '6s',
        start_period: '30s',
        retries: 3,
      },
      depends_on: { web: { condition: 'service_healthy' } },
      tmpfs: { '/tmp:mode=1777': true },
      // The file of the program carries this capability, and does not start without.
      cap_add: ['NET_BIND_SERVICE'],
      networks: ['outside'],
      stop_grace_period: (model.shutdownSeconds + 10) + 's',
    },
  };
  compose.every(listens) + {
    dev+: { services+: { app+: published } },
    prod+: { services+: if web.replicas > 1 then proxied else { web+: published } },
  }
