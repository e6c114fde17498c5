"""`GraphStore`: the truth, behind one async protocol. Every write is one transaction and safe to repeat."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from schema.edited import Edited
from schema.entries import Entry
from schema.facts import FactBatch
from schema.graph import Album, AssetFile, Change, Face, Image, Person, Place, StageRecord, TagEdge
from schema.likeness import Alike, FaceGroup, FaceRows, LookRows, NamedRegion


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What a rescan compares: one known file."""

    id: int
    path: str
    file_size: int
    mtime_ns: int
    inode: int
    device: int
    content_hash: str
    present: bool
    image_id: int | None


@dataclass(frozen=True, slots=True)
class Imported:
    """All that ingest learned of one file, written as one.

    `image` None: the file could not become an image; its `stages` say why. Otherwise the image is found by
    `file.image_id`, else by its content hash, else made. `image.tags/faces/texts` replace earlier edges *of the same
    origin and model*; what a person did (origin USER, removed tags, chosen persons, rating, favorite, corrected place)
    stays. Fields of `image` left at their default do not erase what is stored, unless `replace` is true (the bytes
    changed).
    """

    file: AssetFile
    image: Image | None
    stages: tuple[StageRecord, ...]
    places: tuple[Place, ...] = ()
    """Every place node the image refers to, with its ancestors."""
    replace: bool = False
    models: frozenset[str] | None = None
    """Names of the models whose earlier edges these replace, found again or not. None: those that the detail of a DONE
    analysis names."""
    regions: tuple[NamedRegion, ...] | None = None
    """Who the file says is where; None: it was not read now, what was read earlier holds. A region is given to the face
    that is there (unless a person has said whose that is), else kept as a face without embedding; the person is found
    by name, else made."""


Describe = Callable[[Image], tuple[str, tuple[TagEdge, ...]]]
"""Of an image with its files, of which one is present: its name, and its tags by rule."""


@dataclass(frozen=True, slots=True)
class StageCount:
    stage: str
    state: str
    count: int


@dataclass(frozen=True, slots=True)
class FailedFile:
    file_id: int
    path: str
    stage: str
    reason: str
    attempts: int


