-- What was announced: faults, maintenance, orders, days that matter. Unlike a report it
-- has somebody who is more or less believed, and counts in verdicts.
CREATE TABLE notice (
  id TEXT PRIMARY KEY,
  entity TEXT NOT NULL,
  start INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_by_entity ON notice (entity, start);
