-- How long answers usually take, by what an uplink is attached to: after a start, what
-- is slower than before the power failed is slow, not usual.
CREATE TABLE usual_delay (
  uplink TEXT NOT NULL,
  family INTEGER NOT NULL,
  gateway TEXT NOT NULL,
  asn INTEGER NOT NULL,
  target TEXT NOT NULL,
  host TEXT NOT NULL,
  probe TEXT NOT NULL,
  seconds REAL NOT NULL,
  spread REAL NOT NULL,
  time INTEGER NOT NULL,
  PRIMARY KEY (uplink, family, gateway, asn, target)
) STRICT, WITHOUT ROWID;
