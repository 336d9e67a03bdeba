-- +goose Up

-- Who has which role. What a role lets people do is in the code; one that is not
-- there any more lets nobody do anything.
CREATE TABLE rbac_grants (
	user_id TEXT NOT NULL REFERENCES auth_users (id) ON DELETE CASCADE,
	role TEXT NOT NULL,
	granted_at BIGINT NOT NULL,
	PRIMARY KEY (user_id, role)
);
CREATE INDEX rbac_grants_role ON rbac_grants (role);

-- +goose Down

DROP TABLE rbac_grants;
