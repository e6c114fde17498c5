"""Random libraries and random questions, small enough that questions hit. Every engine is tried on these.

`libraries()` draws a `Drawn` library (facts and names), `filters()` a valid `ImageFilter` about it. All numbers are
exact in single precision and sums of scores are exact in any order, so that engines may compute in their own way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

from schema.facts import NO_TIME, FactBatch
from schema.filter import nodes as n
from schema.filter.photo import Photo, PhotoFace, PhotoTag
from schema.filter.reference import ReferenceLibrary
from schema.graph import Album, Place, PlaceLevel
from schema.query import Sort, SortBy
from schema.words import label_key

NOW = datetime(2024, 3, 1, 12, 30)

BROADER = {
    "animal.n.01": ("entity.n.01",),
    "dog.n.01": ("animal.n.01",),
    "poodle.n.01": ("dog.n.01",),
    "crane.n.05": ("animal.n.01",),
    "artifact.n.01": ("entity.n.01",),
    "crane.n.04": ("artifact.n.01",),
    "clothing.n.01": ("artifact.n.01",),
    "dress.n.01": ("clothing.n.01",),
    "gown.n.01": ("dress.n.01",),
    "vehicle.n.01": ("artifact.n.01",),
    "agent.n.01": ("entity.n.01",),
    "person.n.01": ("animal.n.01", "agent.n.01"),
    "entity.n.01": (),
}
WORDS = {"dress": ("dress.n.01", "clothing.n.01"), "crane": ("crane.n.04", "crane.n.05")}
WORDS |= {word: (f"{word}.n.01",) for word in ("animal", "dog", "poodle", "clothing", "gown", "vehicle", "person")}


class TinyLexicon:
    """A lexicon of a dozen synsets, two ambiguous words and one synset with two parents."""

    def senses(self, word: str, pos: str = "n") -> tuple[str, ...]:
        return WORDS.get(label_key(word), ())

    def ancestors(self, name: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        level = list(BROADER.get(name, ()))
        while level:
            found |= dict.fromkeys(level)
            level = [above for below in level for above in BROADER[below] if above not in found]
        return tuple(found)

    def hypernyms(self, name: str) -> tuple[str, ...]:
        return BROADER.get(name, ())

    def hyponyms(self, name: str) -> tuple[str, ...]:
        return tuple(below for below, above in BROADER.items() if name in above)

    def descendants(self, name: str) -> tuple[str, ...]:
        return tuple(below for below in BROADER if name in self.ancestors(below))

    def chain(self, name: str) -> tuple[str, ...]:
        found = [name]
        while above := BROADER.get(found[-1]):
            found.append(above[0])
        return tuple(found)

    def label(self, name: str) -> str:
        return name.partition(".")[0].replace("_", " ")


LEXICON = TinyLexicon()
PEOPLE = {1: "Ada", 2: "Bob", 3: "Ada", 4: "", 5: "José"}
PLACES = (
    Place("continent:EU", PlaceLevel.CONTINENT, "Europe", None, 50, 10),
    Place("country:HR", PlaceLevel.COUNTRY, "Croatia", "continent:EU", 45, 16, "HR", 4_000_000),
    Place("region:HR.21", PlaceLevel.REGION, "Zagreb", "country:HR", 45.8, 16, "HR", 800_000),
    Place("geo:1", PlaceLevel.CITY, "Zagreb", "region:HR.21", 45.8, 16, "HR", 700_000),
    Place("geo:2", PlaceLevel.CITY, "Samobor", "region:HR.21", 45.75, 15.75, "HR", 15_000),
    Place("country:FJ", PlaceLevel.COUNTRY, "Fiji", None, -18, 178, "FJ", 900_000),
    Place("geo:3", PlaceLevel.CITY, "Suva", "country:FJ", -18.125, 178.5, "FJ", 90_000),
)
POINTS = ((45.8125, 16.0), (45.75, 15.75), (-18.125, 178.5), (-17.0, -179.5), (0.0, 0.0), (89.0, 100.0), (60.0, 180.0))
MOMENTS = tuple(
    datetime(*when)
    for when in [
        (2024, 2, 29, 12, 0),
        (2024, 2, 20, 0, 0),
        (2023, 2, 28, 23, 59, 59),
        (2023, 3, 1, 5, 0),
        (2023, 12, 31, 23, 30),
        (2024, 1, 1, 0, 0),
        (2020, 2, 29, 18, 0),
        (2019, 7, 4, 12, 0),
        (2019, 8, 15, 22, 15),
        (1969, 7, 20, 20, 17),
        (1850, 1, 1, 0, 0),
        (2031, 6, 6, 6, 6),
    ]
)
PATHS = (
    "/photos/2019/Croatia/IMG_0001.JPG",
    "/photos/2019/croatia/beach day.jpg",
    "/photos/2019/šibenik.png",
    "/photos/Croatia/a/b/c.jpg",
    "/other/2019.jpg",
    "/top.jpg",
)
COLORS = ("#ff0000", "#e01010", "#00ff00", "#0000ff", "#808080", "#000000", "#ffffff", "#20c0c0")
TEXTS = ("", "Happy Birthday", "happy new year", "café crème", "IMG_0001 birthday happy", "東京タワー")
CAMERAS = (("", ""), ("SONY", "ILCE-7"), ("Canon", "Canon EOS 5D"), ("Apple", "iPhone 12"), ("", "EOS 5D Mark II"))
DIRECTIONS = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.5, 0.5, 0.5, 0.5), (-1.0, 0.0, 0.0, 0.0))
OUTLINES = (
    ((45.0, 15.0), (47.0, 15.0), (47.0, 17.0), (45.0, 17.0)),
    ((-20.0, 177.0), (-15.0, 177.0), (-15.0, -178.0), (-20.0, -178.0)),
    ((80.0, -120.0), (80.0, 0.0), (80.0, 120.0)),
    ((-50.0, 10.0), (70.0, 10.0), (10.0, 170.0)),
)

SHARES = tuple(x / 64 for x in range(65))
shares = scores = st.sampled_from(SHARES)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def some(values: Sequence[Any], most: int = 3, least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(values), min_size=least, max_size=most, unique=True).map(tuple)


# -- libraries


class Dice:
    """Choices read from bytes that hypothesis drew. One draw makes a whole photo: a draw for each of its fifty fields
    would take far longer than the engines' answers. Zeros are the first of every choice, so that it still shrinks."""

    def __init__(self, rolled: bytes) -> None:
        self.rolled = iter(rolled)

    def one(self, values: Sequence[Any]) -> Any:
        return values[next(self.rolled) % len(values)]

    def maybe(self, values: Sequence[Any]) -> Any:
        return self.one(values) if self.one((False, True)) else None

    def single(self, *values: float) -> float | None:
        value: float | None = self.maybe(values)
        return None if value is None else float(np.float32(value))

    def some(self, values: Sequence[Any], most: int = 3, least: int = 0) -> tuple[Any, ...]:
        left = list(values)
        return tuple(left.pop(self.one(range(len(left)))) for _ in range(self.one(range(least, most + 1))))


