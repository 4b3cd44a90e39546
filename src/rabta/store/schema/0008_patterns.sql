-- Disruptions of one entity that come again at the same hours. What was said of a
-- pattern stays as it was said; the newest version counts.
CREATE TABLE pattern (
  id INTEGER PRIMARY KEY,
  entity TEXT NOT NULL
) STRICT;
CREATE INDEX pattern_by_entity ON pattern (entity);

CREATE TABLE pattern_version (
  pattern INTEGER NOT NULL REFERENCES pattern (id),
  version INTEGER NOT NULL,
  time INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (pattern, version)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER pattern_version_stays BEFORE UPDATE ON pattern_version
BEGIN SELECT raise(ABORT, 'what was said of a pattern is never overwritten'); END;

-- The first version that counts a disruption in, and the first that no longer does.
CREATE TABLE pattern_window (
  disruption INTEGER NOT NULL REFERENCES disruption (id),
  pattern INTEGER NOT NULL REFERENCES pattern (id),
  since INTEGER NOT NULL,
  until INTEGER,
  PRIMARY KEY (disruption, pattern, since)
) STRICT, WITHOUT ROWID;
CREATE INDEX pattern_window_counts ON pattern_window (pattern) WHERE until IS NULL;
