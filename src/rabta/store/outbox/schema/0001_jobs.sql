-- What jobs wait for, once for all that wait for the same: a worker asks which of
-- these few are open, not which of a hundred thousand jobs may start.
CREATE TABLE gate (
  id INTEGER PRIMARY KEY,
  needs TEXT NOT NULL,
  host TEXT NOT NULL,
  UNIQUE (needs, host)
) STRICT;

CREATE TABLE job (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  work TEXT NOT NULL,
  title TEXT NOT NULL,
  priority INTEGER NOT NULL,
  deadline INTEGER,
  gate INTEGER NOT NULL REFERENCES gate (id),
  retry TEXT NOT NULL,
  key TEXT UNIQUE,
  size INTEGER,
  state TEXT NOT NULL DEFAULT 'waiting',
  created INTEGER NOT NULL,
  waits_for INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  runs INTEGER NOT NULL DEFAULT 0,
  done_bytes INTEGER NOT NULL DEFAULT 0,
  uplink TEXT NOT NULL DEFAULT '',
  says TEXT,
  parked INTEGER,
  due INTEGER,
  exit_code INTEGER,
  started INTEGER,
  finished INTEGER,
  token TEXT NOT NULL DEFAULT '',
  lease TEXT NOT NULL DEFAULT '',
  seen INTEGER,
  CHECK ((state = 'running') = (lease <> '')),
  CHECK ((parked IS NULL) = (due IS NULL))
) STRICT;

-- In the order in which jobs of one gate start; without a deadline: last.
CREATE INDEX job_ready ON job (gate, priority DESC, ifnull(deadline, 1 << 62), id)
  WHERE state = 'waiting' AND waits_for = 0;
-- Holds all that counting needs, so that a long queue is counted without reading it.
CREATE INDEX job_by_state ON job (state, id, size, done_bytes);

CREATE TABLE dependency (
  job INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  needs INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  PRIMARY KEY (job, needs)
) STRICT, WITHOUT ROWID;
CREATE INDEX dependency_by_needs ON dependency (needs, job);

CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  job INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  started INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  uplink TEXT NOT NULL,
  outcome TEXT NOT NULL,
  says TEXT,
  moved_bytes INTEGER NOT NULL
) STRICT;
CREATE INDEX run_by_job ON run (job, id);
