-- +goose Up

-- Times are milliseconds since 1970 by the clock of the database; 0 is none.
CREATE TABLE worker_tasks (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	queue TEXT NOT NULL,
	state TEXT NOT NULL,
	payload TEXT NOT NULL,
	result TEXT NOT NULL,
	error TEXT NOT NULL,
	progress TEXT NOT NULL,
	attempts BIGINT NOT NULL,
	retries BIGINT NOT NULL,
	timeout BIGINT NOT NULL,
	retention BIGINT NOT NULL,
	unique_key TEXT NOT NULL,
	unique_until BIGINT NOT NULL,
	enqueued_at BIGINT NOT NULL,
	due_at BIGINT NOT NULL,
	started_at BIGINT NOT NULL,
	ended_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	owner TEXT NOT NULL,
	fence BIGINT NOT NULL,
	lease_until BIGINT NOT NULL,
	cancel BOOLEAN NOT NULL
);

CREATE INDEX worker_tasks_due ON worker_tasks (state, queue, due_at, id);
CREATE INDEX worker_tasks_lease ON worker_tasks (lease_until) WHERE lease_until > 0;
CREATE INDEX worker_tasks_expires ON worker_tasks (expires_at) WHERE expires_at > 0;
CREATE UNIQUE INDEX worker_tasks_unique ON worker_tasks (unique_key) WHERE unique_key <> '';

CREATE TABLE worker_queues (
	name TEXT PRIMARY KEY,
	processed BIGINT NOT NULL,
	failed BIGINT NOT NULL
);

CREATE TABLE worker_processes (
	id TEXT PRIMARY KEY,
	host TEXT NOT NULL,
	pid BIGINT NOT NULL,
	started_at BIGINT NOT NULL,
	seen_at BIGINT NOT NULL,
	active BIGINT NOT NULL
);

-- +goose Down

DROP TABLE worker_processes;
DROP TABLE worker_queues;
DROP TABLE worker_tasks;
