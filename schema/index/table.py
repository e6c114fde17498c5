"""All columns of the index. A change appends a row and lets the old one die, so readers never see half of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from schema.facts import FactBatch
from schema.index.atlas import Atlas
from schema.index.bitmaps import BitMap, RowArray, Survivors, from_rows
from schema.index.clock import Clock
from schema.index.columns import Coded, Column, Pieces
from schema.index.concepts import Tags
from schema.index.faces import Faces
from schema.index.palettes import Palettes
from schema.index.paths import Paths
from schema.index.terms import Hypernyms
from schema.index.texts import Texts, encoded
from schema.index.vectors import Vectors
from schema.words import fold

NUMBERS = {
    "lat": np.float64,
    "lon": np.float64,
    "width": np.float32,
    "height": np.float32,
    "file_size": np.float64,
    "iso": np.float32,
    "aperture": np.float32,
    "exposure": np.float32,
    "focal35": np.float32,
    "rating": np.float32,
    "nsfw": np.float32,
    "phash": np.uint64,
    "media_version": np.int32,
}
FLAGS = ("favorite", "trashed", "offline", "hashed", "located", "south", "flash", "no_flash", "tagged")
WORDS = ("format", "make", "model", "lens", "software", "size_word", "conditions", "lens_words", "duplicates")
"""Columns of texts, or tuples of texts, of which few differ."""
_MERCATOR = 85.0511287798066


class Ids:
    """Image id -> newest row."""

    def __init__(self, ids: NDArray[np.uint32] | None = None, rows: NDArray[np.uint32] | None = None) -> None:
        self.ids = np.empty(0, np.uint32) if ids is None else ids
        self.rows = np.empty(0, np.uint32) if rows is None else rows

    def find(self, ids: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Rows, -1 where there is none."""
        if not len(self.ids):
            return np.full(len(ids), -1, dtype=np.int64)
        at = np.searchsorted(self.ids, ids).clip(0, len(self.ids) - 1)
        return np.where(self.ids[at] == ids, self.rows[at].astype(np.int64), -1)

    def put(self, ids: NDArray[np.uint32], first: int) -> Ids:
        """With ids (ascending) that now have the rows from `first` on."""
        rows = np.arange(first, first + len(ids), dtype=np.uint32)
        if not len(self.ids) or not len(ids) or ids[0] > self.ids[-1]:
            return Ids(np.concatenate([self.ids, ids]), np.concatenate([self.rows, rows]))
        at = np.searchsorted(self.ids, ids)
        known = (at < len(self.ids)) & (self.ids[at.clip(0, len(self.ids) - 1)] == ids)
        changed = self.rows.copy()
        changed[at[known]] = rows[known]
        new = ~known
        return Ids(np.insert(self.ids, at[new], ids[new]), np.insert(changed, at[new], rows[new]))


