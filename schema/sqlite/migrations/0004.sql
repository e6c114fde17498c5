-- Edits of very many images: written down whole at once, and into the rows of the images in slices.

CREATE TABLE bulk_edit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,     -- node of its change in the feed
  token TEXT NOT NULL UNIQUE,
  waiting BLOB                              -- roaring bitmap of the images not yet written; NULL when all are
) STRICT;
CREATE INDEX bulk_edit_waiting ON bulk_edit (id) WHERE waiting IS NOT NULL;

CREATE TABLE bulk_part (
  edit_id INTEGER NOT NULL REFERENCES bulk_edit ON DELETE CASCADE,
  undoes INTEGER NOT NULL,                  -- 0: what is set; 1: what undoes it
  position INTEGER NOT NULL,
  field TEXT NOT NULL,                      -- a column of image_edit, or tag, removed, album
  target INTEGER NOT NULL,                  -- of a tag or album, else 0
  value ANY,                                -- NULL: nothing is said
  images BLOB NOT NULL,                     -- roaring bitmap
  PRIMARY KEY (edit_id, undoes, position)
) STRICT, WITHOUT ROWID;

-- People are maker 0, so that what they tagged can be found by tag. Undo from before names rows that are gone.
DELETE FROM undo;
INSERT INTO maker (id, origin, model, version) VALUES (0, 'USER', '?', '');
UPDATE image_tag SET maker_id = 0
  WHERE maker_id IN (SELECT id FROM maker WHERE id <> 0 AND origin = 'USER' AND model = '' AND version = '');
DELETE FROM maker WHERE origin = 'USER' AND model = '' AND version = '';
UPDATE maker SET model = '' WHERE id = 0;
CREATE INDEX image_tag_user ON image_tag (tag_id, image_id) WHERE maker_id = 0;
CREATE INDEX tag_removed_tag ON tag_removed (tag_id);
CREATE INDEX image_rated ON image (rating, id) WHERE rating IS NOT NULL;
