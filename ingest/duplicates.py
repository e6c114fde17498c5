"""Which pictures are the same, and which were taken in one go: found as they come in, without comparing all pairs.

Candidates come from three places: near perceptual hashes, near sketches of the model's features (which survive
cropping), and shots of one camera within seconds. What a candidate is, is then looked at: `duplicates_pixels` lays the
thumbnails upon each other. Groups are connected pairs, named by their best picture; what somebody keeps is no pair.
"""

from __future__ import annotations

import asyncio
import json
import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.duplicates_hashes import NEAR_BITS, NearHashes
from ingest.duplicates_pixels import Gray, same_picture
from ingest.people import all_entries
from schema.duplicates import KEPT, kept_pairs
from schema.facts import NO_TIME
from schema.graph import NodeKind
from schema.likeness import NOBODY, Alike, LookRows
from schema.media import SMALL, thumbnail_path
from schema.store import GraphStore

CURSOR = "duplicates.cursor"
"""Setting in the store: up to where the feed was read, with the version below."""
VERSION = 1

BURST_S = 2
"""Seconds between two shots of one burst, at most: cameras write whole seconds, phones take ten a second."""
BURST_LOOK = 0.80
"""Cosine of features from which shots of one moment are of one thing: slightly cropped copies were above 0.86, of
different photos one in 20,000 pairs was."""
BURST_BITS = 20
"""The same in bits of the perceptual hash, where there are no features; different pictures differ in 32 on average."""
OTHER_SHOT_S = 60
"""Two pictures of one camera that were taken up to so many seconds apart are two shots, however alike they look."""
_SKETCH_SEED = 1280
_SLICE = 500
_VERDICTS = 200_000


@dataclass(frozen=True, slots=True)
class Look:
    """One picture, as far as it can be compared."""

    id: int
    content_hash: str
    phash: int | None
    taken: int | None
    camera: str
    pixels: float
    file_size: float
    sharpness: float
    trashed: bool
    embedding: bytes

    @property
    def quality(self) -> tuple[float, float, float, int]:
        """Of two same pictures the larger is better, then one with a date, with more bytes, the older one."""
        return self.pixels, float(self.taken is not None), self.file_size, -self.id

    @property
    def shot(self) -> tuple[float, float, int]:
        """Of a burst the sharpest is the best."""
        return (self.sharpness if math.isfinite(self.sharpness) else -1.0, self.file_size, -self.id)


def looks(rows: LookRows) -> list[Look]:
    """Column by column: what numpy holds becomes plain numbers in one go, not a million times."""
    columns = zip(
        rows.id.tolist(),
        rows.content_hash,
        (phash if there else None for phash, there in zip(rows.phash.tolist(), rows.has_phash.tolist(), strict=True)),
        (None if taken == NO_TIME else taken for taken in rows.taken.tolist()),
        rows.camera,
        np.nan_to_num(rows.width * rows.height).tolist(),
        rows.file_size.tolist(),
        rows.sharpness.tolist(),
        rows.trashed.tolist(),
        rows.embedding,
        strict=True,
    )
    return [Look(*row) for row in columns]


