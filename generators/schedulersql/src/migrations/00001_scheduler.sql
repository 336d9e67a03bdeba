-- +goose Up

-- Times are milliseconds since 1970 by the clock of the database; 0 is none.
CREATE TABLE scheduler_jobs (
	name TEXT PRIMARY KEY,
	schedule TEXT NOT NULL,
	timezone TEXT NOT NULL,
	edited_schedule TEXT NOT NULL,
	edited_timezone TEXT NOT NULL,
	paused BOOLEAN NOT NULL,
	next_run BIGINT NOT NULL,
	owed_from BIGINT NOT NULL,
	owed_until BIGINT NOT NULL,
	queued BIGINT NOT NULL,
	trigger_at BIGINT NOT NULL,
	left_out BIGINT NOT NULL,
	fence BIGINT NOT NULL
);

CREATE TABLE scheduler_runs (
	id TEXT PRIMARY KEY,
	job TEXT NOT NULL,
	kind TEXT NOT NULL,
	scheduled_for BIGINT NOT NULL,
	attempt BIGINT NOT NULL,
	owner TEXT NOT NULL,
	status TEXT NOT NULL,
	started_at BIGINT NOT NULL,
	finished_at BIGINT NOT NULL,
	lease_until BIGINT NOT NULL,
	error TEXT NOT NULL,
	UNIQUE (job, kind, scheduled_for, attempt)
);

CREATE INDEX scheduler_runs_job ON scheduler_runs (job, started_at);
CREATE INDEX scheduler_runs_started ON scheduler_runs (started_at);
CREATE INDEX scheduler_runs_status ON scheduler_runs (status, finished_at);

CREATE TABLE scheduler_instances (
	id TEXT PRIMARY KEY,
	started_at BIGINT NOT NULL,
	seen_at BIGINT NOT NULL,
	stopped BOOLEAN NOT NULL
);

-- +goose Down

DROP TABLE scheduler_instances;
DROP TABLE scheduler_runs;
DROP TABLE scheduler_jobs;
