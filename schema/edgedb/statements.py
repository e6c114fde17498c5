"""Every EdgeQL statement of the store but those that a filter is made into (`schema.edgedb.query`).

Rows go in as one JSON parameter and are unpacked by the server; values are never part of a statement. Sets that a
statement changes are named `detached` where they are read, so that old and simple scoping mean the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from schema.edgedb.properties import ALBUM, EDGE, FACE, FILE, IMAGE, PERSON, PLACE, SAID_COLUMNS, TAG, TEXT_LINE


def value(name: str, kind: str) -> str:
    """The typed value of a row's field; what is left out is the empty set."""
    held = f"row['{name}']" if kind.endswith("!") else f"json_get(row, '{name}')"
    kind = kind.removesuffix("!")
    if kind == "json":
        return held
    return f"enc::base64_decode(<str>{held})" if kind == "bytes" else f"<{kind}>{held}"


def assigned(properties: Mapping[str, str], indent: str) -> str:
    return f",\n{indent}".join(f"{name} := {value(name, kind)}" for name, kind in properties.items())


def for_each(statement: str) -> str:
    """A statement for every row of the JSON array `$rows`."""
    return f"for row in json_array_unpack(<json>$rows) union (\n{statement}\n);"


def insert(kind: str, key: str, properties: Mapping[str, str], links: str = "") -> str:
    return for_each(f"  insert {kind} {{\n    {assigned({**_key(key), **properties}, '    ')}{links}\n  }}")


def update(kind: str, key: str, properties: Mapping[str, str], links: str = "") -> str:
    key_value = value(key, _key(key)[key])
    return for_each(
        f"  update {kind} filter .{key} = {key_value} set {{\n    {assigned(properties, '    ')}{links}\n  }}"
    )


def _key(key: str) -> dict[str, str]:
    return {key: "int64!" if key == "number" else "str!"}


def link(name: str, kind: str, key: str = "number", field: str = "") -> str:
    """A single link to the object of that key, or to none."""
    key_type = "int64" if key == "number" else "str"
    wanted = f"<{key_type}>json_get(row, '{field or name}')"
    return f",\n    {name} := assert_single((select detached {kind} filter .{key} = {wanted}))"


def delete(kind: str, key: str = "number") -> str:
    key_type = "int64" if key == "number" else "str"
    return f"delete {kind} filter .{key} in array_unpack(<array<{key_type}>>$keys);"


# -- the library itself

IS_OURS = "select exists (select schema::ObjectType filter .name = 'default::Library');"
IS_USED = "select exists (select schema::ObjectType filter .name like 'default::%');"
VERSION = "select sys::get_version().major;"
COUNTERS = ("writes", "seq", "images", "files", "faces", "people", "albums", "undos")
LIBRARY = f"select Library {{ epoch, schema_version, schema_digest, {', '.join(COUNTERS)} }} filter .key = 'library';"
FIRST_LIBRARY = (
    "insert Library { key := 'library', epoch := <str>$epoch, schema_version := <int64>$version,"
    " schema_digest := <str>$digest, " + ", ".join(f"{name} := 0" for name in COUNTERS) + " } unless conflict on .key;"
)
MARK_SCHEMA = (
    "update Library filter .key = 'library' set { schema_version := <int64>$version, schema_digest := <str>$digest };"
)
TAKE_TURN = "update Library filter .key = 'library' set { writes := .writes + 1 };"
SAVE_COUNTERS = (
    "update Library filter .key = 'library' set { "
    + ", ".join(f"{name} := <int64>${name}" for name in COUNTERS if name != "writes")
    + " };"
)

# -- the feed

DROP_CHANGES = delete("Change", "key")
ADD_CHANGES = insert("Change", "key", {"seq": "int64!", "kind": "str!", "node": "str!", "deleted": "bool!"})
CHANGES = (
    "select { library := (select Library { epoch, seq } filter .key = 'library'),"
    " changes := (select Change { seq, kind, node, deleted } filter .seq > <int64>$after"
    " order by .seq limit <int64>$limit) };"
)

