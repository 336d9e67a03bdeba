// What the application needs to know of itself and of mail in production.

function(model)
  local compose = (import 'compose.libsonnet')(model);
  {
    prod: {
      services: {
        [name]: {
          environment+: compose.variables({
            AUTH_URL: '${AUTH_URL:?where people reach the application, such as https://shop.example.com}',
            AUTH_SECRET_FILE: '/run/secrets/auth_secret',
          }),
          secrets+: { auth_secret: true },
        }
        for name in compose.programs
      },
    },
    secrets: {
      auth_secret: { doc: 'Seals the keys and second factors in the database.', value: '${random}' },
    },
  }
