// The workflow .github/workflows/ci.yml: everything that must hold of a commit,
// and a look for known vulnerabilities now and then.

local checkout = { uses: 'actions/checkout@v5' };
local go = { uses: 'actions/setup-go@v6', with: { 'go-version-file': 'go.mod' } };
local job(steps) = {
  'runs-on': 'ubuntu-latest',
  'timeout-minutes': 15,
  steps: [checkout, go] + steps,
};
// The schedule is for what changes although the code does not.
local onChange = { 'if': "github.event_name != 'schedule'" };

local port(model) = [c for c in model.components if c.name == 'backend'][0].ports.api;

function(model) {
  name: 'ci',
  on: {
    push: { branches: ['main'] },
    pull_request: {},
    schedule: [{ cron: model.ci.schedule }],
    workflow_dispatch: {},
  },
  permissions: { contents: 'read' },
  concurrency: {
    group: 'ci-${{ github.ref }}',
    'cancel-in-progress': "${{ github.event_name == 'pull_request' }}",
  },
  jobs: {
    test: onChange + job([
      { name: 'Build', run: 'make build' },
      { name: 'Vet', run: 'make vet' },
      { name: 'Test', run: 'make race' },
      { name: 'Modules', run: 'go mod tidy -diff' },
    ]),
    lint: onChange + job([
      { uses: 'golangci/golangci-lint-action@v8', with: { version: 'v2.15' } },
    ]),
    containers: onChange + job([
      { name: 'Build the image and start', run: 'make up' },
      { name: 'Probe', run: 'curl --fail --silent --show-error --retry 5 http://127.0.0.1:%d/readyz' % port(model) },
      { name: 'Log', 'if': 'failure()', run: 'docker compose -f compose.prod.yaml logs' },
      { name: 'Stop', run: 'make down' },
    ]),
    vulnerabilities: job([
      { name: 'Search', run: 'go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./...' },
    ]),
  },
}
