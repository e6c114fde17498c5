# The graph of a photo library. Applied as a whole by `schema.edgedb.connection`; the server works out what to change.
#
# No property of a link is called source or target (the server's own names), no version of an extension is named, and
# nothing here means something else under simple scoping. Moments are UTC but for `Image.taken`, which is the wall
# clock of the camera.

module default {
  # One object. Every writer raises `writes` first, so that writers come one after the other and the feed is in the
  # order of commits; numbers are given out here and never twice.
  type Library {
    required key: str { constraint exclusive; }
    required epoch: str;
    required schema_version: int64;
    required schema_digest: str;
    required writes: int64;
    required seq: int64;
    required images: int64;
    required files: int64;
    required faces: int64;
    required people: int64;
    required albums: int64;
    required undos: int64;
  }

  type Image {
    required number: int64 { constraint exclusive; }
    required content_hash: str { constraint exclusive; }
    required name: str;
    required name_folded: str;
    required format: str;
    required format_key: str;
    required file_size: bigint;
    width: int64;
    height: int64;
    required orientation: int64;
    upright_width: float64;
    upright_height: float64;
    pixels: float64;
    aspect: float64;                  # width / height, upright
    taken: cal::local_datetime;
    taken_seconds: int64;             # since 1970, as images are ordered
    taken_day: int64;                 # 20190815
    taken_offset: int64;
    required taken_source: str;
    month: str;                       # 2019-08
    required make: str;
    required model: str;
    required lens: str;
    required software: str;
    required make_words: str;
    required model_words: str;
    required lens_words_of_name: str;
    required software_words: str;
    iso: float64;
    aperture: float64;
    exposure: float64;
    focal: float64;
    focal35: float64;
    flash: bool;
    lat: float64;
    lon: float64;
    altitude: float64;
    place: str;                       # key of a Place
    near_city: str;
    required place_origin: str;
    location: Place { on target delete allow; }
    required title: str;
    required caption: str;
    required title_words: str;
    required caption_words: str;
    required ocr_words: str;
    metadata: json;
    conditions: array<str>;
    lens_words: array<str>;
    condition_keys: array<str>;
    lens_keys: array<str>;
    required size_word: str;
    required size_key: str;
    phash: int64;                     # 64 bits, as a signed number
    palette: json;                    # [[#rrggbb, share]...]
    shades: array<int64>;             # of the palette, see schema.color
    thumbhash: bytes;
    embedding: bytes;
    required embedding_model: str;
    meaning: bytes;
    required meaning_model: str;
    sharpness: float64;
    brightness: float64;
    contrast: float64;
    nsfw: float64;
    rating: int64;
    required favorite: bool;
    trashed: cal::local_datetime;
    required added: cal::local_datetime;
    required added_seconds: int64;
    required media_version: int64;
    duplicate_of: Image { on target delete allow; }
    burst_of: Image { on target delete allow; }
    as_read: json;                    # what files said of that which a person may correct
    said: json;                       # what a person said: it holds

    # One edge to a tag for each maker that names it. Edges of machines that a person took away are in `hidden`.
    multi tags: Mark {
      score: float64;
      count: int64;
      boxes: json;                    # [[x0, y0, x1, y1]...], in 0..1 of the upright picture
      box_scores: json;
      colors: json;
      made: cal::local_datetime;
      origin: str;
      model: str;
      version: str;
    }
    multi hidden: Mark {
      score: float64;
      count: int64;
      boxes: json;
      box_scores: json;
      colors: json;
      made: cal::local_datetime;
      origin: str;
      model: str;
      version: str;
    }
    multi removed: Tag;

    multi files := .<image[is AssetFile];
    multi faces := .<image[is Face];
    multi texts := .<image[is TextLine];
    multi albums := .<images[is Album];
    multi twins := .<duplicate_of[is Image];
    multi shots := .<burst_of[is Image];

    index on (.taken_seconds);
    index on (.added_seconds);
    index on (.month);
    index on (.place);
    index on (.near_city);
    index on (.rating);
    index on (.nsfw);
    index on ((.lat, .lon));
    # For questions put to the server directly; filters mean whole words, which stems are not:
    #   with r := (select fts::search(Image, 'harbor at night', language := 'eng'))
    #   select r.object { number, title, score := r.score } order by r.score desc;
    index fts::index on ((
      fts::with_options(.title, language := fts::Language.eng, weight_category := fts::Weight.A),
      fts::with_options(.caption, language := fts::Language.eng, weight_category := fts::Weight.B),
      fts::with_options(.ocr_words, language := fts::Language.eng, weight_category := fts::Weight.C)
    ));
  }

