// What the services of the compose files have in common.

function(model) {
  // The prefix of the application's environment variables.
  prefix:: std.asciiUpper(std.strReplace(model.name, '-', '_')) + '_',

  // variables gives names the prefix, also those that a comment is about.
  variables(values):: {
    [if name[0] == '#' then '#' + $.prefix + name[1:] else $.prefix + name]: values[name]
    for name in std.objectFields(values)
  },

  // What keeps a container from doing harm, and the disk from filling with logs.
  confined:: {
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    restart: 'unless-stopped',
    logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } },
  },

  // A server that only the application reaches.
  server:: $.confined + { networks: ['inside'] },

  // A container of the application's image, in production.
  program:: $.confined + {
    image: '${IMAGE:-' + model.name + '}:${VERSION:-latest}',
    environment: $.variables({ ENV: 'production' }),
    tmpfs: { '/tmp': true },
    networks: ['inside', 'outside'],
    // The application takes its time to finish what is in progress.
    stop_grace_period: (model.shutdownSeconds + 10) + 's',
  },

  // The services that run the application in production. What migrates the
  // database is one of them: it does not start without a complete configuration.
  programs::
    [role.name for role in model.deploy] +
    if std.member([c.name for c in model.components], 'database') then ['migrate'] else [],

  // every adds something to the services that run the application, in both files.
  every(service):: {
    dev+: { services+: { app+: service } },
    prod+: { services+: { [name]+: service for name in $.programs } },
  },
}
