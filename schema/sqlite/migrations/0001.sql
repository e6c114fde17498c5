-- A library: files on disk, the images they hold, what was understood, and what people said.
--
-- What people said (image_edit, tag_removed, edges of origin USER, face.person_origin = 'USER', album_image) lies apart
-- from what was read and computed, so that computing again never touches it, and undo is a changeset of those tables.
-- Paths are bytes. Moments are microseconds since 1970 of the wall clock they were read from.
-- ANY columns hold integers; one beyond 64 bits signed (an inode, a year-2400 mtime) is its decimal text.

CREATE TABLE library (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  epoch TEXT NOT NULL                       -- of the change feed; another one in every copy
) STRICT;

CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE place (
  key TEXT PRIMARY KEY,
  level TEXT NOT NULL,
  name TEXT NOT NULL,
  parent TEXT,
  lat REAL NOT NULL,
  lon REAL NOT NULL,
  country TEXT NOT NULL,
  population INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE image (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  content_hash TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  format TEXT NOT NULL,
  file_size ANY NOT NULL,
  width INTEGER,
  height INTEGER,
  orientation INTEGER NOT NULL,
  taken INTEGER,
  taken_offset INTEGER,
  taken_source TEXT NOT NULL,
  make TEXT NOT NULL,
  model TEXT NOT NULL,
  lens TEXT NOT NULL,
  software TEXT NOT NULL,
  iso REAL,
  aperture REAL,
  exposure REAL,
  focal REAL,
  focal35 REAL,
  flash INTEGER,
  lat REAL,
  lon REAL,
  altitude REAL,
  place TEXT,
  near_city TEXT,
  place_origin TEXT NOT NULL,
  title TEXT NOT NULL,
  caption TEXT NOT NULL,
  conditions TEXT NOT NULL,                 -- JSON array of words, or empty
  lens_words TEXT NOT NULL,                 -- the same
  size_word TEXT NOT NULL,
  phash INTEGER,                            -- the 64 bits, as signed
  palette BLOB NOT NULL,                    -- 3 bytes r g b of each color, then its float64 shares
  thumbhash BLOB NOT NULL,
  embedding_model TEXT NOT NULL,
  nsfw REAL,
  rating INTEGER,
  added INTEGER NOT NULL,
  media_version INTEGER NOT NULL,
  duplicate_of INTEGER
) STRICT;
CREATE INDEX image_duplicate ON image (duplicate_of) WHERE duplicate_of IS NOT NULL;

-- Long values apart, so that a scan over all images reads few pages.
CREATE TABLE image_metadata (
  image_id INTEGER PRIMARY KEY REFERENCES image ON DELETE CASCADE,
  fields TEXT NOT NULL                      -- JSON object
) STRICT;
CREATE TABLE image_embedding (
  image_id INTEGER PRIMARY KEY REFERENCES image ON DELETE CASCADE,
  vector BLOB NOT NULL
) STRICT;

-- NULL: no opinion, the image's own value holds. rating 0, place '' and near_city '': a person said "none".
CREATE TABLE image_edit (
  image_id INTEGER PRIMARY KEY REFERENCES image ON DELETE CASCADE,
  rating INTEGER,
  favorite INTEGER,
  title TEXT,
  caption TEXT,
  place TEXT,
  near_city TEXT,
  trashed INTEGER
) STRICT;

CREATE TABLE root (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE) STRICT;

-- Stages: 0 pending, 1 done, 2 failed, 3 skipped, NULL not asked for yet.
CREATE TABLE file (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  path BLOB NOT NULL UNIQUE,
  root_id INTEGER NOT NULL REFERENCES root,
  file_size ANY NOT NULL,
  mtime_ns ANY NOT NULL,
  inode ANY NOT NULL,
  device ANY NOT NULL,
  content_hash TEXT NOT NULL,
  present INTEGER NOT NULL,
  image_id INTEGER REFERENCES image ON DELETE SET NULL,
  identify INTEGER,
  metadata INTEGER,
  pixels INTEGER,
  analysis INTEGER,
  notes TEXT NOT NULL,                      -- JSON: {stage: [reason, detail, ms, attempts]}
  pending INTEGER GENERATED ALWAYS AS (identify IS 0 OR metadata IS 0 OR pixels IS 0 OR analysis IS 0) VIRTUAL,
  failed INTEGER GENERATED ALWAYS AS (identify IS 2 OR metadata IS 2 OR pixels IS 2 OR analysis IS 2) VIRTUAL
) STRICT;
CREATE INDEX file_image ON file (image_id);
CREATE INDEX file_pending ON file (id) WHERE pending = 1 AND present = 1;
CREATE INDEX file_failed ON file (id) WHERE failed = 1;
CREATE INDEX file_stages ON file (present, identify, metadata, pixels, analysis);

-- Images a person removed: not imported again.
CREATE TABLE forgotten (content_hash TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- Who made an edge: a model of some version, the file's metadata, a rule, a person.
CREATE TABLE maker (
  id INTEGER PRIMARY KEY,
  origin TEXT NOT NULL,
  model TEXT NOT NULL,
  version TEXT NOT NULL,
  UNIQUE (origin, model, version)
) STRICT;

CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, UNIQUE (name, kind)) STRICT;

CREATE TABLE image_tag (
  image_id INTEGER NOT NULL REFERENCES image ON DELETE CASCADE,
  tag_id INTEGER NOT NULL REFERENCES tag,
  maker_id INTEGER NOT NULL REFERENCES maker,
  score REAL NOT NULL,
  count INTEGER NOT NULL,
  boxes BLOB NOT NULL,                      -- float64 x0 y0 x1 y1 each
  box_scores BLOB NOT NULL,                 -- float64 each
  colors TEXT NOT NULL,                     -- JSON array, or empty
  PRIMARY KEY (image_id, tag_id, maker_id)
) STRICT, WITHOUT ROWID;

-- Tags a person took away: edges made by others stay below, unseen, so that undo brings them back.
CREATE TABLE tag_removed (
  image_id INTEGER NOT NULL REFERENCES image ON DELETE CASCADE,
  tag_id INTEGER NOT NULL REFERENCES tag,
  PRIMARY KEY (image_id, tag_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE person (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  hidden INTEGER NOT NULL,
  cover_face_id INTEGER,
  birthday TEXT
) STRICT;

CREATE TABLE face (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  image_id INTEGER NOT NULL REFERENCES image ON DELETE CASCADE,
  box BLOB NOT NULL,                        -- float64 x0 y0 x1 y1
  score REAL NOT NULL,
  landmarks BLOB NOT NULL,                  -- float64 x y each
  age REAL,
  gender TEXT,
  gender_score REAL,
  emotion TEXT,
  emotion_score REAL,
  embedding BLOB NOT NULL,
  person_id INTEGER REFERENCES person ON DELETE SET NULL,
  person_origin TEXT NOT NULL,              -- USER with no person: a person said "nobody of these"
  maker_id INTEGER NOT NULL REFERENCES maker
) STRICT;
CREATE INDEX face_image ON face (image_id);
CREATE INDEX face_person ON face (person_id) WHERE person_id IS NOT NULL;

CREATE TABLE text_line (
  image_id INTEGER NOT NULL REFERENCES image ON DELETE CASCADE,
  position INTEGER NOT NULL,
  text TEXT NOT NULL,
  score REAL NOT NULL,
  box BLOB NOT NULL,
  maker_id INTEGER NOT NULL REFERENCES maker,
  PRIMARY KEY (image_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE album (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  parent_id INTEGER REFERENCES album ON DELETE SET NULL,
  filter TEXT,                              -- JSON of an ImageFilter
  cover_image_id INTEGER REFERENCES image ON DELETE SET NULL
) STRICT;
CREATE INDEX album_parent ON album (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX album_cover ON album (cover_image_id) WHERE cover_image_id IS NOT NULL;

CREATE TABLE album_image (
  album_id INTEGER NOT NULL REFERENCES album ON DELETE CASCADE,
  image_id INTEGER NOT NULL REFERENCES image ON DELETE CASCADE,
  PRIMARY KEY (album_id, image_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX album_image_image ON album_image (image_id);

-- The newest change of every node there ever was. REPLACE gives it a new, higher seq.
CREATE TABLE change (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,                    -- index into NodeKind
  node ANY NOT NULL,
  deleted INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX change_node ON change (kind, node);

-- An edit is one changeset for each field it set and one for its edges, already inverted: applying them undoes it.
-- Field by field, so that a field edited again since does not keep the others from being put back.
CREATE TABLE undo (id INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE undo_step (
  undo_id INTEGER NOT NULL REFERENCES undo ON DELETE CASCADE,
  step INTEGER NOT NULL,
  changeset BLOB NOT NULL,
  PRIMARY KEY (undo_id, step)
) STRICT, WITHOUT ROWID;
