-- +goose Up
CREATE TABLE accounts (name TEXT PRIMARY KEY, balance BIGINT NOT NULL);
INSERT INTO accounts (name, balance) VALUES ('from', 0), ('to', 0);
CREATE TABLE moves (id TEXT PRIMARY KEY, amount BIGINT NOT NULL);

-- +goose Down
DROP TABLE moves;
DROP TABLE accounts;
