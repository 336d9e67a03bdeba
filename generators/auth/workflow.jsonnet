// Where the containers that are tried out are reached, and what no provider has
// given: nobody signs in there.

local port(model) = [c for c in model.components if c.name == 'backend'][0].ports.api;

function(model) {
  jobs: {
    containers: {
      env: { AUTH_URL: 'http://127.0.0.1:%d' % port(model) } + {
        ['AUTH_' + std.asciiUpper(key) + '_CLIENT_ID']: 'ci'
        for key in std.objectFields(model.component.options.providers)
      },
    },
  },
}
