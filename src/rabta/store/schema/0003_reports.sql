-- What other sources say happened: labels, never our own verdicts.
CREATE TABLE report (
  source TEXT NOT NULL,
  id TEXT NOT NULL,
  entity TEXT NOT NULL,
  start INTEGER NOT NULL,
  "end" INTEGER,
  kind TEXT NOT NULL,
  cause TEXT NOT NULL,
  says TEXT NOT NULL,
  link TEXT NOT NULL,
  PRIMARY KEY (source, id, entity)
) STRICT, WITHOUT ROWID;
CREATE INDEX report_by_entity ON report (entity, start);
