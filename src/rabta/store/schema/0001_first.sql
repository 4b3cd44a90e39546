-- Measurements of the hours that are not sealed yet, the hourly figures of all that
-- are, and the state that must survive a power cut.

CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  metric TEXT NOT NULL,
  entity TEXT NOT NULL,
  vantage TEXT NOT NULL,
  target TEXT NOT NULL,
  unit TEXT NOT NULL,
  worse TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  UNIQUE (source, metric, entity, vantage, target)
) STRICT;

CREATE TABLE address (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;

-- Clustered by minute, then series: a commit touches the few pages of the running
-- minute, and one series is still found with one seek a minute. Clustered by series
-- first, every observation would write a page of its own (see benchmarks/README.md).
CREATE TABLE raw (
  minute INTEGER NOT NULL,
  series INTEGER NOT NULL REFERENCES series (id),
  microsecond INTEGER NOT NULL,
  value REAL,
  failure TEXT,
  address INTEGER,
  spent_bytes INTEGER NOT NULL,
  detail TEXT,
  PRIMARY KEY (minute, series, microsecond)
) STRICT, WITHOUT ROWID;

CREATE TABLE hour (
  series INTEGER NOT NULL REFERENCES series (id),
  hour INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  lost INTEGER NOT NULL,
  minimum REAL,
  median REAL,
  p95 REAL,
  maximum REAL,
  PRIMARY KEY (series, hour)
) STRICT, WITHOUT ROWID;

CREATE TABLE status (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  written_at INTEGER NOT NULL,
  document BLOB NOT NULL
) STRICT;

CREATE TABLE verdict (
  id INTEGER PRIMARY KEY,
  entity TEXT NOT NULL,
  time INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX verdict_by_entity ON verdict (entity, time);

CREATE TABLE disruption (
  id INTEGER PRIMARY KEY,
  entity TEXT NOT NULL,
  kind TEXT NOT NULL,
  onset INTEGER NOT NULL,
  "end" INTEGER,
  onset_uncertainty_seconds REAL NOT NULL,
  depth REAL NOT NULL
) STRICT;
CREATE INDEX disruption_by_onset ON disruption (onset);
CREATE INDEX disruption_open ON disruption (entity) WHERE "end" IS NULL;

CREATE TABLE disruption_verdict (
  disruption INTEGER NOT NULL REFERENCES disruption (id),
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (disruption, version)
) STRICT, WITHOUT ROWID;

-- A verdict that was said stays as it was said.
CREATE TRIGGER verdict_stays BEFORE UPDATE ON verdict
BEGIN SELECT raise(ABORT, 'a verdict is never overwritten'); END;
CREATE TRIGGER disruption_verdict_stays BEFORE UPDATE ON disruption_verdict
BEGIN SELECT raise(ABORT, 'a verdict is never overwritten'); END;

CREATE TABLE resolved (
  host TEXT NOT NULL,
  family INTEGER NOT NULL,
  addresses TEXT NOT NULL,
  PRIMARY KEY (host, family)
) STRICT, WITHOUT ROWID;

CREATE TABLE gap (
  start INTEGER PRIMARY KEY,
  stop INTEGER NOT NULL CHECK (stop > start)
) STRICT;