  # A WordNet synset. EdgeQL has no recursion, so all broader ones are stored.
  type Synset {
    required name: str { constraint exclusive; }
    multi ancestors: Synset { on target delete allow; }
    multi narrower := .<ancestors[is Synset];
    multi tags := .<synset[is Tag];
  }

  type Tag {
    required key: str { constraint exclusive; }      # digest of kind and name, which may be long
    required name: str;
    required kind: str { constraint one_of('concept', 'keyword', 'word', 'user'); }
    required label: str;                             # as labels are compared
    required words: str;
    synset: Synset;
    multi marks := .<tag[is Mark];
  }

  # A tag as one maker says it: EdgeDB keeps one edge for each pair of objects, and two models may both see a cat.
  type Mark {
    required key: str { constraint exclusive; }      # digest of the tag's and of origin, model and version
    required tag: Tag;
    multi images := .<tags[is Image];
  }

  type Person {
    required number: int64 { constraint exclusive; }
    required name: str;
    required hidden: bool;
    cover_face_number: int64;
    birthday: str;
    born: int64;                                     # 19900415, where the birthday is a date
    multi faces := .<person[is Face];
  }

  type Face {
    required number: int64 { constraint exclusive; }
    required image: Image { on target delete delete source; }
    required box: array<float64>;
    required score: float64;
    landmarks: array<float64>;
    age: float64;
    gender: str;
    gender_score: float64;
    emotion: str;
    emotion_score: float64;
    embedding: bytes;
    embedding_model: str;
    person: Person { on target delete allow; }
    required person_origin: str;
    # Full years on the day of the picture, from the birthday; not before it.
    years := (select full := (.image.taken_day - .person.born) // 10000 filter full >= 0);
    shown_age := <float64>.years ?? .age;
    required model: str;
    required version: str;
    made: cal::local_datetime;
  }

  type TextLine {
    required image: Image { on target delete delete source; }
    required position: int64;
    required text: str;
    required score: float64;
    required box: array<float64>;
    required model: str;
    required version: str;
    made: cal::local_datetime;
  }

  type Place {
    required key: str { constraint exclusive; }
    required level: str;
    required name: str;
    parent_key: str;
    parent: Place { on target delete allow; }
    required lat: float64;
    required lon: float64;
    required country: str;
    required population: int64;
    multi images := .<location[is Image];
  }

  type Album {
    required number: int64 { constraint exclusive; }
    required name: str;
    parent: Album { on target delete allow; }
    rules: json;                                     # the filter of a smart album
    cover_image: Image { on target delete allow; }
    multi images: Image { on target delete allow; }
  }

  type AssetFile {
    required number: int64 { constraint exclusive; }
    required path_key: str { constraint exclusive; }  # digest of the path, which may be long
    required path: bytes;
    required path_start: bytes;                       # as much of it as an index takes
    required root: bytes;
    required root_key: str;
    required file_size: bigint;
    required mtime_ns: bigint;
    required inode: bigint;
    required device: bigint;
    required content_hash: str;
    required present: bool;
    image: Image { on target delete allow; }
    identify: str;
    metadata: str;
    pixels: str;
    analysis: str;
    required notes: str;
    required pending: bool;
    required failed: bool;
    required words: str;
    required path_folded: str;
    required name_folded: str;
    # Where an image is looked for: its reachable files, or all of them when none is.
    shown := .present or not any(.image.files.present);
    index on ((.root_key, .path_start));
    index on ((.pending, .number));
    index on ((.failed, .number));
    index on (.content_hash);
  }

  # The bytes of images that a person removed: not imported again.
  type Forgotten {
    required content_hash: str { constraint exclusive; }
  }

  # The newest change of every node there ever was; tombstones are kept.
  type Change {
    required key: str { constraint exclusive; }
    required seq: int64 { constraint exclusive; }
    required kind: str;
    required node: str;
    required deleted: bool;
  }

  type Undo {
    required number: int64 { constraint exclusive; }
    required token: str { constraint exclusive; }
    required steps: json;
  }

  # What an edit of very many images set, for those who follow the feed.
  type Edit {
    required number: int64 { constraint exclusive; }
    required told: json;
  }

  type Setting {
    required key: str { constraint exclusive; }
    required value: str;
  }

  # Small documents beside the graph: accounts, sessions, shares, apps, the audit.
  type Entry {
    required digest: str { constraint exclusive; }    # of kind and key
    required kind: str;
    required key: str;
    required sorted: bytes;                           # the key as it is ordered
    required owner: str;
    required body: json;
    expires: float64;
    required version: int64;
    index on (.kind);
    index on ((.kind, .owner));
    index on (.expires);
  }
}