# -- images and their edges

_THESE = "Image filter .number in array_unpack(<array<int64>>$keys)"
_EDGE = ", ".join(f"@{name}" for name in EDGE)
FILE_SHAPE = f"number, {', '.join(FILE)}, image_number := .image.number"
FACE_SHAPE = f"number, {', '.join(FACE)}, shown_age, person_number := .person.number, image_number := .image.number"
ARMS = {
    "files": f"files: {{ {FILE_SHAPE} }}",
    "tags": f"tags: {{ {_EDGE}, tag: {{ name, kind }} }},\n  hidden: {{ {_EDGE}, tag: {{ name, kind }} }}",
    "faces": f"faces: {{ {FACE_SHAPE} }}",
    "texts": f"texts: {{ {', '.join(TEXT_LINE)} }}",
}
_SCALARS = f"""number, {", ".join(IMAGE)},
  duplicate_number := .duplicate_of.number,
  burst_number := .burst_of.number,
  copied := exists .twins,
  shot := exists .shots,
  removed: {{ name, kind }},
  album_numbers := .albums.number"""


def image_shape(edges: Collection[str] = tuple(ARMS)) -> str:
    return ",\n  ".join([_SCALARS, *(shape for name, shape in ARMS.items() if name in edges)])


def images(edges: Collection[str] = tuple(ARMS)) -> str:
    return f"select Image {{\n  {image_shape(edges)}\n}} filter .number in array_unpack(<array<int64>>$keys);"


NEXT_LOOKS = f"select Image {{\n  {_SCALARS}\n}} filter .number > <int64>$after order by .number limit <int64>$limit;"
NEXT_IMAGES = (
    f"select Image {{\n  {image_shape()}\n}} filter .number > <int64>$after order by .number limit <int64>$limit;"
)
IMAGES_BY_HASH = "select Image { number, content_hash } filter .content_hash in array_unpack(<array<str>>$hashes);"
_LOCATION = link("location", "Place", "key", "place")
INSERT_IMAGES = insert("Image", "number", IMAGE, _LOCATION)
UPDATE_IMAGES = update("Image", "number", IMAGE, _LOCATION)
LINK_ALIKE = for_each(
    "  update Image filter .number = <int64>row['number'] set {\n"
    "    duplicate_of := assert_single((select detached Image filter .number = <int64>json_get(row, 'duplicate'))),\n"
    "    burst_of := assert_single((select detached Image filter .number = <int64>json_get(row, 'burst')))\n  }"
)
DELETE_IMAGES = delete("Image")
TWINS = f"with these := (select {_THESE}) select distinct (these.twins.number union these.shots.number);"


def add_edges(name: str) -> str:
    """One edge of `tags` or `hidden` for each row. No two rows are of one image: a statement changes an object once."""
    held = ",\n        ".join(f"@{field} := {value(field, kind)}" for field, kind in EDGE.items())
    return for_each(
        f"  update Image filter .number = <int64>row['number'] set {{\n    {name} += (\n"
        f"      select Mark {{\n        {held}\n      }} filter .key = <str>row['mark']\n    )\n  }}"
    )