class GraphStore(Protocol):
    """A library on disk. All methods raise `StoreUnavailable` when the database cannot answer."""

    async def open(self) -> None:
        """Create or migrate and check; raise BadConfig with what to do when it cannot be used."""

    async def close(self) -> None: ...

    # -- files and imports
    def known_files(self, root: str) -> AsyncIterator[Sequence[FileStamp]]:
        """Every known file of a root, in batches, ordered by path bytes."""

    async def discover(self, files: Sequence[AssetFile]) -> list[int]:
        """Insert or update stamps (by path), IDENTIFY pending for those new, changed or there again; returns file ids
        in order."""

    async def mark_absent(
        self, file_ids: Sequence[int], *, present: bool = False, describe: Describe | None = None
    ) -> None:
        """Set presence; an image with no present file is offline, never deleted. The others are called what `describe`
        says, if it is given."""

    async def find_by_hash(self, content_hashes: Sequence[str]) -> Mapping[str, int]:
        """content hash -> image id."""

    async def pending_files(self, limit: int, after: int = 0, first: Sequence[int] = ()) -> list[AssetFile]:
        """Present files with a pending stage, ids > after, ascending; those of image ids `first` come first."""

    async def write_imported(self, batch: Sequence[Imported], describe: Describe | None = None) -> list[int | None]:
        """One transaction; returns image ids in order (None where no image).

        A known file's stamp and hash are written by a record of IDENTIFY only, and its presence by none: what was seen
        of the folder meanwhile is newer than what was read. Images that have several files then, and those that a file
        left, are called what `describe` says, if it is given.
        """

    async def retry(self, *, file_ids: Sequence[int] = (), stage: str | None = None, failed_only: bool = True) -> int:
        """Set stages (and all after them) back to pending; returns how many files."""

    async def stage_counts(self) -> list[StageCount]: ...

    async def failed_files(self, limit: int = 200, after: int = 0) -> list[FailedFile]: ...

    async def purge_absent(self, root: str) -> int:
        """Delete images all of whose files are absent below root: only on a person's explicit word."""

    # -- reading
    async def images(self, ids: Sequence[int], fields: frozenset[str] | None = None) -> list[Image | None]:
        """In the order asked, None where unknown. `fields`: names of Image's edges wanted among files, tags,
        faces, texts (None: all). At most 3 queries however many ids."""

    async def people(self, ids: Sequence[int] | None = None) -> list[Person]: ...

    async def places(self, keys: Sequence[str] | None = None) -> list[Place]: ...

    async def albums(self, ids: Sequence[int] | None = None) -> list[Album]: ...

    async def faces(self, ids: Sequence[int]) -> list[Face]: ...

    async def album_members(self, album_id: int) -> list[int]: ...

    # -- edits by people
    async def edit_images(self, ids: Sequence[int], edit: Mapping[str, Any]) -> str:
        """Set `rating`, `favorite`, `title`, `caption`, `place`, `near_city` (keys), `trashed` (a moment, true for now,
        or none); `add_tags`, `remove_tags` (labels or synset names); `add_albums`, `remove_albums` (ids). `places`:
        nodes that the keys refer to, where the library may not know them yet. Returns an undo token. Raises BadEdit.

        However many there are, it is done in a moment: whoever reads sees it whole, at once.
        """

    async def undo(self, token: str) -> None:
        """Put back what an edit changed, but for what was changed again since. Raises NotFound."""

    async def edited(self, edit_id: int) -> Edited | None:
        """What a change of kind EDIT set; None when it is no longer known (the reader must start anew). A store that
        tells of each image by itself has no such changes."""

    async def save_person(self, person: Person) -> Person:
        """Insert when `id` is 0, else update."""

    async def assign_faces(self, face_ids: Sequence[int], person_id: int | None, *, by_user: bool) -> None: ...

    async def merge_people(self, keep: int, merge: Sequence[int]) -> None:
        """All faces become those of `keep`, and stay so: a person has said it."""

    # -- whose faces, and what is alike: found by programs
    def face_rows(self, image_ids: Sequence[int] | None = None, batch: int = 5_000) -> AsyncIterator[FaceRows]:
        """Faces of all (or the given) images, `batch` images at a time."""

    async def group_faces(self, groups: Sequence[FaceGroup]) -> list[int]:
        """Give faces to people, making those who are new, in one transaction; what a person or a file has said stays.
        People without name, cover or birthday, not hidden, who are left without a face are removed. Returns person ids
        in order (`likeness.NOBODY` where the person is gone)."""

    def look_rows(self, image_ids: Sequence[int] | None = None, batch: int = 5_000) -> AsyncIterator[LookRows]:
        """What all (or the given) images look like."""

    async def mark_alike(self, found: Mapping[int, Alike]) -> None:
        """Set the groups of these images, in one transaction; only what differs is a change."""

    async def save_album(self, album: Album) -> Album: ...

    async def delete_album(self, album_id: int) -> None: ...

    async def delete_images(self, ids: Sequence[int]) -> None:
        """Remove the record, never the file; the file is not imported again unless its bytes change."""

    # -- feed, facts, settings
    async def head(self) -> str:
        """Cursor of the newest change."""

    async def changes(self, since: str | None, limit: int = 10_000) -> tuple[list[Change], str, bool]:
        """Changes after a cursor, ascending; the next cursor; whether the cursor was of another life of the
        library (the reader must start anew). `None` starts at the beginning."""

    async def wait_for_change(self, timeout_s: float, since: str | None = None) -> bool:
        """True as soon as any process committed a change after the cursor `since` (without one: after what the calling
        task last learned from `changes`, `head` or this), False after the timeout."""

    def facts(self, ids: Sequence[int] | None = None, batch: int = 20_000) -> AsyncIterator[FactBatch]:
        """Columnar facts of all (or the given) images, ascending by id, for the read index."""

    async def get_setting(self, key: str) -> str | None: ...

    async def put_setting(self, key: str, value: str) -> None: ...

    # -- entries: accounts, sessions, shares, apps, tokens, the audit
    async def entry(self, kind: str, key: str) -> Entry | None:
        """None where there is none, or it has expired."""

    async def entries(
        self, kind: str, *, owner: str | None = None, after: str = "", limit: int = 1_000, newest: bool = False
    ) -> list[Entry]:
        """Those of a kind (and owner) that have not expired, by key, `newest` backwards, beyond the key `after`."""

    async def put_entry(self, entry: Entry, *, expected: int | None = None) -> Entry:
        """Insert or replace; returns it with its new version. Raises Conflict where the stored version is not
        `expected` (0: there must be none yet)."""

    async def delete_entry(self, kind: str, key: str) -> bool:
        """Whether it was there: of several callers exactly one hears true, so a code can be used only once."""

    async def purge_expired_entries(self) -> int:
        """Remove what has expired; returns how many."""

    # -- the whole library
    def export(self) -> AsyncIterator[dict[str, Any]]:
        """The whole library as JSON-able records, `{"type": ..., ...}`; the first is the header."""

    async def import_records(self, records: Iterable[dict[str, Any]]) -> int:
        """Into an empty library, ids kept. Returns how many; nothing is kept when a record is wrong."""
