// Where the containers that are tried out are reached.

local port(model) = [c for c in model.components if c.name == 'backend'][0].ports.api;

function(model) {
  jobs: { containers: { env: { AUTH_URL: 'http://127.0.0.1:%d' % port(model) } } },
}