ADD_REMOVED = for_each(
    "  update Image filter .number = <int64>row['number'] set {\n"
    "    removed += (select Tag filter .key = <str>row['tag'])\n  }"
)
CLEAR_TAGS = (
    "update Image filter .number in array_unpack(<array<int64>>$keys) set { tags := {}, hidden := {}, removed := {} };"
)
SYNSETS_KNOWN = "select Synset { name } filter .name in array_unpack(<array<str>>$keys);"
INSERT_SYNSETS = insert("Synset", "name", {})
LINK_ANCESTORS = (
    "update Synset filter .name = <str>$name set { ancestors :="
    " (select detached Synset filter .name in array_unpack(<array<str>>$ancestors)) };"
)
TAGS_KNOWN = "select Tag { key } filter .key in array_unpack(<array<str>>$keys);"
TAGS_NAMED = "select Tag { name, kind } filter .name in array_unpack(<array<str>>$names);"
INSERT_TAGS = insert("Tag", "key", TAG, link("synset", "Synset", "name"))
MARKS_KNOWN = "select Mark { key } filter .key in array_unpack(<array<str>>$keys);"
INSERT_MARKS = insert("Mark", "key", {}, link("tag", "Tag", "key"))
_FACE_LINKS = link("image", "Image") + link("person", "Person")
INSERT_FACES = insert("Face", "number", FACE, _FACE_LINKS)
UPDATE_FACES = update("Face", "number", FACE, _FACE_LINKS)
DELETE_FACES = delete("Face")
FACES = f"select Face {{ {FACE_SHAPE} }} filter .number in array_unpack(<array<int64>>$keys);"
FACES_OF_IMAGES = "select Face { number } filter .image.number in array_unpack(<array<int64>>$keys);"
ASSIGN_FACES = (
    "update Face filter .number in array_unpack(<array<int64>>$keys) set {"
    " person := assert_single((select detached Person filter .number = <optional int64>$person)),"
    " person_origin := <str>$origin };"
)
EMPTY_PEOPLE = (
    "select Person { number } filter .name = '' and not .hidden and not exists .birthday"
    " and not exists .cover_face_number and not exists .faces;"
)
NEXT_FACES = (
    f"select Image {{ number, faces: {{ {FACE_SHAPE} }} }} filter .number > <int64>$after and exists .faces"
    " order by .number limit <int64>$limit;"
)
FACES_OF = f"select Image {{ number, faces: {{ {FACE_SHAPE} }} }} filter .number in array_unpack(<array<int64>>$keys);"
FACES_OF_PERSON = f"select Face {{ {FACE_SHAPE} }} filter .person.number = <int64>$person;"
DROP_TEXTS = "delete TextLine filter .image.number in array_unpack(<array<int64>>$keys);"
INSERT_TEXTS = for_each(f"  insert TextLine {{\n    {assigned(TEXT_LINE, '    ')}{link('image', 'Image')}\n  }}")

# -- files

FILES_BY_PATH = f"select AssetFile {{ {FILE_SHAPE} }} filter .path_key in array_unpack(<array<str>>$keys);"
FILES = f"select AssetFile {{ {FILE_SHAPE} }} filter .number in array_unpack(<array<int64>>$keys);"
FILES_OF_IMAGES = f"select AssetFile {{ {FILE_SHAPE} }} filter .image.number in array_unpack(<array<int64>>$keys);"
FILES_OF_ROOT = (
    f"select AssetFile {{ {FILE_SHAPE} }} filter .root_key = <str>$root and .path_start >= <bytes>$start"
    " and .path > <bytes>$after order by .path_start then .path limit <int64>$limit;"
)
ABSENT_OF_ROOT = f"select AssetFile {{ {FILE_SHAPE} }} filter .root_key = <str>$root and not .present;"
FILES_WITHOUT_IMAGE = (
    f"select AssetFile {{ {FILE_SHAPE} }} filter not exists .image and .number > <int64>$after"
    " order by .number limit <int64>$limit;"
)
PENDING = (
    f"select AssetFile {{ {FILE_SHAPE} }} filter .pending and .present and .number > <int64>$after"
    " order by .number limit <int64>$limit;"
)
PENDING_OF_IMAGES = (
    f"select AssetFile {{ {FILE_SHAPE} }} filter .image.number in array_unpack(<array<int64>>$keys)"
    " and .pending and .present and .number > <int64>$after order by .number limit <int64>$limit;"
)
FAILED = (
    f"select AssetFile {{ {FILE_SHAPE} }} filter .failed and .present and .number > <int64>$after"
    " order by .number limit <int64>$limit;"
)
FAILED_AT_ALL = f"select AssetFile {{ {FILE_SHAPE} }} filter .failed;"
ALL_FILES = f"select AssetFile {{ {FILE_SHAPE} }};"
INSERT_FILES = insert("AssetFile", "number", FILE, link("image", "Image"))
UPDATE_FILES = update("AssetFile", "number", FILE, link("image", "Image"))
DELETE_FILES = delete("AssetFile")


