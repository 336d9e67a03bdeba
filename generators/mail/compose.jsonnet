// The SMTP server is somebody else's. Its address is a secret with a password in
// it, that only you can fill in.

function(model)
  local compose = (import 'compose.libsonnet')(model);
  {
    prod: {
      services: {
        [name]: {
          environment+: compose.variables({
            MAIL_FROM: '${MAIL_FROM:?who mail comes from, such as no-reply@example.com}',
            MAIL_URL_FILE: '/run/secrets/mail_url',
          }),
          secrets+: { mail_url: true },
        }
        for name in compose.programs
      },
    },
    secrets: {
      mail_url: { doc: 'The SMTP server, smtp://user:password@mail.example.com:587: what MAIL_URL says, or fill it in.', value: '${MAIL_URL:-}' },
    },
  }