ROLLED = 192
"""Bytes: more than a photo takes."""
SECONDS = tuple(int((when - datetime(1970, 1, 1)).total_seconds()) for when in MOMENTS)
FACE_VECTORS = (b"", *(np.array(direction, np.float32).tobytes() for direction in DIRECTIONS))
VECTORS = (b"", *(np.array(direction, np.float16).tobytes() for direction in DIRECTIONS))


def tag(dice: Dice) -> PhotoTag:
    if dice.one((True, False)):
        return PhotoTag(
            name=dice.one(sorted(BROADER)),
            kind="concept",
            score=dice.one(SHARES),
            count=dice.one((1, 2, 3)),
            origin=dice.one(("MODEL", "USER")),
            colors=dice.some(COLORS, 2),
        )
    return PhotoTag(
        name=dice.one(("Dog", "dog", "dress", "Ada", "café", "summer_2019", "dog.n.01")),
        kind=dice.one(("keyword", "word", "user")),
        score=dice.one(SHARES),
        count=1,
        origin=dice.one(("METADATA", "RULE", "USER")),
    )


def face(dice: Dice) -> PhotoFace:
    return PhotoFace(
        score=dice.one(SHARES),
        person=dice.maybe(sorted(PEOPLE)),
        age=dice.maybe((0.5, 5.0, 19.5, 20.0, 25.0, 29.0, 65.0)),
        gender=dice.one(("", "FEMALE", "MALE")),
        emotion=dice.one(("", "HAPPY", "SAD", "NEUTRAL")),
        embedding=dice.one(FACE_VECTORS),
    )


