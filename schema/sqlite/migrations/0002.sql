-- What is kept beside the graph: accounts, sessions, shares, apps, tokens, the audit.
CREATE TABLE entry (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  owner TEXT NOT NULL DEFAULT '',
  body TEXT NOT NULL,
  version INTEGER NOT NULL,
  expires REAL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_owner ON entry (kind, owner, key);
CREATE INDEX entry_expires ON entry (expires) WHERE expires IS NOT NULL;