def stage_counts(stage: str) -> str:
    """How many present files stand where at a stage."""
    return (
        f"select (group (select AssetFile filter .present and exists .{stage}) using state := .{stage} by state)"
        " { state := .key.state, files := count(.elements) };"
    )


FORGOTTEN = "select Forgotten.content_hash;"
FORGOTTEN_OF = "select Forgotten { content_hash } filter .content_hash in array_unpack(<array<str>>$hashes);"
FORGET = insert("Forgotten", "content_hash", {})
REMEMBER = delete("Forgotten", "content_hash")

# -- people, places, albums

PEOPLE = f"select Person {{ number, {', '.join(PERSON)} }};"
INSERT_PEOPLE = insert("Person", "number", PERSON)
UPDATE_PEOPLE = update("Person", "number", PERSON)
DELETE_PEOPLE = delete("Person")
COVERED_PEOPLE = (
    f"select Person {{ number, {', '.join(PERSON)} }} filter .cover_face_number in array_unpack(<array<int64>>$keys);"
)
PLACES = f"select Place {{ key, {', '.join(PLACE)} }};"
PLACES_OF = f"select Place {{ key, {', '.join(PLACE)} }} filter .key in array_unpack(<array<str>>$keys);"
INSERT_PLACES = insert("Place", "key", PLACE)
UPDATE_PLACES = update("Place", "key", PLACE)
LINK_PARENTS = for_each(
    "  update Place filter .key = <str>row['key'] set {\n"
    "    parent := assert_single((select detached Place filter .key = <str>json_get(row, 'parent_key')))\n  }"
)
ALBUMS = "select Album { number, name, rules, parent_number := .parent.number, cover_number := .cover_image.number };"
INSERT_ALBUMS = insert("Album", "number", ALBUM)
UPDATE_ALBUMS = update("Album", "number", ALBUM)
LINK_ALBUMS = for_each(
    "  update Album filter .number = <int64>row['number'] set {\n"
    "    parent := assert_single((select detached Album filter .number = <int64>json_get(row, 'parent'))),\n"
    "    cover_image := assert_single("
    "(select detached Image filter .number = <int64>json_get(row, 'cover_image')))\n  }"
)
DELETE_ALBUMS = delete("Album")
ALBUM_MEMBERS = "select (select Album filter .number = <int64>$album).images.number;"
COVERED_ALBUMS = "select Album { number } filter .cover_image.number in array_unpack(<array<int64>>$keys);"


def change_members(operator: str) -> str:
    """`+=` or `-=`."""
    return (
        f"update Album filter .number = <int64>$album set {{ images {operator}"
        " (select detached Image filter .number in array_unpack(<array<int64>>$keys)) };"
    )


# -- edits of very many images

_TAG = "(select Tag filter .key = <str>$tag)"
IMAGES_THERE = f"select (select {_THESE}).number;"
MARKED = "select (select Mark filter .key = <str>$mark).images.number;"
REMOVED = f"select {_TAG}.<removed[is Image].number;"
HIDING = f"select {_TAG}.marks.<hidden[is Image].number;"
MACHINE_TAGGED = (
    f"with meant := {_TAG} select (select Image filter .number in meant.marks.images.number"
    " and exists (select .tags filter .tag.key = <str>$tag and @origin != 'USER')).number;"
)
ADD_EDITS = insert("Edit", "number", {"told": "json!"})
EDIT = "select Edit { number, told } filter .number = <int64>$number;"
DROP_OLD_EDITS = "delete Edit filter .number <= <int64>$number;"