def photo(number: int, dice: Dice) -> Photo:
    lat, lon = dice.one(((None, None), *POINTS))
    make, model = dice.one(CAMERAS)
    tags = [tag(dice) for _ in range(dice.one(range(5)))]
    return Photo(
        id=number,
        name=dice.one(("IMG_1.jpg", "img_10.jpg", "Äpfel.png", "apfel.jpg", "z", "zz")),
        format=dice.one(("jpeg", "png", "heic")),
        file_size=dice.one((0.0, 1000.0, 5_000_000.0, float(2**33 + 1))),
        taken=dice.maybe(SECONDS),
        added=dice.maybe(SECONDS),
        lat=lat,
        lon=lon,
        width=(width := dice.single(100, 3000, 4000, 8000)),
        height=None if width is None else dice.one((100.0, 3000.0, 4000.0)),
        iso=dice.single(100, 400, 6400),
        aperture=dice.single(1.4, 1.8, 8),
        exposure=dice.single(0.001, 1 / 60, 2),
        focal35=dice.single(16, 35, 85, 300),
        rating=dice.single(1, 3, 5),
        nsfw=dice.single(0, 0.3, 0.9),
        flash=dice.maybe((False, True)),
        favorite=dice.one((False, True)),
        trashed=dice.one((False, False, True)),
        offline=dice.one((False, True)),
        phash=dice.maybe((0, 1, 0xFF, 0xFFFF, 2**64 - 1)),
        media_version=dice.one(range(10)),
        make=make,
        model=model,
        lens=dice.one(("", "FE 24-70mm F2.8 GM", "50mm")),
        software=dice.one(("", "Lightroom 5.1")),
        place=dice.one(("", *(place.key for place in PLACES))),
        near_city=dice.one(("", "", "geo:1")),
        size_word=dice.one(("", "huge", "small")),
        conditions=dice.some(("night", "dark", "indoors", "blurry")),
        lens_words=dice.some(("wide", "ultrawide", "zoom")),
        paths=dice.some(PATHS, 2, 1),
        title=dice.one(TEXTS),
        caption=dice.one(TEXTS),
        ocr=dice.one(TEXTS),
        palette=tuple((color, dice.one(SHARES)) for color in dice.some(COLORS)),
        embedding=dice.one(VECTORS),
        meaning=dice.one(VECTORS),
        albums=dice.some((1, 2), 2),
        shares=dice.some(("s1", "s2"), 2),
        duplicates=dice.some([kind.value for kind in n.DuplicateKind], 2),
        tags=tuple({(one.name, one.kind, one.origin): one for one in tags}.values()),
        faces=tuple(face(dice) for _ in range(dice.one(range(4)))),
    )


