-- Observations dated further ahead than any clock error of a healthy machine: kept,
-- marked by being here, and in no chart.
CREATE TABLE doubtful (
  minute INTEGER NOT NULL,
  series INTEGER NOT NULL REFERENCES series (id),
  microsecond INTEGER NOT NULL,
  value REAL,
  failure TEXT,
  address INTEGER,
  spent_bytes INTEGER NOT NULL,
  detail TEXT,
  noticed_at INTEGER NOT NULL,
  PRIMARY KEY (minute, series, microsecond)
) STRICT, WITHOUT ROWID;

-- Checksums of the sealed files: Parquet pages carry none, and a flipped bit in
-- numbers that do not compress would read as another number. While a file is being
-- replaced it has two, of the old and of the new content.
CREATE TABLE sealed (
  path TEXT NOT NULL,
  crc32 INTEGER NOT NULL,
  PRIMARY KEY (path, crc32)
) STRICT, WITHOUT ROWID;

-- No sealed row of own probes is as new as this.
CREATE TABLE watermark (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  sealed_until INTEGER NOT NULL
) STRICT;
INSERT INTO watermark VALUES (1, 0);
