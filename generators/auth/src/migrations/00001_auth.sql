-- +goose Up

-- Times are milliseconds since 1970; 0 is never. Secrets that people or programs
-- show (passwords, cookies, links, refresh tokens, recovery codes) are here as
-- hashes only. What the application has to read again is sealed with AUTH_SECRET.
CREATE TABLE auth_users (
	id TEXT PRIMARY KEY,
	email TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	admin BOOLEAN NOT NULL,
	password TEXT NOT NULL,
	totp_key TEXT NOT NULL,
	totp_step BIGINT NOT NULL,
	verified_at BIGINT NOT NULL,
	disabled_at BIGINT NOT NULL,
	created_at BIGINT NOT NULL
);
CREATE INDEX auth_users_admin ON auth_users (admin);

-- Accounts at providers, by which users sign in.
CREATE TABLE auth_identities (
	issuer TEXT NOT NULL,
	subject TEXT NOT NULL,
	user_id TEXT NOT NULL REFERENCES auth_users (id) ON DELETE CASCADE,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (issuer, subject)
);
CREATE INDEX auth_identities_user ON auth_identities (user_id);

-- A session is one sign-in: of a browser, whose cookie is the secret, or of a
-- program, whose refresh tokens are in a table of their own.
CREATE TABLE auth_sessions (
	id TEXT PRIMARY KEY,
	user_id TEXT NOT NULL REFERENCES auth_users (id) ON DELETE CASCADE,
	kind TEXT NOT NULL,
	secret TEXT NOT NULL UNIQUE,
	address TEXT NOT NULL,
	agent TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	seen_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX auth_sessions_user ON auth_sessions (user_id);
CREATE INDEX auth_sessions_expires ON auth_sessions (expires_at);

-- Used ones stay until their session ends, to notice when one comes again.
CREATE TABLE auth_refresh_tokens (
	secret TEXT PRIMARY KEY,
	session_id TEXT NOT NULL REFERENCES auth_sessions (id) ON DELETE CASCADE,
	used_at BIGINT NOT NULL
);
CREATE INDEX auth_refresh_tokens_session ON auth_refresh_tokens (session_id);

-- What can be used once: links in mails, and sign-ins that wait for a code.
CREATE TABLE auth_tickets (
	secret TEXT PRIMARY KEY,
	user_id TEXT NOT NULL REFERENCES auth_users (id) ON DELETE CASCADE,
	purpose TEXT NOT NULL,
	email TEXT NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX auth_tickets_user ON auth_tickets (user_id, purpose);
CREATE INDEX auth_tickets_expires ON auth_tickets (expires_at);

CREATE TABLE auth_recovery_codes (
	user_id TEXT NOT NULL REFERENCES auth_users (id) ON DELETE CASCADE,
	hash TEXT NOT NULL,
	PRIMARY KEY (user_id, hash)
);

-- The keys that access tokens are signed with.
CREATE TABLE auth_keys (
	id TEXT PRIMARY KEY,
	private TEXT NOT NULL,
	created_at BIGINT NOT NULL
);

-- What was tried lately: full_at is when all attempts are there again.
CREATE TABLE auth_limits (
	name TEXT PRIMARY KEY,
	full_at BIGINT NOT NULL
);
CREATE INDEX auth_limits_full ON auth_limits (full_at);

-- What happened. It stays when the user goes.
CREATE TABLE auth_audit (
	id TEXT PRIMARY KEY,
	at BIGINT NOT NULL,
	event TEXT NOT NULL,
	user_id TEXT NOT NULL,
	actor_id TEXT NOT NULL,
	address TEXT NOT NULL,
	agent TEXT NOT NULL,
	detail TEXT NOT NULL
);
CREATE INDEX auth_audit_at ON auth_audit (at, id);
CREATE INDEX auth_audit_user ON auth_audit (user_id, at);

-- +goose Down

DROP TABLE auth_audit;
DROP TABLE auth_limits;
DROP TABLE auth_keys;
DROP TABLE auth_recovery_codes;
DROP TABLE auth_tickets;
DROP TABLE auth_refresh_tokens;
DROP TABLE auth_sessions;
DROP TABLE auth_identities;
DROP TABLE auth_users;