def facts_of(rows: Sequence[Photo]) -> FactBatch:
    """Photos as one batch, in the order given (ascending ids)."""
    tag_rows = [(row, tag) for row, photo in enumerate(rows) for tag in photo.tags]
    face_rows = [(row, face) for row, photo in enumerate(rows) for face in photo.faces]

    def column(name: str, kind: Any, unknown: Any = np.nan) -> Any:
        values = [getattr(photo, name) for photo in rows]
        return np.array([unknown if value is None else value for value in values], dtype=kind)

    plain = {
        field.name: [getattr(photo, field.name) for photo in rows]
        for field in fields(FactBatch)
        if field.type.startswith("list[") and not field.name.startswith(("tag_", "face_"))  # type: ignore[union-attr]
    }
    singles = ("width", "height", "iso", "aperture", "exposure", "focal35", "rating", "nsfw")
    return FactBatch(
        id=column("id", np.uint32),
        taken=column("taken", np.int64, NO_TIME),
        added=column("added", np.int64, NO_TIME),
        lat=column("lat", np.float64),
        lon=column("lon", np.float64),
        file_size=column("file_size", np.float64),
        **{name: column(name, np.float32) for name in singles},
        flash=column("flash", np.int8, -1),
        **{name: column(name, np.bool_) for name in ("favorite", "trashed", "offline")},
        phash=column("phash", np.uint64, 0),
        has_phash=np.array([photo.phash is not None for photo in rows], dtype=np.bool_),
        media_version=column("media_version", np.int32),
        **plain,
        tag_row=np.array([row for row, _ in tag_rows], dtype=np.uint32),
        tag_name=[tag.name for _, tag in tag_rows],
        tag_kind=[tag.kind for _, tag in tag_rows],
        tag_score=np.array([tag.score for _, tag in tag_rows], dtype=np.float32),
        tag_count=np.array([tag.count for _, tag in tag_rows], dtype=np.int32),
        tag_origin=[tag.origin for _, tag in tag_rows],
        tag_colors=[tag.colors for _, tag in tag_rows],
        face_row=np.array([row for row, _ in face_rows], dtype=np.uint32),
        face_id=np.arange(1, len(face_rows) + 1, dtype=np.uint32),
        face_person=np.array([-1 if face.person is None else face.person for _, face in face_rows], dtype=np.int64),
        face_age=np.array([np.nan if face.age is None else face.age for _, face in face_rows], dtype=np.float32),
        face_gender=[face.gender for _, face in face_rows],
        face_emotion=[face.emotion for _, face in face_rows],
        face_score=np.array([face.score for _, face in face_rows], dtype=np.float32),
        face_embedding=[face.embedding for _, face in face_rows],
    )


@dataclass(frozen=True)
class Drawn:
    photos: tuple[Photo, ...]
    people: dict[int, str]
    places: tuple[Place, ...]
    albums: tuple[Album, ...]

    @property
    def batches(self) -> list[FactBatch]:
        """Two, so that batch borders are met."""
        half = len(self.photos) // 2
        return [facts_of(part) for part in (self.photos[:half], self.photos[half:]) if part]

    def reference(self, now: Callable[[], datetime] = lambda: NOW) -> ReferenceLibrary:
        return ReferenceLibrary.from_facts(self.batches, LEXICON, self.people, self.places, self.albums, now=now)


@cache
def libraries(most: int = 8) -> st.SearchStrategy[Drawn]:
    rolled = st.tuples(st.integers(1, 3 * most), st.binary(min_size=ROLLED, max_size=ROLLED))
    rows = st.lists(rolled, max_size=most, unique_by=lambda row: row[0])
    return st.builds(_library, rows, filters(albums=(1, 2), depth=1), filters(albums=(1, 2, 3), depth=1))


def _library(rows: Sequence[tuple[int, bytes]], smart: n.ImageFilter, smarter: n.ImageFilter) -> Drawn:
    albums = (
        Album("Trips", 1),
        Album("Croatia", 2, parent_id=1),
        Album("Smart", 3, parent_id=1, filter=smart),
        Album("Smarter", 4, filter=smarter),
    )
    return Drawn(tuple(photo(number, Dice(rolled)) for number, rolled in sorted(rows)), PEOPLE, PLACES, albums)


# -- questions


