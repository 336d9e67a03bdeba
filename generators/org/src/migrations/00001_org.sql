-- +goose Up

-- Times are milliseconds since 1970.
CREATE TABLE org_organisations (
	id TEXT PRIMARY KEY,
	slug TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	created_at BIGINT NOT NULL
);

CREATE TABLE org_members (
	org_id TEXT NOT NULL REFERENCES org_organisations (id) ON DELETE CASCADE,
	user_id TEXT NOT NULL REFERENCES auth_users (id) ON DELETE CASCADE,
	role TEXT NOT NULL,
	joined_at BIGINT NOT NULL,
	PRIMARY KEY (org_id, user_id)
);
CREATE INDEX org_members_user ON org_members (user_id);
CREATE UNIQUE INDEX org_members_owner ON org_members (org_id) WHERE role = 'owner';

-- The secret in the mail is here as a hash only. What somebody has offered goes
-- with them.
CREATE TABLE org_invitations (
	id TEXT PRIMARY KEY,
	secret TEXT NOT NULL UNIQUE,
	org_id TEXT NOT NULL REFERENCES org_organisations (id) ON DELETE CASCADE,
	email TEXT NOT NULL,
	role TEXT NOT NULL,
	invited_by TEXT NOT NULL,
	expires_at BIGINT NOT NULL,
	UNIQUE (org_id, email),
	FOREIGN KEY (org_id, invited_by) REFERENCES org_members (org_id, user_id) ON DELETE CASCADE
);

-- +goose Down

DROP TABLE org_invitations;
DROP TABLE org_members;
DROP TABLE org_organisations;