class _Pairs:
    """Pictures that belong together, as a graph."""

    def __init__(self) -> None:
        self._near: dict[int, set[int]] = {}

    def join(self, a: int, b: int) -> None:
        self._near.setdefault(a, set()).add(b)
        self._near.setdefault(b, set()).add(a)

    def part(self, a: int, b: int) -> None:
        for one, other in ((a, b), (b, a)):
            self._near.get(one, set()).discard(other)
            if not self._near.get(one, {None}):
                del self._near[one]

    def leave(self, key: int) -> set[int]:
        """Take a picture out; those it belonged with."""
        others = self._near.pop(key, set())
        for other in others:
            self._near[other].discard(key)
            if not self._near[other]:
                del self._near[other]
        return others

    def group(self, key: int) -> set[int]:
        """All that hang together with a picture, itself too."""
        seen, todo = {key}, [key]
        while todo:
            for other in self._near.get(todo.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    todo.append(other)
        return seen


class Duplicates:
    """Of one library. `catch_up` is all there is to do, however often."""

    def __init__(self, store: GraphStore, thumbnails: Path) -> None:
        self._store = store
        self._thumbnails = thumbnails
        self._begin()

    def _begin(self) -> None:
        """Knowing nothing."""
        self._open = False
        self._cursor: str | None = None
        self._hashes = NearHashes()
        self._sketches = NearHashes()
        self._moments: dict[str, list[tuple[int, int]]] = {}
        self._moment_of: dict[int, tuple[str, int]] = {}
        self._same = _Pairs()
        self._bursts = _Pairs()
        self._said: dict[int, Alike] = {}
        self._kept: set[tuple[int, int]] = set()
        self._verdicts: dict[tuple[str, str], bool] = {}
        self._projections: dict[int, NDArray[np.float32]] = {}

    async def catch_up(self) -> int:
        """Take in what changed and group it; how many pictures changed their group."""
        changed = 0
        while True:
            if not self._open:
                await self._read_all()
            changes, cursor, reset = await self._store.changes(self._cursor)
            if reset:
                self._begin()
                continue
            if not changes:
                return changed
            images = sorted({int(change.id) for change in changes if change.kind is NodeKind.IMAGE})
            if images:
                self._kept = kept_pairs(await all_entries(self._store, KEPT))
            for start in range(0, len(images), _SLICE):
                changed += await self._look_at(images[start : start + _SLICE])
            self._cursor = cursor
            await self._store.put_setting(CURSOR, json.dumps([VERSION, cursor]))

    async def _read_all(self) -> None:
        """All pictures and the groups they are in."""
        written = await self._store.get_setting(CURSOR)
        version, cursor = json.loads(written) if written else (0, None)
        self._cursor = cursor if version == VERSION else None
        async for rows in self._store.look_rows():
            found = looks(rows)
            self._index(found)
            for look, same, burst in zip(found, rows.duplicate_of.tolist(), rows.burst_of.tolist(), strict=True):
                self._remember(look.id, same, burst)
        for moments in self._moments.values():
            moments.sort()
        self._open = True

    def _remember(self, key: int, duplicate_of: int, burst_of: int) -> None:
        for pairs, group in ((self._same, duplicate_of), (self._bursts, burst_of)):
            if group != NOBODY:
                pairs.join(key, group)
        if duplicate_of != NOBODY or burst_of != NOBODY:
            self._said[key] = Alike(
                None if duplicate_of == NOBODY else duplicate_of, None if burst_of == NOBODY else burst_of
            )

    def _index(self, found: Sequence[Look]) -> set[str]:
        """The cameras whose moments are to be put in order."""
        found = [look for look in found if not look.trashed]
        cameras = set()
        for look in found:
            if look.phash is not None:
                self._hashes.put(look.id, look.phash)
            if look.camera and look.taken is not None:
                self._moment_of[look.id] = (look.camera, look.taken)
                self._moments.setdefault(look.camera, []).append((look.taken, look.id))
                cameras.add(look.camera)
        for size in {len(look.embedding) for look in found} - {0}:
            alike = [look for look in found if len(look.embedding) == size]
            for look, sketch in zip(alike, self._sketch([look.embedding for look in alike]), strict=True):
                self._sketches.put(look.id, sketch)
        return cameras

    def _sketch(self, embeddings: Sequence[bytes]) -> list[int]:
        """Of each 64 signs of random projections (Charikar 2002): near vectors differ in few of them."""
        vectors = np.frombuffer(b"".join(embeddings), np.float16).astype(np.float32).reshape(len(embeddings), -1)
        size = vectors.shape[1]
        projection = self._projections.get(size)
        if projection is None:
            rng = np.random.default_rng(_SKETCH_SEED)
            projection = self._projections[size] = rng.standard_normal((64, size)).astype(np.float32)
        return [int.from_bytes(row.tobytes(), "big") for row in np.packbits(vectors @ projection.T > 0, axis=1)]

    def _unindex(self, key: int) -> set[int]:
        """Take a picture out; all it belonged with are looked at again."""
        self._hashes.drop(key)
        self._sketches.drop(key)
        camera, taken = self._moment_of.pop(key, ("", 0))
        if camera:
            moments = self._moments[camera]
            moments.pop(bisect_left(moments, (taken, key)))
        return self._same.leave(key) | self._bursts.leave(key)

    async def _look_at(self, images: Sequence[int]) -> int:
        touched: set[int] = set(images)
        for key in images:
            touched |= self._unindex(key)
        found = await self._rows(images)
        for camera in self._index(list(found.values())):
            self._moments[camera].sort()
        wanted: dict[int, set[int]] = {}
        for key in sorted(touched):
            wanted[key] = self._candidates(key)
        known = await self._rows({*touched, *(other for near in wanted.values() for other in near)})
        await asyncio.to_thread(self._compare, known, wanted)
        return await self._tell(touched, known)

    async def _rows(self, keys: Iterable[int]) -> dict[int, Look]:
        known: dict[int, Look] = {}
        async for rows in self._store.look_rows(sorted(set(keys))):
            known.update((look.id, look) for look in looks(rows))
        return known

    def _candidates(self, key: int) -> set[int]:
        near = {*self._hashes.near(key, NEAR_BITS), *self._sketches.near(key, NEAR_BITS)}
        camera, taken = self._moment_of.get(key, ("", 0))
        if camera:
            moments = self._moments[camera]
            first, last = (bisect_left(moments, (moment, 0)) for moment in (taken - BURST_S, taken + BURST_S + 1))
            near.update(other for _, other in moments[first:last])
        near.discard(key)
        return near

    def _compare(self, known: Mapping[int, Look], wanted: Mapping[int, set[int]]) -> None:
        pictures: dict[str, Gray | None] = {}
        for pair in sorted({(min(a, b), max(a, b)) for a, near in wanted.items() for b in near}):
            self._same.part(*pair)
            self._bursts.part(*pair)
            a, b = (known.get(key) for key in pair)
            if a is None or b is None or a.trashed or b.trashed or pair in self._kept:
                continue
            if not _other_shots(a, b) and self._is_same(a, b, pictures):
                self._same.join(*pair)
            elif _one_go(a, b):
                self._bursts.join(*pair)

    def _is_same(self, a: Look, b: Look, pictures: dict[str, Gray | None]) -> bool:
        key = (a.content_hash, b.content_hash)
        if key not in self._verdicts:
            one, other = (self._picture(look.content_hash, pictures) for look in (a, b))
            if len(self._verdicts) > _VERDICTS:
                self._verdicts.clear()
            self._verdicts[key] = one is not None and other is not None and same_picture(one, other)
        return self._verdicts[key]

    def _picture(self, content_hash: str, pictures: dict[str, Gray | None]) -> Gray | None:
        if content_hash not in pictures:
            path = str(thumbnail_path(self._thumbnails, content_hash, SMALL))
            read = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
            pictures[content_hash] = None if read is None else np.asarray(read, np.uint8)
        return pictures[content_hash]

    async def _tell(self, touched: Iterable[int], known: dict[int, Look]) -> int:
        """Groups of everything that was touched, named by their best, into the store."""
        groups: list[tuple[set[int], set[int]]] = []
        members: set[int] = set()
        for key in touched:
            groups.append((self._same.group(key), self._bursts.group(key)))
            members |= groups[-1][0] | groups[-1][1]
        known |= await self._rows(members - known.keys())
        said: dict[int, Alike] = {}
        for key in sorted(members & known.keys()):
            same, burst = self._same.group(key), self._bursts.group(key)
            best = max(same & known.keys(), key=lambda one: known[one].quality)
            sharpest = max(burst & known.keys() or {key}, key=lambda one: known[one].shot) if len(burst) > 1 else key
            said[key] = Alike(None if best == key else best, None if sharpest == key else sharpest)
        new = {key: alike for key, alike in said.items() if self._said.get(key, Alike()) != alike}
        if new:
            await self._store.mark_alike(new)
        for key, alike in new.items():
            if alike == Alike():
                self._said.pop(key, None)
            else:
                self._said[key] = alike
        return len(new)


def _other_shots(a: Look, b: Look) -> bool:
    """Whether camera and time say that these are two shots."""
    if a.camera and b.camera and a.camera != b.camera:
        return True
    if a.taken is None or b.taken is None:
        return False
    return 0 < abs(a.taken - b.taken) <= OTHER_SHOT_S


def _one_go(a: Look, b: Look) -> bool:
    """Whether two shots are of one burst."""
    if not a.camera or a.camera != b.camera or a.taken is None or b.taken is None:
        return False
    if abs(a.taken - b.taken) > BURST_S:
        return False
    if a.embedding and len(a.embedding) == len(b.embedding):
        one, other = (np.frombuffer(look.embedding, np.float16).astype(np.float32) for look in (a, b))
        return float(one @ other) >= BURST_LOOK
    return a.phash is not None and b.phash is not None and (a.phash ^ b.phash).bit_count() <= BURST_BITS