def sparse(model: Any, /, **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A filter part with one to three of its fields given."""

    @cache
    def of(names: tuple[str, ...]) -> st.SearchStrategy[Any]:
        return st.builds(model, **{name: parts[name] for name in names})

    names = st.lists(st.sampled_from(sorted(parts)), min_size=1, max_size=3, unique=True)
    return names.flatmap(lambda chosen: of(tuple(sorted(chosen))))


def ranges(*values: float) -> st.SearchStrategy[n.Range]:
    ends = st.lists(st.sampled_from(sorted(values)), min_size=2, max_size=2).map(sorted)
    return st.tuples(ends, st.sampled_from(["both", "min", "max"])).map(
        lambda x: n.Range(
            min=x[0][0] if x[1] in ("both", "min") else None, max=x[0][1] if x[1] in ("both", "max") else None
        )
    )


def quantifiers(values: Sequence[str]) -> dict[str, st.SearchStrategy[Any]]:
    return {
        "any": some(values, 2, 1),
        "all": some(values, 2, 1),
        "none": some(values, 2, 1),
        "only": some(values, 3, 1),
        "at_least": st.tuples(some(values, 3, 1), st.integers(0, 2)).map(
            lambda x: n.AtLeast(k=1 + x[1] % len(x[0]), of=x[0])
        ),
    }


def sets(values: Sequence[str], model: Any = n.SetFilter, **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return sparse(model, **quantifiers(values), **more)


def times() -> st.SearchStrategy[n.TimeFilter]:
    spans = st.lists(st.sampled_from(MOMENTS), min_size=2, max_size=2, unique=True).map(sorted)
    return st.one_of(
        spans.map(lambda span: n.TimeFilter(from_=span[0], to=span[1])),
        sparse(
            n.TimeFilter,
            from_=st.sampled_from(MOMENTS),
            years=some([2019, 2020, 2023, 2024], 2, 1),
            months=some([1, 2, 7, 12], 2, 1),
            days=some([1, 15, 20, 29], 2, 1),
            weekdays=some([1, 4, 6, 7], 2, 1),
            hours=st.sampled_from([(22, 6), (12, 13), (0, 24), (18, 24)]).map(lambda h: n.Hours(from_=h[0], to=h[1])),
            seasons=some(list(n.Season), 2, 1),
            this_day=st.builds(n.ThisDay, window=st.sampled_from([0, 1, 10, 183]), past_only=st.booleans())
            | st.sampled_from([(2, 29), (12, 31), (1, 1)]).flatmap(
                lambda day: st.builds(
                    n.ThisDay,
                    month=st.just(day[0]),
                    day=st.just(day[1]),
                    window=st.sampled_from([0, 2]),
                    past_only=st.booleans(),
                )
            ),
            ago=st.builds(
                n.Ago, n=st.sampled_from([10, 60, 3000]), unit=st.sampled_from(list(n.Unit)), until=st.integers(0, 9)
            ),
            known=st.booleans(),
        ),
    )


CONCEPTS = (*sorted(BROADER), *WORDS, "Dog", "summer 2019", "CAFE", "unknown", "nothing.n.01")
PERSONS = ("person:1", "person:4", "person:99", "ada", "Jose", "nobody")
WHERE = ("continent:EU", "country:HR", "geo:1", "geo:2", "zagreb", "Fiji", "country:XX", "nowhere")
ALBUMS = {1: ("album:1", "trips"), 2: ("album:2", "Croatia"), 3: ("album:3",), 4: ("smarter", "album:99")}


def leaves(albums: Sequence[int]) -> dict[str, st.SearchStrategy[Any]]:
    """One strategy for each field of ImageFilter but and, or, not."""
    images = st.integers(1, 24).map(lambda number: f"image:{number}")
    near = st.builds(
        n.Near, lat=st.sampled_from([45.5, -17.5, 89.5]), lon=st.sampled_from([16.0, -179.0]), km=st.just(250.0)
    ) | st.builds(n.Near, place=st.sampled_from(WHERE), km=st.sampled_from([1.0, 60.0, 20040.0]))
    boxes = st.sampled_from([(45, 15, 46, 17), (-20, 178, -10, -179), (-90, -180, 90, 180), (0, 180, 89.5, 180)])
    box = boxes.map(lambda b: n.Box(south=b[0], west=b[1], north=b[2], east=b[3]))
    albums_named = [name for number in albums for name in ALBUMS[number]]
    return {
        "ids": st.lists(images, max_size=4, unique=True).map(tuple),
        "tag": sets(
            CONCEPTS,
            n.TagFilter,
            narrower=st.booleans(),
            min_score=scores,
            min_count=st.integers(1, 3),
            color=st.sampled_from(["red", "#00ff00", "navy"]),
            origin=some(list(n.Origin), 2, 1),
        ),
        "tagged": st.booleans(),
        "person": sets(PERSONS),
        "face": st.just(n.FaceFilter())
        | sparse(
            n.FaceFilter,
            person=some(PERSONS, 2, 1),
            named=st.booleans(),
            age=ranges(0, 20, 29, 30),
            gender=st.sampled_from(list(n.Gender)),
            emotion=some(list(n.Emotion), 2, 1),
            min_score=scores,
            count=ranges(0, 1, 2, 3),
            every=st.booleans(),
        ),
        "place": sparse(
            n.PlaceFilter,
            within=some(WHERE, 2, 1),
            none=some(WHERE, 2, 1),
            near=near,
            box=box,
            polygon=st.sampled_from(OUTLINES),
            known=st.booleans(),
        ),
        "taken": times(),
        "added": times(),
        "camera": sparse(
            n.CameraFilter,
            make=some(["sony", "canon", "leica"], 2, 1),
            model=some(["ilce-7", "EOS 5d", "5D", "phone"], 2, 1),
            lens=some(["24 70mm", "50mm", "0mm"], 2, 1),
            software=some(["lightroom", "5"], 2, 1),
            iso=ranges(100, 400, 1000),
            aperture=ranges(1.4, 1.8, 2),
            exposure=ranges(0.001, 1 / 60, 1),
            focal=ranges(16, 50, 85),
            flash=st.booleans(),
            known=st.booleans(),
        ),
        "condition": sets(["night", "Dark", "indoors", "bright"]),
        "lens": sets(["wide", "ultrawide", "zoom"]),
        "size": sparse(
            n.SizeFilter,
            megapixels=ranges(0, 1, 10, 11.444091796875, 40),
            width=ranges(100, 3000, 4000),
            height=ranges(100, 3000, 4000),
            bytes=ranges(0, 1000, 2**33 + 1),
            aspect=ranges(0.5, 1, 4 / 3),
            orientation=some(list(n.Orientation), 2, 1),
        ),
        "size_word": sets(["huge", "small", "tiny"]),
        "format": sets(["JPEG", "png", "raw"]),
        "color": st.builds(
            n.ColorFilter,
            near=st.sampled_from(["red", "#20c0c0", "gray"]),
            distance=st.sampled_from([1.0, 20.0, 100.0]),
            min_share=shares,
        ),
        "text": sparse(
            n.TextFilter,
            words=st.sampled_from(["happy", "birth*", "cafe CREME", "img 0001", "京", "croatia beach"]),
            phrase=st.sampled_from(["happy birthday", "東京", "birthday happy", "summer 2019"]),
            fields=some(list(n.TextField), 2, 1),
        ),
        "path": sparse(
            n.PathFilter,
            under=some(["/photos", "/photos/2019/", "croatia", "2019/Croatia", "/", "/phot"], 2, 1),
            glob=some(["*.jpg", "/photos/*/*.png", "**/c.jpg", "/photos/**", "img_????.*", "[a-c]*.jpg"], 2, 1),
            name=some(["img", "ŠIBENIK", "beach d", "2019"], 2, 1),
        ),
        "rating": ranges(1, 3, 4, 5),
        "favorite": st.booleans(),
        "nsfw": ranges(0, 0.3, 0.5, 1),
        "album": sets(albums_named, n.AlbumFilter, known=st.booleans()),
        "share": sets(["s1", "s2", "s3"]),
        "duplicate": some(list(n.DuplicateKind), 2, 1),
        "similar": st.builds(
            n.SimilarFilter,
            to=images,
            by=st.sampled_from(list(n.SimilarBy)),
            distance=maybe(st.sampled_from([0.0, 0.25, 0.5, 1.0])),
        ),
        "semantic": st.builds(n.SemanticFilter, image=images, min_score=maybe(st.sampled_from([-1.0, 0.0, 0.5, 1.0]))),
        "trashed": st.booleans(),
        "offline": st.booleans(),
    }


@cache
def filters(albums: tuple[int, ...] = (1, 2, 3, 4), depth: int = 3) -> st.SearchStrategy[n.ImageFilter]:
    """Valid filters; `albums`: those that may be named."""
    found = sparse(n.ImageFilter, **leaves(albums))
    for _ in range(depth):
        found = st.one_of(
            found,
            st.lists(found, max_size=3).map(lambda parts: n.ImageFilter(and_=tuple(parts))),
            st.lists(found, max_size=3).map(lambda parts: n.ImageFilter(or_=tuple(parts))),
            found.map(lambda part: n.ImageFilter(not_=part)),
        )
    return found


sorts = st.builds(
    Sort,
    by=st.sampled_from(list(SortBy)),
    descending=st.booleans(),
    seed=st.integers(0, 3),
    weights=st.lists(st.tuples(st.sampled_from(CONCEPTS), st.sampled_from((1 / 16, 7 / 16, 1.0))), max_size=3).map(
        tuple
    ),
)
