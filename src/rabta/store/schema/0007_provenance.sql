-- Where imported and fetched data came from: told with everything made of them.
CREATE TABLE provenance (
  source TEXT NOT NULL,
  what TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  octets INTEGER NOT NULL,
  time INTEGER NOT NULL,
  licence TEXT NOT NULL,
  holder TEXT NOT NULL,
  kept INTEGER NOT NULL,
  aside INTEGER NOT NULL,
  partial TEXT NOT NULL,
  PRIMARY KEY (source, what, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX provenance_time ON provenance (time);
