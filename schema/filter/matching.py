"""What every part of an `ImageFilter` means: one photo, one filter, plain Python. Slow and obvious on purpose.

This is the law. The read index and the stores that answer filters by themselves must agree with it on every photo.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import product
from math import fsum

import numpy as np

from schema import color
from schema.filter import clock, geometry, paths
from schema.filter.nodes import (
    SEMANTIC_IMAGE_SCORE,
    SIMILAR_DISTANCE,
    TAG_COLOR_DISTANCE,
    AlbumFilter,
    CameraFilter,
    ColorFilter,
    FaceFilter,
    ImageFilter,
    Orientation,
    PlaceFilter,
    Range,
    SemanticFilter,
    SetFilter,
    SimilarBy,
    SimilarFilter,
    SizeFilter,
    TagFilter,
    TextField,
    TextFilter,
    TimeFilter,
)
from schema.filter.photo import Photo, PhotoFace, PhotoTag, World, numbered
from schema.words import has_phrase, has_word, label_key, query_words, words


def within(bounds: Range, value: float | None, *, single: bool = True) -> bool:
    """`min <= value <= max`; bounds are rounded to single precision when the value is."""
    if value is None:
        return False
    low, high = bounds.min, bounds.max
    if single:
        with np.errstate(over="ignore"):
            low = None if low is None else float(np.float32(low))
            high = None if high is None else float(np.float32(high))
    return (low is None or low <= value) and (high is None or value <= high)


def quantified(asked: SetFilter, has: Callable[[str], bool], nothing_but: Callable[[Collection[str]], bool]) -> bool:
    """The quantifiers of `SetFilter`, over `has` (this one is there) and `nothing_but` (only these are there)."""
    return (
        (not asked.any or any(map(has, asked.any)))
        and all(map(has, asked.all))
        and not any(map(has, asked.none))
        and (not asked.only or (all(map(has, asked.only)) and nothing_but(asked.only)))
        and (asked.at_least is None or sum(map(has, dict.fromkeys(asked.at_least.of))) >= asked.at_least.k)
    )


def among(asked: SetFilter | None, values: Iterable[str]) -> bool:
    """Quantifiers over plain words, without case."""
    there = {label_key(value) for value in values} - {""}
    return asked is None or quantified(
        asked,
        lambda word: label_key(word) in there,
        lambda words_: there <= {label_key(word) for word in words_},
    )


def matches(asked: ImageFilter, photo: Photo, world: World, opened: frozenset[int] = frozenset()) -> bool:
    """Whether a photo is in the answer. `opened`: smart albums being looked into; one that asks for itself is empty."""
    return (
        all(matches(part, photo, world, opened) for part in asked.and_)
        and (not asked.or_ or any(matches(part, photo, world, opened) for part in asked.or_))
        and (asked.not_ is None or not matches(asked.not_, photo, world, opened))
        and (asked.ids is None or photo.id in {numbered("image", reference) for reference in asked.ids})
        and (asked.tag is None or tag_matches(asked.tag, photo, world))
        and (asked.tagged is None or asked.tagged == any(tag.origin in ("MODEL", "USER") for tag in photo.tags))
        and (asked.person is None or person_matches(asked.person, photo, world))
        and (asked.face is None or face_matches(asked.face, photo, world))
        and (asked.place is None or place_matches(asked.place, photo, world))
        and (asked.taken is None or time_matches(asked.taken, photo.taken, photo.lat, clock.local(world.now())))
        and (asked.added is None or time_matches(asked.added, photo.added, photo.lat, clock.utc(world.now())))
        and (asked.camera is None or camera_matches(asked.camera, photo))
        and among(asked.condition, photo.conditions)
        and among(asked.lens, photo.lens_words)
        and (asked.size is None or size_matches(asked.size, photo))
        and among(asked.size_word, [photo.size_word])
        and among(asked.format, [photo.format])
        and (asked.color is None or color_matches(asked.color, photo))
        and (asked.text is None or text_matches(asked.text, photo))
        and (asked.path is None or any(map(paths.matcher(asked.path), photo.paths)))
        and (asked.rating is None or within(asked.rating, photo.rating))
        and (asked.favorite is None or asked.favorite == photo.favorite)
        and (asked.nsfw is None or within(asked.nsfw, photo.nsfw or 0.0))
        and (asked.album is None or album_matches(asked.album, photo, world, opened))
        and among(asked.share, photo.shares)
        and (not asked.duplicate or any(kind in photo.duplicates for kind in asked.duplicate))
        and (asked.similar is None or similar_matches(asked.similar, photo, world))
        and (asked.semantic is None or semantic_matches(asked.semantic, photo, world))
        and (asked.trashed is None or asked.trashed == photo.trashed)
        and (asked.offline is None or asked.offline == photo.offline)
    )


def passing_tags(asked: TagFilter, photo: Photo) -> list[PhotoTag]:
    """The tag edges that a TagFilter looks at."""
    return [
        tag
        for tag in photo.tags
        if within(Range(min=asked.min_score), tag.score)
        and tag.count >= asked.min_count
        and (not asked.origin or tag.origin in asked.origin)
        and (
            asked.color is None
            or (tag.colors and color.difference(asked.color, tag.colors).min() <= TAG_COLOR_DISTANCE)
        )
    ]


def is_concept(tag: PhotoTag, concept: str, world: World, *, narrower: bool = True) -> bool:
    if tag.kind == "concept":
        return tag.name in world.synsets(concept, narrower=narrower)
    return label_key(tag.name) == label_key(concept)


def tag_matches(asked: TagFilter, photo: Photo, world: World) -> bool:
    tags = passing_tags(asked, photo)

    def named(tag: PhotoTag, concept: str) -> bool:
        return is_concept(tag, concept, world, narrower=asked.narrower)

    return quantified(
        asked,
        lambda concept: any(named(tag, concept) for tag in tags),
        lambda concepts: all(any(named(tag, concept) for concept in concepts) for tag in tags),
    )


def person_matches(asked: SetFilter, photo: Photo, world: World) -> bool:
    return quantified(
        asked,
        lambda reference: bool(world.person_ids(reference) & photo.people),
        lambda references: all(
            any(face.person in world.person_ids(reference) for reference in references) for face in photo.faces
        ),
    )


def face_matches(asked: FaceFilter, photo: Photo, world: World) -> bool:
    def meets(face: PhotoFace) -> bool:
        named = face.person is not None and bool(world.people.get(face.person))
        return (
            (not asked.person or any(face.person in world.person_ids(reference) for reference in asked.person))
            and (asked.named is None or asked.named == named)
            and (asked.age is None or within(asked.age, face.age))
            and (asked.gender is None or asked.gender == face.gender)
            and (not asked.emotion or face.emotion in asked.emotion)
        )

    seen = [face for face in photo.faces if within(Range(min=asked.min_score), face.score)]
    meeting = sum(map(meets, seen))
    enough = meeting >= 1 if asked.count is None else within(asked.count, meeting, single=False)
    return enough and (not asked.every or (len(seen) > 0 and meeting == len(seen)))


def place_matches(asked: PlaceFilter, photo: Photo, world: World) -> bool:
    def inside(reference: str) -> bool:
        return bool(world.place_keys(reference) & world.around(photo))

    lat = np.nan if photo.lat is None else photo.lat
    lon = np.nan if photo.lon is None else photo.lon
    known = not np.isnan(lat + lon)

    def near() -> bool:
        if asked.near is None:
            return True
        center: tuple[float, float] | None = None
        if asked.near.place is not None:
            center = world.center(asked.near.place)
        elif asked.near.lat is not None and asked.near.lon is not None:
            center = asked.near.lat, asked.near.lon
        return center is not None and bool(geometry.distance_km(*center, lat, lon) <= asked.near.km)

    return (
        (not asked.within or any(map(inside, asked.within)))
        and not any(map(inside, asked.none))
        and near()
        and (asked.box is None or bool(geometry.in_box(asked.box, lat, lon)))
        and (not asked.polygon or bool(geometry.area(asked.polygon).covers(lat, lon)[0]))
        and (asked.known is None or asked.known == (known or bool(photo.place)))
    )


def time_matches(asked: TimeFilter, seconds: int | None, lat: float | None, now: datetime) -> bool:
    """`now` is a naive wall clock of the same kind as the seconds."""
    if asked.known is not None and asked.known != (seconds is not None):
        return False
    if asked == TimeFilter(known=asked.known):
        return True
    if seconds is None:
        return False
    when = datetime(1970, 1, 1) + timedelta(seconds=seconds)
    return (
        (asked.from_ is None or asked.from_.replace(tzinfo=None) <= when)
        and (asked.to is None or when < asked.to.replace(tzinfo=None))
        and (not asked.years or when.year in asked.years)
        and (not asked.months or when.month in asked.months)
        and (not asked.days or when.day in asked.days)
        and (not asked.weekdays or when.isoweekday() in asked.weekdays)
        and (asked.hours is None or clock.in_hours(asked.hours, when.hour))
        and (not asked.seasons or clock.season(when.month, south=lat is not None and lat < 0) in asked.seasons)
        and (asked.this_day is None or clock.on_this_day(asked.this_day, when.date(), now.date()))
        and (asked.ago is None or clock.ago(asked.ago.n, asked.ago.unit, now) <= when)
        and (asked.ago is None or when < clock.ago(asked.ago.until, asked.ago.unit, now))
    )


def camera_matches(asked: CameraFilter, photo: Photo) -> bool:
    def says(wanted: Sequence[str], text: str) -> bool:
        return not wanted or any(has_phrase(words(text), words(name)) for name in wanted)

    return (
        says(asked.make, photo.make)
        and says(asked.model, photo.model)
        and says(asked.lens, photo.lens)
        and says(asked.software, photo.software)
        and (asked.iso is None or within(asked.iso, photo.iso))
        and (asked.aperture is None or within(asked.aperture, photo.aperture))
        and (asked.exposure is None or within(asked.exposure, photo.exposure))
        and (asked.focal is None or within(asked.focal, photo.focal35))
        and (asked.flash is None or asked.flash == photo.flash)
        and (asked.known is None or asked.known == bool(photo.make or photo.model))
    )


def size_matches(asked: SizeFilter, photo: Photo) -> bool:
    width, height = photo.width, photo.height
    known = width is not None and height is not None and height > 0
    pixels = width * height if width is not None and height is not None else None
    shape = None
    if width is not None and height is not None:
        shape = Orientation.LANDSCAPE if width > height else Orientation.PORTRAIT
        shape = Orientation.SQUARE if width == height else shape
    return (
        (asked.megapixels is None or within(asked.megapixels, pixels and pixels / 1024**2, single=False))
        and (asked.width is None or within(asked.width, width))
        and (asked.height is None or within(asked.height, height))
        and (asked.bytes is None or within(asked.bytes, photo.file_size, single=False))
        and (asked.aspect is None or (known and within(asked.aspect, (width or 0) / (height or 1), single=False)))
        and (not asked.orientation or shape in asked.orientation)
    )


def color_matches(asked: ColorFilter, photo: Photo) -> bool:
    if not photo.palette:
        return False
    distances = color.shade_differences(asked.near)[color.shades(hex_ for hex_, _ in photo.palette)]
    shares = [share for (_, share), d in zip(photo.palette, distances, strict=True) if d <= asked.distance]
    return bool(shares) and fsum(shares) >= asked.min_share


def texts(photo: Photo, field_: TextField) -> list[str]:
    match field_:
        case TextField.OCR:
            return [photo.ocr]
        case TextField.TITLE:
            return [photo.title]
        case TextField.CAPTION:
            return [photo.caption]
        case TextField.KEYWORDS:
            return [tag.name for tag in photo.tags if tag.kind in ("keyword", "user")]
        case TextField.PATH:
            return list(photo.paths)


def text_matches(asked: TextFilter, photo: Photo) -> bool:
    values = [words(text) for field_ in asked.fields or TextField for text in texts(photo, field_)]
    phrase = words(asked.phrase)
    return all(any(has_word(value, word) for value in values) for word in query_words(asked.words)) and (
        not phrase or any(has_phrase(value, phrase) for value in values)
    )


def album_matches(asked: AlbumFilter, photo: Photo, world: World, opened: frozenset[int]) -> bool:
    smart = {album.id: album.filter for album in world.albums if album.filter is not None}

    def holds(album: int) -> bool:
        found = smart.get(album)
        return album in photo.albums or (
            found is not None and album not in opened and matches(found, photo, world, opened | {album})
        )

    return quantified(
        asked,
        lambda reference: any(map(holds, world.album_ids(reference))),
        lambda references: all(
            any(album in world.album_ids(reference) for reference in references) for album in photo.albums
        ),
    ) and (asked.known is None or asked.known == bool(photo.albums))


def cosine(one: bytes, other: bytes, kind: type[np.float16] | type[np.float32]) -> float | None:
    """Of two normalized embeddings; None when one lacks it or they are of different models."""
    if not one or len(one) != len(other):
        return None
    return float(np.frombuffer(one, kind).astype(np.float64) @ np.frombuffer(other, kind).astype(np.float64))


def tag_weights(photo: Photo) -> dict[str, float]:
    """Best score per tag, WORD tags left out."""
    weights: dict[str, float] = {}
    for tag in photo.tags:
        if tag.kind != "word":
            key = tag.name if tag.kind == "concept" else label_key(tag.name)
            weights[key] = max(weights.get(key, 0.0), tag.score)
    return weights


def distance(asked: SimilarFilter, photo: Photo, world: World) -> float | None:
    """How far a photo is from the one asked for, in the unit of `by`; None when it cannot be compared."""
    number = numbered("image", asked.to)
    to = None if number is None else world.photos.get(number)
    if to is None:
        return None
    match asked.by:
        case SimilarBy.LOOK:
            likeness = cosine(to.embedding, photo.embedding, np.float16)
            return None if likeness is None else 1 - likeness
        case SimilarBy.HASH:
            return None if to.phash is None or photo.phash is None else (to.phash ^ photo.phash).bit_count()
        case SimilarBy.FACES:
            pairs = (cosine(a.embedding, b.embedding, np.float32) for a, b in product(to.faces, photo.faces))
            return min((1 - likeness for likeness in pairs if likeness is not None), default=None)
        case SimilarBy.DESCRIPTION:
            one, other = tag_weights(to), tag_weights(photo)
            either = {key: (one.get(key, 0.0), other.get(key, 0.0)) for key in one | other}
            total = sum(max(pair) for pair in either.values())
            return 1 - sum(min(pair) for pair in either.values()) / total if one and other and total > 0 else None


def similar_matches(asked: SimilarFilter, photo: Photo, world: World) -> bool:
    found = distance(asked, photo, world)
    return found is not None and found <= (SIMILAR_DISTANCE[asked.by] if asked.distance is None else asked.distance)


def likeness(asked: SemanticFilter, photo: Photo, world: World) -> tuple[float | None, float | None]:
    """Cosines of a photo with the text and with the image asked for."""
    text: float | None = None
    if asked.text and world.embed is not None:
        vector = np.asarray(world.embed(asked.text).vector, np.float16)
        text = cosine(vector.tobytes(), photo.meaning, np.float16)
    to = world.photos.get(numbered("image", asked.image) or -1) if asked.image else None
    return text, None if to is None else cosine(to.meaning, photo.meaning, np.float16)


def semantic_matches(asked: SemanticFilter, photo: Photo, world: World) -> bool:
    def enough(score: float | None, default: float) -> bool:
        return score is not None and score >= (default if asked.min_score is None else asked.min_score)

    text, image = likeness(asked, photo, world)
    cutoff = world.embed(asked.text).cutoff if asked.text and world.embed is not None else 1.0
    return (not asked.text or enough(text, cutoff)) and (not asked.image or enough(image, SEMANTIC_IMAGE_SCORE))
