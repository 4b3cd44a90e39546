-- What a name resolves to is known per uplink: an answer forged on one is not used on
-- another. Of the older answers nobody knows whose they were; they are asked for again.
DROP TABLE resolved;
CREATE TABLE resolved (
  uplink TEXT NOT NULL,
  family INTEGER NOT NULL,
  host TEXT NOT NULL,
  addresses TEXT NOT NULL,
  PRIMARY KEY (uplink, family, host)
) STRICT, WITHOUT ROWID;
