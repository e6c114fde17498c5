"""Filters answered as sets of rows. Each part narrows what the parts before it left; cheap parts come first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schema.color import parse_color
from schema.errors import BadFilter
from schema.filter import clock
from schema.filter.matching import among as words_meet
from schema.filter.nodes import (
    AlbumFilter,
    CameraFilter,
    ColorFilter,
    ImageFilter,
    Orientation,
    PlaceFilter,
    SemanticFilter,
    SetFilter,
    SizeFilter,
    TagFilter,
    TextField,
    TextFilter,
    TimeFilter,
)
from schema.filter.photo import Embed, numbered
from schema.index.bitmaps import BitMap, Mask, RowArray, from_any_rows, from_mask, from_rows, to_array, union
from schema.index.columns import Coded
from schema.index.concepts import is_plain
from schema.index.names import Names
from schema.index.numbers import in_range
from schema.index.places import where
from schema.index.similar import limit_of, semantic, similar
from schema.index.table import Table
from schema.index.texts import Texts
from schema.patience import still_wanted
from schema.words import has_phrase, query_words, words

Part = Callable[[BitMap], BitMap]
"""Of some rows, those that meet one condition."""

_SPARSE = 8
"""Below one row in so many, a column is looked up row by row, else looked through."""


class Answer:
    """One question to one state of the table. Rows that come later are not seen."""

    def __init__(self, table: Table, names: Names, now: datetime, embed: Embed | None) -> None:
        self.table, self.names, self.now, self.embed = table, names, now, embed
        self.alive = table.alive
        self.count = table.count

    def find(self, asked: ImageFilter) -> BitMap:
        return self.among(asked, self.alive, frozenset())

    def among(self, asked: ImageFilter, within: BitMap, opened: frozenset[int]) -> BitMap:
        """Of some rows, those that match. `opened`: smart albums looked into; one that asks for itself is empty."""
        found = within
        for _, part in sorted(self._parts(asked, opened), key=lambda costed: costed[0]):
            if not found:
                break
            still_wanted()
            found = part(found)
        return found

    def _parts(self, asked: ImageFilter, opened: frozenset[int]) -> Iterator[tuple[int, Part]]:
        """Conditions with what they cost: 0 bitmaps, 1 few codes, 2 a column, 3 several, 4 and more: heavy."""
        table, flags = self.table, self.table.flags
        for part in asked.and_:
            yield _weight(part), lambda rows, part=part: self.among(part, rows, opened)  # type: ignore[misc]
        if asked.or_:
            either = asked.or_
            heavy = max(map(_weight, either))
            yield heavy, lambda rows: union(self.among(part, rows, opened) for part in either)
        if (out := asked.not_) is not None:
            yield _weight(out), lambda rows: rows - self.among(out, rows, opened)
        if (ids := asked.ids) is not None:
            yield 0, lambda rows: rows & self._rows_of_ids(ids)
        if (tag := asked.tag) is not None:
            yield _tag_weight(tag), lambda rows: self._tags(tag, rows)
        if (person := asked.person) is not None:
            yield 0, lambda rows: self._people(person, rows)
        if (face := asked.face) is not None:
            yield 2, lambda rows: rows & table.faces.matching(face, self.names, self.count)
        if (place := asked.place) is not None:
            yield (3 if place.polygon or place.near else 1), lambda rows: self._places(place, rows)
        if (taken := asked.taken) is not None:
            yield 1, lambda rows: self._at(taken, "taken", clock.local(self.now), rows)
        if (added := asked.added) is not None:
            yield 1, lambda rows: self._at(added, "added", clock.utc(self.now), rows)
        if (camera := asked.camera) is not None:
            yield 2, lambda rows: self._camera(camera, rows)
        for words_, column in (
            (asked.condition, "conditions"),
            (asked.lens, "lens_words"),
            (asked.size_word, "size_word"),
            (asked.format, "format"),
        ):
            if words_ is not None:
                yield 0, lambda rows, words_=words_, column=column: rows & self._words(words_, table.words[column])  # type: ignore[misc]
        if (size := asked.size) is not None:
            yield 2, lambda rows: self._size(size, rows)
        if (color := asked.color) is not None:
            yield 5, lambda rows: self._colored(color, rows)
        if (text := asked.text) is not None:
            yield 4, lambda rows: self._text(text, rows)
        if (path := asked.path) is not None:
            yield (4 if path.glob or path.name else 2), lambda rows: rows & table.paths.matching(path, self.count)
        if (rating := asked.rating) is not None:
            yield 2, lambda rows: self.where(rows, lambda at: in_range(rating, self.column("rating", at)))
        if (nsfw := asked.nsfw) is not None:
            yield 2, lambda rows: self.where(rows, lambda at: in_range(nsfw, _or_zero(self.column("nsfw", at))))
        for name in ("favorite", "trashed", "offline"):
            if (wanted := getattr(asked, name)) is not None:
                yield 0, lambda rows, name=name, wanted=wanted: _flagged(rows, flags[name], wanted)  # type: ignore[misc]
        if (tagged := asked.tagged) is not None:
            yield 0, lambda rows: _flagged(rows, flags["tagged"], tagged)
        if (album := asked.album) is not None:
            yield (4 if self.names.smart else 0), lambda rows: self._albums(album, rows, opened)
        if (share := asked.share) is not None:
            yield 0, lambda rows: rows & self._words(share, table.shares)
        if asked.duplicate:
            kinds = {kind.value for kind in asked.duplicate}
            yield 0, lambda rows: rows & _coded(table.words["duplicates"], lambda found: not kinds.isdisjoint(found))
        if (like := asked.similar) is not None:
            yield 6, lambda rows: rows & similar(like, table, rows).within(limit_of(like))
        if (meaning := asked.semantic) is not None:
            yield 6, lambda rows: self._semantic(meaning, rows)

    # -- looking through columns

    def where(self, rows: BitMap, test: Callable[[RowArray | slice], Mask]) -> BitMap:
        """Of some rows those that a test of columns passes."""
        if len(rows) * _SPARSE < self.count:
            at = to_array(rows)
            return from_rows(at[test(at)])
        return from_mask(test(slice(0, self.count))) & rows

    def column(self, name: str, at: RowArray | slice) -> NDArray[np.floating]:
        return np.asarray(self.table.numbers[name].values[at])

    # -- parts

    def _rows_of_ids(self, references: Iterable[str]) -> BitMap:
        numbers = {numbered("image", reference) for reference in references}
        ids = np.array(sorted(n for n in numbers if n is not None and n < 2**32), dtype=np.uint32)
        rows = self.table.ids.find(ids)
        return from_rows(np.sort(rows[rows >= 0]))

    def _tags(self, asked: TagFilter, rows: BitMap) -> BitMap:
        return _quantified(
            asked,
            rows,
            lambda concept: self._tagged(concept, asked),
            lambda left: left - self.table.tags.with_others(asked, left, self.count),
        )

    def _colored(self, asked: ColorFilter, rows: BitMap) -> BitMap:
        try:
            return self.table.palettes.matching(asked, rows, self.count)
        except ValueError as error:
            raise BadFilter(str(error), "color.near") from error

    def _tagged(self, concept: str, asked: TagFilter) -> BitMap:
        try:
            if asked.color is not None:
                parse_color(asked.color)
            return self.table.tags.tagged_with(concept, asked, self.count)
        except ValueError as error:
            raise BadFilter(str(error), "tag.color") from error

    def _people(self, asked: SetFilter, rows: BitMap) -> BitMap:
        faces, names = self.table.faces, self.names

        def nobody_else(left: BitMap) -> BitMap:
            people = set().union(*(names.people_of(reference) for reference in asked.only))
            return left - faces.with_others(people, self.count)

        def shows(reference: str) -> BitMap:
            return union(faces.rows_of[code] for code in faces.codes(names.people_of(reference)))

        return _quantified(asked, rows, shows, nobody_else)

    def _places(self, asked: PlaceFilter, rows: BitMap) -> BitMap:
        found = rows
        if asked.within:
            found = found & self._around(asked.within)
        if asked.none:
            found = found - self._around(asked.none)
        if asked.known is not None:
            known = self.table.flags["located"] | _coded(self.table.place, lambda place: bool(place[0]))
            found = _flagged(found, known, asked.known)
        if asked.near is None and asked.box is None and not asked.polygon:
            return found
        return where(asked, found & self.table.flags["located"], self.table, self.names)

    def _around(self, references: Sequence[str]) -> BitMap:
        keys = set().union(*(self.names.places_of(reference) for reference in references))
        column = self.table.place
        return column.rows(self.names.codes_within(keys, column.values))

    def _at(self, asked: TimeFilter, name: str, now: datetime, rows: BitMap) -> BitMap:
        times = self.table.taken if name == "taken" else self.table.added
        try:
            return times.matching(asked, now, rows, self.table.flags["south"])
        except ValueError as error:
            raise BadFilter("there is no such calendar day; correct month and day", f"{name}.thisDay") from error

    def _camera(self, asked: CameraFilter, rows: BitMap) -> BitMap:
        found, table = rows, self.table
        for name in ("make", "model", "lens", "software"):
            if wanted := [words(text) for text in getattr(asked, name)]:
                found = found & _coded(
                    table.words[name],
                    lambda text, wanted=wanted: any(has_phrase(words(text), w) for w in wanted),
                )
        if asked.flash is not None:
            found = found & table.flags["flash" if asked.flash else "no_flash"]
        if asked.known is not None:
            known = _coded(table.words["make"], bool) | _coded(table.words["model"], bool)
            found = _flagged(found, known, asked.known)
        for name, bounds in (
            ("iso", asked.iso),
            ("aperture", asked.aperture),
            ("exposure", asked.exposure),
            ("focal35", asked.focal),
        ):
            if bounds is not None:
                found = self.where(found, lambda at, name=name, bounds=bounds: in_range(bounds, self.column(name, at)))  # type: ignore[misc]
        return found

    def _words(self, asked: SetFilter, column: Coded[Any]) -> BitMap:
        def meets(value: object) -> bool:
            return words_meet(asked, [value] if isinstance(value, str) else value)  # type: ignore[arg-type]

        return _coded(column, meets)

    def _size(self, asked: SizeFilter, rows: BitMap) -> BitMap:
        found = rows
        for name, bounds in (("width", asked.width), ("height", asked.height), ("file_size", asked.bytes)):
            if bounds is not None:
                found = self.where(found, lambda at, name=name, bounds=bounds: in_range(bounds, self.column(name, at)))  # type: ignore[misc]
        if (pixels := asked.megapixels) is not None:
            found = self.where(found, lambda at: in_range(pixels, self._sides(at)[0] * self._sides(at)[1] / 1024**2))
        if (aspect := asked.aspect) is not None:
            found = self.where(found, lambda at: in_range(aspect, _ratio(*self._sides(at))))
        if asked.orientation:
            found = self.where(found, lambda at: _oriented(asked.orientation, *self._sides(at)))
        return found

    def _sides(self, at: RowArray | slice) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self.column("width", at).astype(np.float64), self.column("height", at).astype(np.float64)

    def _text(self, asked: TextFilter, rows: BitMap) -> BitMap:
        found = rows
        fields = asked.fields or tuple(TextField)
        for word in dict.fromkeys(query_words(asked.words)):
            if found:
                found = found & union(self._with_word(word, field) for field in fields)
        phrase = words(asked.phrase)
        return found & union(self._with_phrase(phrase, field) for field in fields) if phrase and found else found

    def _with_word(self, word: str, field: TextField) -> BitMap:
        if field is TextField.PATH:
            return self.table.paths.with_word(word, self.count)
        if field is TextField.KEYWORDS:
            return self._keywords(self.table.tags.terms.texts.with_word(word))
        texts = self.table.texts[field.value.lower()]
        return self._of_texts(texts, texts.with_word(word))

    def _with_phrase(self, phrase: Sequence[str], field: TextField) -> BitMap:
        if field is TextField.PATH:
            return self.table.paths.with_phrase(phrase, self.count)
        if field is TextField.KEYWORDS:
            return self._keywords(self.table.tags.terms.texts.with_phrase(phrase))
        texts = self.table.texts[field.value.lower()]
        return self._of_texts(texts, texts.with_phrase(phrase))

    def _of_texts(self, texts: Texts, numbers: NDArray[np.int64]) -> BitMap:
        rows = texts.rows.values[numbers]
        return from_any_rows(rows[rows < self.count], self.count)

    def _keywords(self, numbers: NDArray[np.int64]) -> BitMap:
        tags = self.table.tags
        rows = tags.edges.find(tags.terms.texts.rows.values[numbers], "row")["row"]
        return from_any_rows(rows[rows < self.count], self.count)

    def _albums(self, asked: AlbumFilter, rows: BitMap, opened: frozenset[int]) -> BitMap:
        by_hand, names = self.table.albums, self.names

        def holds(reference: str) -> BitMap:
            albums = names.albums_of(reference)
            found = _coded(by_hand, lambda of: not albums.isdisjoint(of)) & rows
            for album in albums - opened:
                smart = names.albums[album].filter if album in names.albums else None
                if smart is not None:
                    found |= self.among(smart, rows, opened | {album})
            return found

        def nothing_else(left: BitMap) -> BitMap:
            inside = set().union(*(names.albums_of(reference) for reference in asked.only))
            return left & _coded(by_hand, inside.issuperset)

        found = _quantified(asked, rows, holds, nothing_else)
        return found if asked.known is None else found & _coded(by_hand, lambda of: bool(of) == asked.known)

    def _semantic(self, asked: SemanticFilter, rows: BitMap) -> BitMap:
        for distances, limit in semantic(asked, self.table, rows, self.embed):
            rows = rows & distances.within(limit)
        return rows


def _quantified(
    asked: SetFilter, rows: BitMap, has: Callable[[str], BitMap], nothing_else: Callable[[BitMap], BitMap]
) -> BitMap:
    """`has`: rows that have one reference; `nothing_else`: of some rows those that have none but `only`."""
    found = rows
    if asked.any:
        found = found & union(map(has, asked.any))
    for reference in (*asked.all, *asked.only):
        found = found & has(reference)
    if asked.none:
        found = found - union(map(has, asked.none))
    if asked.only and found:
        found = nothing_else(found)
    if asked.at_least is not None and found:
        found = found & _at_least(asked.at_least.k, [has(one) & found for one in dict.fromkeys(asked.at_least.of)])
    return found


def _at_least(k: int, sets: Sequence[BitMap]) -> BitMap:
    """Rows that are in k of the sets. `reached[i]`: rows in more than i of those looked at."""
    reached = [BitMap() for _ in range(k)]
    for rows in sets:
        for i in range(k - 1, 0, -1):
            reached[i] |= reached[i - 1] & rows
        reached[0] |= rows
    return reached[-1]


def _coded(column: Coded[Any], meets: Callable[..., bool]) -> BitMap:
    """Rows whose value meets a condition, which is asked once per value."""
    return column.rows(np.flatnonzero(np.fromiter(map(meets, list(column.values)), dtype=np.bool_)))


def _flagged(rows: BitMap, flag: BitMap, wanted: bool) -> BitMap:
    return rows & flag if wanted else rows - flag


def _or_zero(values: NDArray[Any]) -> NDArray[Any]:
    return np.where(np.isnan(values), values.dtype.type(0), values)


def _ratio(width: NDArray[np.float64], height: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.divide(width, height, out=np.full(len(width), np.nan), where=height > 0))


def _oriented(wanted: Sequence[Orientation], width: NDArray[np.float64], height: NDArray[np.float64]) -> Mask:
    meets = np.zeros(len(width), dtype=np.bool_)
    for shape in wanted:
        if shape is Orientation.LANDSCAPE:
            meets |= width > height
        elif shape is Orientation.PORTRAIT:
            meets |= width < height
        else:
            meets |= width == height
    return meets


def _weight(asked: ImageFilter) -> int:
    """What a filter costs at most, as in `Answer._parts`."""
    weights = [0]
    if asked.similar is not None or asked.semantic is not None:
        weights.append(6)
    if asked.color is not None:
        weights.append(5)
    if asked.text is not None or asked.album is not None:
        weights.append(4)
    if asked.path is not None and (asked.path.glob or asked.path.name):
        weights.append(4)
    if asked.tag is not None:
        weights.append(_tag_weight(asked.tag))
    if asked.place is not None and (asked.place.near or asked.place.polygon):
        weights.append(3)
    if asked.face is not None or asked.camera is not None or asked.size is not None or asked.rating is not None:
        weights.append(2)
    if asked.taken is not None or asked.added is not None or asked.place is not None or asked.path is not None:
        weights.append(1)
    weights += [_weight(part) for part in (*asked.and_, *asked.or_)]
    return max(*weights, 0 if asked.not_ is None else _weight(asked.not_))


def _tag_weight(asked: TagFilter) -> int:
    if asked.color is not None or asked.only:
        return 5
    return 0 if is_plain(asked) and asked.narrower else 3