def said_by_value(name: str) -> str:
    """Images by what a person has said of them, as the text of its JSON; empty for nothing."""
    return (
        f"select (group (select {_THESE})\n"
        f"  using held := to_str(json_get(.said, '{name}')) ?? '' by held)\n"
        "{ held := .key.held, numbers := array_agg(.elements.number) };"
    )


def read_by_value(name: str) -> str:
    """Images by what was read of them, in the same way, and whose word the place is."""
    return (
        f"select (group (select {_THESE})\n"
        f"  using held := to_str(json_get(.as_read, '{name}')) ?? '',\n"
        "    origin := to_str(json_get(.as_read, 'place_origin')) ?? '' by held, origin)\n"
        "{ held := .key.held, origin := .key.origin, numbers := array_agg(.elements.number) };"
    )


def say(name: str) -> str:
    """Set what is said, or nothing, and what follows from it."""
    follows = assigned({column: IMAGE[column] for column in SAID_COLUMNS[name]}, "  ")
    return (
        f"with row := <json>$row\nupdate {_THESE} set {{\n"
        f"  said := json_set(.said ?? to_json('{{}}'), '{name}',\n"
        "    value := <optional json>$said, empty_treatment := JsonEmpty.DeleteKey),\n"
        f"  {follows}{_LOCATION if name == 'place' else ''}\n}};"
    )


def change_marked(operator: str) -> str:
    """`+=` or `-=` the edge that a person makes."""
    edge = "{ @score := 1.0, @count := 1, @origin := 'USER', @model := '', @version := '' }"
    marked = f"Mark {edge}" if operator == "+=" else "Mark"
    return f"update {_THESE} set {{ tags {operator} (select {marked} filter .key = <str>$mark) }};"


def change_removed(operator: str) -> str:
    """`+=` or `-=` a tag that a person took away."""
    return f"update {_THESE} set {{ removed {operator} (select Tag filter .key = <str>$tag) }};"


# -- settings, undo

SETTINGS = "select Setting { key, value };"
SETTING = "select Setting { key, value } filter .key = <str>$key;"
DROP_SETTINGS = delete("Setting", "key")
ADD_SETTINGS = insert("Setting", "key", {"value": "str!"})
UNDO = "select Undo { number, steps } filter .token = <str>$token;"
ADD_UNDO = insert("Undo", "number", {"token": "str!", "steps": "json!"})
DROP_UNDO = delete("Undo")
DROP_OLD_UNDOS = "delete Undo filter .number <= <int64>$number;"

# -- entries

_ENTRY = "kind, key, owner, body, version, expires"
ENTRY = f"select Entry {{ {_ENTRY} }} filter .digest = <str>$digest;"
DROP_ENTRIES = delete("Entry", "digest")
ADD_ENTRIES = insert(
    "Entry",
    "digest",
    {
        "kind": "str!",
        "key": "str!",
        "sorted": "bytes!",
        "owner": "str!",
        "body": "json!",
        "version": "int64!",
        "expires": "float64",
    },
)
PURGE_ENTRIES = "select count((delete Entry filter (.expires <= <float64>$now) ?? false));"
ALL_ENTRIES = f"select Entry {{ {_ENTRY} }} filter (.expires > <float64>$now) ?? true order by .kind then .sorted;"


def entries(*, owned: bool, after: bool, newest: bool) -> str:
    conditions = [".kind = <str>$kind", "((.expires > <float64>$now) ?? true)"]
    if owned:
        conditions.append(".owner = <str>$owner")
    if after:
        conditions.append(f".sorted {'<' if newest else '>'} <bytes>$after")
    return (
        f"select Entry {{ {_ENTRY} }} filter {' and '.join(conditions)}"
        f" order by .sorted {'desc' if newest else 'asc'} limit <int64>$limit;"
    )