class Table:
    """Rows 0 .. count-1; `alive` are those that count. Both are replaced as the last step of each change."""

    def __init__(self, lexicon: Hypernyms) -> None:
        self.count = 0
        self.alive = BitMap()
        self.id = Column(np.uint32)
        self.ids = Ids()
        self.numbers = {name: Column(dtype) for name, dtype in NUMBERS.items()}
        self.x, self.y = Column(np.uint32), Column(np.uint32)
        """Web-mercator position, 0 .. 2^32 from west and from north; 0 where unknown."""
        self.atlas = Atlas()
        self.flags = {name: BitMap() for name in FLAGS}
        self.words: dict[str, Coded[Any]] = {name: Coded() for name in WORDS}
        self.place: Coded[tuple[str, str]] = Coded()
        """(place, near city)."""
        self.albums: Coded[tuple[int, ...]] = Coded()
        self.shares: Coded[tuple[str, ...]] = Coded()
        self.taken, self.added = Clock(), Clock()
        self.tags = Tags(lexicon)
        self.faces = Faces()
        self.paths = Paths()
        self.texts = {"title": Texts(), "caption": Texts(), "ocr": Texts()}
        self.renamed: dict[int, str] = {}
        """Folded names of images that are not named as their first file is."""
        self.palettes = Palettes()
        self.thumbhash = Pieces()
        self.embeddings = Vectors(np.float16)
        self.meanings = Vectors(np.float16)
        self.face_vectors = Vectors(np.float32)
        """Their rows are entries of `faces`."""

    def __len__(self) -> int:
        return len(self.alive)

    @property
    def vectors(self) -> tuple[Vectors, ...]:
        return self.embeddings, self.meanings, self.face_vectors

    def number(self, name: str) -> NDArray[Any]:
        return self.numbers[name].values[: self.count]

    def rows_of_ids(self, ids: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Living rows, -1 where there is none."""
        rows = self.ids.find(ids)
        alive = self.alive
        return np.array([row if row >= 0 and row in alive else -1 for row in rows.tolist()], dtype=np.int64)

    def ids_of(self, rows: RowArray | NDArray[np.int64]) -> NDArray[np.uint32]:
        return np.asarray(self.id.values[rows])

    def append(self, batch: FactBatch) -> None:
        """Rows of new images, and new rows of known ones."""
        if not len(batch):
            return
        first, size = self.count, len(batch)
        old = self.ids.find(batch.id)
        self.id.append(batch.id)
        for name, column in self.numbers.items():
            column.append(getattr(batch, name))
        self._append_flags(batch, first)
        for name, words in self.words.items():
            words.append(getattr(batch, name))
        self.place.append(list(zip(batch.place, batch.near_city, strict=True)))
        self.albums.append(batch.albums)
        self.shares.append(batch.shares)
        self.taken.append(batch.taken)
        self.added.append(batch.added)
        self.tags.append(batch, first)
        entry = len(self.faces.row)
        self.faces.append(batch, first)
        by_row = np.argsort(batch.face_row, kind="stable").tolist()
        self.face_vectors.append([batch.face_embedding[i] for i in by_row], entry)
        self._append_texts(batch, first)
        self.palettes.append(batch.palette, first)
        self.thumbhash.append(batch.thumbhash)
        self.embeddings.append(batch.embedding, first)
        self.meanings.append(batch.meaning, first)

        self.ids = self.ids.put(batch.id, first)
        dead = from_rows(np.sort(old[old >= 0]))
        self.count = first + size
        self.alive = (self.alive - dead) | BitMap(range(first, first + size))

    def remove(self, ids: NDArray[np.uint32]) -> None:
        rows = self.ids.find(ids)
        self.alive = self.alive - from_rows(np.unique(rows[rows >= 0]))

    def _append_flags(self, batch: FactBatch, first: int) -> None:
        located = ~np.isnan(batch.lat + batch.lon)
        tagged = np.zeros(len(batch), dtype=np.bool_)
        understood = [origin in ("MODEL", "USER") for origin in batch.tag_origin]
        tagged[batch.tag_row[np.array(understood, dtype=np.bool_)]] = True
        masks = {
            "favorite": batch.favorite,
            "trashed": batch.trashed,
            "offline": batch.offline,
            "hashed": batch.has_phash,
            "located": located,
            "south": batch.lat < 0,
            "flash": batch.flash == 1,
            "no_flash": batch.flash == 0,
            "tagged": tagged,
        }
        for name, mask in masks.items():
            self.flags[name] |= from_rows(np.flatnonzero(mask) + first)
        lat = np.radians(np.where(located, batch.lat, 0).clip(-_MERCATOR, _MERCATOR))
        x = (np.where(located, batch.lon, -180.0) + 180) / 360
        y = (1 - np.log(np.tan(np.pi / 4 + lat / 2)) / np.pi) / 2
        for column, part in ((self.x, x), (self.y, y)):
            column.append((part.clip(0, 1) * 2**32).clip(0, 2**32 - 1).astype(np.uint32))

    def _append_texts(self, batch: FactBatch, first: int) -> None:
        self.paths.append(batch.paths, first)
        for name, texts in self.texts.items():
            found = [(text, row) for row, text in enumerate(getattr(batch, name), first) if text]
            texts.append([text for text, _ in found], [row for _, row in found])
        for row, (name, paths) in enumerate(zip(batch.name, batch.paths, strict=True), first):
            if not paths or name != paths[0].rpartition("/")[2]:
                self.renamed[row] = fold(name)

    def name(self, row: int) -> str:
        """The folded name of an image."""
        name = self.renamed.get(row)
        return self.paths.first_name(row) if name is None else name

    def name_heads(self, rows: RowArray) -> NDArray[np.uint64]:
        """The first 24 bytes of the folded names of images, shape (n, 3), ordered as they are; shorter ones end in 0.
        One with a zero byte in it, which is looked at whole, ends in another."""
        found = self.paths.first_name_heads(rows)
        renamed = np.array(sorted(self.renamed), dtype=np.uint32)
        for at in np.flatnonzero(np.isin(rows, renamed)).tolist():
            name = encoded(self.renamed[int(rows[at])])
            head = name[:23].ljust(23, b"\0") + (b"\1" if b"\0" in name else name[23:24] or b"\0")
            found[at] = np.frombuffer(head, dtype=">u8")
        return found

    def compacted(self) -> Table:
        """The same images without the dead rows."""
        kept = Survivors(self.alive, self.count)
        found = Table(self.tags.terms.lexicon)
        found.count = len(kept.rows)
        found.alive = BitMap(range(found.count))
        found.id = self.id.kept(kept.rows)
        order = np.argsort(found.id.values, kind="stable")
        found.ids = Ids(found.id.values[order], order.astype(np.uint32))
        found.numbers = {name: column.kept(kept.rows) for name, column in self.numbers.items()}
        found.x, found.y = self.x.kept(kept.rows), self.y.kept(kept.rows)
        found.flags = {name: kept.of(rows) for name, rows in self.flags.items()}
        found.words = {name: column.kept(kept) for name, column in self.words.items()}
        for name in ("place", "albums", "shares", "taken", "added", "tags", "paths", "palettes"):
            setattr(found, name, getattr(self, name).kept(kept))
        found.faces, faces = self.faces.kept(kept)
        found.face_vectors = self.face_vectors.kept(faces, (np.cumsum(faces) - 1).astype(np.uint32))
        found.texts = {
            name: texts.kept(kept.mask[texts.rows.values], kept.number) for name, texts in self.texts.items()
        }
        found.renamed = {int(kept.number[row]): name for row, name in self.renamed.items() if kept.mask[row]}
        found.thumbhash = self.thumbhash.kept(kept.rows)
        found.embeddings = self.embeddings.kept(kept.mask, kept.number)
        found.meanings = self.meanings.kept(kept.mask, kept.number)
        return found
