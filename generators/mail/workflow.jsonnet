// The containers are tried out without a server for mail: none is sent.

function(model) {
  jobs: { containers: { env: { MAIL_FROM: 'ci@example.com', MAIL_URL: 'smtp://127.0.0.1:25' } } },
}
