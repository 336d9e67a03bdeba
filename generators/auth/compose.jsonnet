// What the application needs to know of itself, of mail and of the providers in
// production.

function(model)
  local compose = (import 'compose.libsonnet')(model);
  local providers = [std.asciiUpper(key) for key in std.objectFields(model.component.options.providers)];
  local secret(provider) = 'auth_' + std.asciiLower(provider) + '_client_secret';
  {
    prod: {
      services: {
        [name]: {
          environment+: compose.variables({
            AUTH_URL: '${AUTH_URL:?where people reach the application, such as https://shop.example.com}',
            AUTH_SECRET_FILE: '/run/secrets/auth_secret',
          } + {
            ['AUTH_' + p + '_CLIENT_ID']: '${AUTH_' + p + '_CLIENT_ID:?what the provider knows the application by}'
            for p in providers
          } + {
            ['AUTH_' + p + '_CLIENT_SECRET_FILE']: '/run/secrets/' + secret(p)
            for p in providers
          }),
          secrets+: { auth_secret: true } + { [secret(p)]: true for p in providers },
        }
        for name in compose.programs
      },
    },
    secrets: {
      auth_secret: { doc: 'Seals the keys and second factors in the database.', value: '${random}' },
    } + {
      [secret(p)]: { doc: 'What the application shows the provider: what AUTH_' + p + '_CLIENT_SECRET says, or fill it in.', value: '${AUTH_' + p + '_CLIENT_SECRET:-}' }
      for p in providers
    },
  }
