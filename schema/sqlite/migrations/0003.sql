-- How a picture turned out, what it means as a vector beside texts, and when each edge was made by a machine.

ALTER TABLE image ADD COLUMN sharpness REAL;
ALTER TABLE image ADD COLUMN brightness REAL;
ALTER TABLE image ADD COLUMN contrast REAL;
ALTER TABLE image ADD COLUMN meaning_model TEXT NOT NULL DEFAULT '';
CREATE TABLE image_meaning (
  image_id INTEGER PRIMARY KEY REFERENCES image ON DELETE CASCADE,
  vector BLOB NOT NULL
) STRICT;

-- Microseconds since 1970, UTC; NULL where no machine made it, or it was made before this was kept.
ALTER TABLE image_tag ADD COLUMN made INTEGER;
ALTER TABLE face ADD COLUMN made INTEGER;
ALTER TABLE text_line ADD COLUMN made INTEGER;
