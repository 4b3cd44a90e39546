-- The leaves of the evidence log, numbered from 0; what is in is never changed.
CREATE TABLE leaf (
  number INTEGER PRIMARY KEY CHECK (number >= 0),
  body BLOB NOT NULL,
  hash BLOB NOT NULL,
  hour INTEGER, -- since 1970; none for a leaf that is no hour's
  rows INTEGER NOT NULL,
  entries BLOB NOT NULL -- what the leaf's hashes stand for, deflated
) STRICT;
CREATE INDEX leaf_by_hour ON leaf (hour, number);

-- In which leaf a target over an uplink was last entered.
CREATE TABLE entered (
  uplink TEXT NOT NULL,
  target TEXT NOT NULL,
  leaf INTEGER NOT NULL,
  PRIMARY KEY (uplink, target)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint (
  size INTEGER PRIMARY KEY,
  note TEXT NOT NULL,
  told INTEGER NOT NULL DEFAULT 0, -- whether it stands in a report
  token BLOB -- a time-stamping authority's word, once there is one
) STRICT;
CREATE INDEX checkpoint_told ON checkpoint (size) WHERE told;
CREATE INDEX checkpoint_stamped ON checkpoint (size) WHERE token IS NOT NULL;

CREATE TABLE identity (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  log TEXT NOT NULL,
  secret BLOB NOT NULL
) STRICT;

CREATE TRIGGER leaf_stays BEFORE UPDATE ON leaf
BEGIN SELECT raise(ABORT, 'a leaf is never changed'); END;
CREATE TRIGGER leaf_is_kept BEFORE DELETE ON leaf
BEGIN SELECT raise(ABORT, 'a leaf is never removed'); END;
CREATE TRIGGER checkpoint_stays BEFORE UPDATE OF size, note ON checkpoint
BEGIN SELECT raise(ABORT, 'a checkpoint is never changed'); END;
CREATE TRIGGER checkpoint_is_kept BEFORE DELETE ON checkpoint
BEGIN SELECT raise(ABORT, 'a checkpoint is never removed'); END;
