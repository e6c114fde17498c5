"""A made-up photo library of any size, the same for the same seed: events with bursts, Zipf tags, faces, places.

About what is known of real libraries: pictures come in bursts within events, a few tags and people are everywhere and
most are rare, one photo in twelve has no date, a third no position, one file in thirty is an undated scan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schema.facts import NO_TIME, FactBatch
from schema.filter.nodes import Emotion, Gender
from schema.graph import Album, Place, PlaceLevel

_DAY = 86_400
CAMERAS = (
    ("Apple", "iPhone 12", "iPhone 12 back camera 4.2mm f/1.6", "IMG_{:04}.HEIC", "heic", 4032, 3024),
    ("samsung", "SM-G991B", "", "{date}_{time}.jpg", "jpeg", 4000, 3000),
    ("SONY", "ILCE-7M3", "FE 24-105mm F4 G OSS", "DSC{:05}.JPG", "jpeg", 6000, 4000),
    ("Canon", "Canon EOS 5D Mark III", "EF50mm f/1.8 STM", "_MG_{:04}.CR2", "raw", 5760, 3840),
    ("NIKON CORPORATION", "NIKON D750", "70.0-200.0 mm f/2.8", "DSC_{:04}.JPG", "jpeg", 6016, 4016),
    ("Google", "Pixel 5", "", "PXL_{date}_{time}.jpg", "jpeg", 4032, 3024),
    ("", "", "", "IMG-{date}-WA{:04}.jpg", "jpeg", 1600, 1200),
    ("", "", "", "scan {:05}.png", "png", 2480, 3508),
)
SCAN = len(CAMERAS) - 1
CONDITIONS = ((), ("bright", "outdoors"), ("outdoors",), ("indoors",), ("night", "dark"), ("night", "dark", "long"))
EMOTIONS = [emotion.value for emotion in Emotion]
FEW_SYNSETS = ("dog.n.01", "poodle.n.01", "dress.n.01", "gown.n.01", "person.n.01", "vehicle.n.01", "crane.n.04")
SYLLABLES = ("ba", "co", "di", "fu", "ga", "li", "mo", "na", "pe", "ra", "so", "ti", "va", "ze")


@dataclass(frozen=True)
class Recipe:
    images: int
    seed: int = 0
    synsets: tuple[str, ...] = FEW_SYNSETS
    people: int = 400
    cities: int = 3000
    vector: int = 0
    """Length of image embeddings, 0 for none."""
    meaning: int = 0
    """The same beside texts."""
    face_vector: int = 0


@dataclass(frozen=True)
class World:
    """What all batches of one recipe share."""

    places: tuple[Place, ...]
    cities: tuple[Place, ...]
    words: tuple[str, ...]
    palettes: tuple[tuple[tuple[str, float], ...], ...]


def people(recipe: Recipe) -> dict[int, str]:
    return {
        number: f"{_word(number).title()} {_word(number * 7 + 3).title()}" for number in range(1, recipe.people + 1)
    }


def albums(recipe: Recipe) -> tuple[Album, ...]:
    return tuple(Album(f"Album {number}", number) for number in range(1, 101))


def world(recipe: Recipe) -> World:
    rng = np.random.default_rng(recipe.seed)
    made: list[Place] = [
        Place(f"continent:{key}", PlaceLevel.CONTINENT, name, None, 0, 0)
        for key, name in (("EU", "Europe"), ("AS", "Asia"), ("NA", "North America"), ("AF", "Africa"))
    ]
    countries, regions, cities = [], [], []
    for number in range(60):
        code = chr(65 + number // 26) + chr(65 + number % 26)
        lat, lon = float(rng.uniform(-45, 65)), float(rng.uniform(-170, 170))
        continent = made[number % 4].key
        countries.append(
            Place(f"country:{code}", PlaceLevel.COUNTRY, f"{_word(number + 900).title()}ia", continent, lat, lon, code)
        )
    for number in range(400):
        above = countries[number % 60]
        lat, lon = above.lat + float(rng.normal(0, 2)), above.lon + float(rng.normal(0, 3))
        key = f"region:{above.country}.{number}"
        regions.append(
            Place(key, PlaceLevel.REGION, f"{_word(number + 2000).title()} County", above.key, lat, lon, above.country)
        )
    for number in range(recipe.cities):
        above = regions[number % 400]
        lat, lon = above.lat + float(rng.normal(0, 0.4)), above.lon + float(rng.normal(0, 0.5))
        people_ = int(2_000_000 / (1 + number))
        cities.append(
            Place(
                f"geo:{number + 1}",
                PlaceLevel.CITY,
                _word(number + 5000).title(),
                above.key,
                lat,
                lon,
                above.country,
                people_,
            )
        )
    words = tuple(dict.fromkeys(_word(number * 31 + 11) for number in range(20_000)))
    return World(
        (*made, *countries, *regions, *cities),
        tuple(cities),
        words,
        _palettes(rng, max(200, min(50_000, recipe.images // 10))),
    )


def batches(recipe: Recipe, size: int = 20_000) -> Iterator[FactBatch]:
    """All images, ids ascending from 1. Batches of another size hold other images."""
    shared = world(recipe)
    for number, start in enumerate(range(0, recipe.images, size)):
        count = min(size, recipe.images - start)
        yield batch(recipe, shared, np.arange(start + 1, start + count + 1, dtype=np.uint32), number)


def batch(recipe: Recipe, shared: World, ids: NDArray[np.uint32], number: int) -> FactBatch:
    """Images of these ids, of the `number`th draw."""
    rng = np.random.default_rng([recipe.seed, number])
    n = len(ids)
    event, in_event = _events(rng, n)
    events = int(event[-1]) + 1
    city = _zipf(rng, events, len(shared.cities))[event]
    camera = rng.choice(len(CAMERAS), events, p=[0.3, 0.2, 0.12, 0.08, 0.06, 0.1, 0.1, 0.04])[event]
    taken = _times(rng, events)[event] + _since_start(rng, in_event)
    known = (camera != SCAN) & (rng.random(n) > 0.05)
    located = known & (rng.random(n) > 0.3)
    turned = rng.random(n) < 0.3
    width = np.array([c[5] for c in CAMERAS], dtype=np.float32)[camera]
    height = np.array([c[6] for c in CAMERAS], dtype=np.float32)[camera]
    width, height = np.where(turned, height, width), np.where(turned, width, height)
    lat = np.array([p.lat for p in shared.cities])[city] + rng.normal(0, 0.03, n)
    lon = np.array([p.lon for p in shared.cities])[city] + rng.normal(0, 0.03, n)
    exif = known & (np.array([bool(c[0]) for c in CAMERAS])[camera])
    condition = np.where(exif, rng.choice(len(CONDITIONS), n, p=[0.1, 0.3, 0.25, 0.2, 0.1, 0.05]), 0)
    focal = np.where(exif, rng.choice([13, 26, 35, 50, 77, 105, 200, 400], n), np.nan).astype(np.float32)
    return FactBatch(
        id=ids,
        taken=np.where(known, taken, NO_TIME),
        added=1_700_000_000 + ids.astype(np.int64) // 20,
        lat=np.where(located, np.round(lat, 6), np.nan),
        lon=np.where(located, np.round(lon, 6), np.nan),
        width=width,
        height=height,
        file_size=np.round(width.astype(np.float64) * height * rng.uniform(0.15, 0.5, n)),
        iso=np.where(exif, rng.choice([50, 100, 200, 400, 800, 1600, 3200], n), np.nan).astype(np.float32),
        aperture=np.where(exif, rng.choice([1.6, 1.8, 2.8, 4.0, 5.6, 8.0, 11.0], n), np.nan).astype(np.float32),
        exposure=np.where(exif, 1 / rng.choice([4, 30, 60, 125, 500, 2000], n), np.nan).astype(np.float32),
        focal35=focal,
        rating=np.where(rng.random(n) < 0.06, rng.integers(1, 6, n), np.nan).astype(np.float32),
        nsfw=np.where(rng.random(n) < 0.9, rng.beta(0.3, 8, n), np.nan).astype(np.float32),
        flash=np.where(exif, rng.random(n) < 0.08, -1).astype(np.int8),
        favorite=rng.random(n) < 0.03,
        trashed=rng.random(n) < 0.01,
        offline=rng.random(n) < 0.02,
        phash=_hashes(rng, in_event),
        has_phash=np.ones(n, dtype=np.bool_),
        media_version=rng.integers(1, 2**31, n).astype(np.int32),
        format=[CAMERAS[c][4] for c in camera.tolist()],
        **_camera_texts(camera, exif),
        **_names(rng, ids, camera, event, taken, number),
        place=[shared.cities[c].key if yes else "" for c, yes in zip(city.tolist(), located.tolist(), strict=True)],
        near_city=[
            f"geo:{c % 300 + 1}" if yes and c % 3 else ""
            for c, yes in zip(city.tolist(), located.tolist(), strict=True)
        ],
        size_word=[_size_word(p) for p in (width * height / 1024**2).tolist()],
        conditions=[CONDITIONS[c] for c in condition.tolist()],
        lens_words=[_lens_words(f) for f in focal.tolist()],
        title=_texts(rng, shared.words, n, 0.03, 3),
        caption=_texts(rng, shared.words, n, 0.04, 8),
        ocr=_texts(rng, shared.words, n, 0.08, 15),
        palette=[shared.palettes[p] for p in rng.integers(0, len(shared.palettes), n).tolist()],
        thumbhash=_slices(rng.bytes(21 * n), 21),
        embedding=_vectors(rng, in_event, recipe.vector, np.float16),
        meaning=_vectors(rng, in_event, recipe.meaning, np.float16),
        albums=[
            (a,) if a else ()
            for a in np.where(rng.random(events) < 0.1, rng.integers(1, 101, events), 0)[event].tolist()
        ],
        shares=[("s1",) if yes else () for yes in (rng.random(n) < 0.002).tolist()],
        duplicates=[("BURST",) if yes else () for yes in (in_event % 7 > 3).tolist()],
        **_tags(rng, recipe, shared, event, events, n),
        **_faces(rng, recipe, n),
    )


def _events(rng: np.random.Generator, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number of the event of each image, and its place in it."""
    sizes = np.minimum(rng.zipf(1.6, n), 400)
    sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), n)) + 1]
    event = np.repeat(np.arange(len(sizes)), sizes)[:n]
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    return event, np.arange(n) - starts[event]


def _times(rng: np.random.Generator, events: int) -> NDArray[np.int64]:
    """More pictures in later years, on weekends and by day."""
    days = 10_957 + (rng.beta(2.2, 1.1, events) * 9_000).astype(np.int64)
    return days * _DAY + (rng.normal(14.5, 4, events).clip(0, 23.9) * 3600).astype(np.int64)


def _since_start(rng: np.random.Generator, in_event: NDArray[np.int64]) -> NDArray[np.int64]:
    """Seconds since the event began; pictures of a burst share their second."""
    gaps = np.where(in_event % 7 > 3, 0, rng.exponential(40, len(in_event))).astype(np.int64)
    passed = np.cumsum(gaps)
    first = np.maximum.accumulate(np.where(in_event == 0, np.arange(len(in_event)), 0))
    return passed - passed[first]


def _zipf(rng: np.random.Generator, n: int, most: int, by: float = 1.0) -> NDArray[np.int64]:
    weights = 1 / np.arange(1, most + 1) ** by
    return np.searchsorted(np.cumsum(weights) / weights.sum(), rng.random(n)).clip(0, most - 1)


def _hashes(rng: np.random.Generator, in_event: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Pictures of a burst differ in a bit or two."""
    hashes = rng.integers(0, 2**64, len(in_event), dtype=np.uint64)
    first = np.maximum.accumulate(np.where(in_event % 7 > 3, 0, np.arange(len(in_event))))
    flipped = np.uint64(1) << rng.integers(0, 64, len(in_event)).astype(np.uint64)
    return np.where(in_event % 7 > 3, hashes[first] ^ flipped, hashes)


def _camera_texts(camera: NDArray[np.int64], exif: NDArray[np.bool_]) -> dict[str, list[str]]:
    pairs = list(zip(camera.tolist(), exif.tolist(), strict=True))
    texts = {
        name: [CAMERAS[c][i] if yes else "" for c, yes in pairs] for i, name in enumerate(("make", "model", "lens"))
    }
    return {**texts, "software": ["Adobe Lightroom 6.0" if yes and c % 3 == 2 else "" for c, yes in pairs]}  # type: ignore[dict-item]


def _names(
    rng: np.random.Generator,
    ids: NDArray[np.uint32],
    camera: NDArray[np.int64],
    event: NDArray[np.int64],
    taken: NDArray[np.int64],
    number: int,
) -> dict[str, list[Any]]:
    stamps = np.datetime_as_string(taken.astype("datetime64[s]"))
    names, paths = [], []
    for image, c, e, stamp in zip(ids.tolist(), camera.tolist(), event.tolist(), stamps.tolist(), strict=True):
        date, time = stamp[:10].replace("-", ""), stamp[11:].replace(":", "")
        name = str(CAMERAS[c][3]).format(image % 10_000, date=date, time=time)
        names.append(name)
        paths.append((f"/photos/{stamp[:4]}/{stamp[:7]} {_word(number * 5000 + e)}/{name}",))
    return {"name": names, "paths": paths}


def _texts(rng: np.random.Generator, words: Sequence[str], n: int, share: float, length: int) -> list[str]:
    texts = [""] * n
    some = np.flatnonzero(rng.random(n) < share)
    chosen = _zipf(rng, len(some) * length, len(words)).reshape(-1, length).tolist()
    for row, line in zip(some.tolist(), chosen, strict=True):
        texts[row] = " ".join([words[w] for w in line])
    return texts


def _palettes(rng: np.random.Generator, count: int) -> tuple[tuple[tuple[str, float], ...], ...]:
    """16 colors, four shades each of a few things: sky, leaves, earth and skin, walls, seldom something bright."""
    things = rng.choice(5, (count, 4), p=[0.18, 0.2, 0.3, 0.24, 0.08])
    hue = (
        np.array([0.58, 0.27, 0.08, 0.1, 0.0])[things]
        + rng.normal(0, 1, things.shape) * np.array([0.03, 0.05, 0.03, 0.3, 1])[things]
    )
    saturation = rng.beta(2, 3, things.shape) * np.array([0.9, 0.9, 0.9, 0.25, 0.4])[things] + np.where(
        things == 4, 0.6, 0
    )
    value = rng.beta(1.6, 1.6, (*things.shape, 4))
    sector = (np.array([5, 3, 1])[None, None] + (hue[..., None] % 1) * 6) % 6
    pure = np.clip(np.minimum(sector, 4 - sector), 0, 1)
    shades = value[..., None] * (1 - saturation[..., None, None] * pure[:, :, None])
    colors = ((shades + rng.normal(0, 0.02, shades.shape)).clip(0, 1) * 255).astype(int).reshape(count, 16, 3)
    sizes = -np.sort(-(rng.dirichlet(np.full(16, 0.7), count) * 4096).astype(int), axis=1)
    numbers = (colors[..., 0] << 16 | colors[..., 1] << 8 | colors[..., 2]).tolist()
    return tuple(
        tuple((f"#{color:06x}", size / 4096) for color, size in zip(line, counts, strict=True) if size > 0)
        for line, counts in zip(numbers, sizes.tolist(), strict=True)
    )


def _vectors(rng: np.random.Generator, in_event: NDArray[np.int64], length: int, kind: Any) -> list[bytes]:
    """Unit vectors; pictures of one event are alike."""
    n = len(in_event)
    if not length:
        return [b""] * n
    own = rng.standard_normal((n, length), dtype=np.float32)
    first = np.maximum.accumulate(np.where(in_event == 0, np.arange(n), 0))
    mixed = 0.7 * own[first] + 0.7 * own
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    return _slices(mixed.astype(kind).tobytes(), length * np.dtype(kind).itemsize)


def _slices(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def _tags(
    rng: np.random.Generator, recipe: Recipe, shared: World, event: NDArray[np.int64], events: int, n: int
) -> dict[str, Any]:
    """About six of models, some keywords, three words of the path; half of an event's tags are all its pictures'."""
    per_image = rng.integers(3, 10, n)
    row = np.repeat(np.arange(n), per_image)
    theme = _zipf(rng, events * 4, len(recipe.synsets), 0.9).reshape(-1, 4)
    own = _zipf(rng, len(row), len(recipe.synsets), 0.9)
    synset = np.where(rng.random(len(row)) < 0.5, theme[event[row], rng.integers(0, 4, len(row))], own)
    pair = np.unique(row * len(recipe.synsets) + synset)
    row, synset = pair // len(recipe.synsets), pair % len(recipe.synsets)
    boxed = rng.random(len(row)) < 0.15
    keyword = np.flatnonzero(rng.random(n) < 0.25)
    word = np.repeat(np.arange(n), 3)
    year = event[word] % 25 + 2000
    third = np.arange(len(word)) % 3
    words = np.where(third == 0, "photos", np.where(third == 1, year.astype(str), "jpg")).tolist()
    colors = [f"#{c:06x}" for c in rng.integers(0, 2**24, 997).tolist()]
    plain = len(keyword) + len(word)
    return {
        "tag_row": np.concatenate([row, keyword, word]).astype(np.uint32),
        "tag_name": [
            *map(recipe.synsets.__getitem__, synset.tolist()),
            *map(shared.words.__getitem__, _zipf(rng, len(keyword), min(2000, len(shared.words))).tolist()),
            *words,
        ],
        "tag_kind": ["concept"] * len(row) + ["keyword"] * len(keyword) + ["word"] * len(word),
        "tag_score": np.concatenate([np.round(rng.beta(4, 2, len(row)) * 1024) / 1024, np.ones(plain)]).astype(
            np.float32
        ),
        "tag_count": np.concatenate([np.where(boxed, rng.integers(1, 5, len(row)), 1), np.ones(plain)]).astype(
            np.int32
        ),
        "tag_origin": ["MODEL"] * len(row) + ["METADATA"] * len(keyword) + ["RULE"] * len(word),
        "tag_colors": [(colors[i % 997],) if yes else () for i, yes in enumerate(boxed.tolist())] + [()] * plain,
    }


def _faces(rng: np.random.Generator, recipe: Recipe, n: int) -> dict[str, Any]:
    per_image = np.where(rng.random(n) < 0.35, np.minimum(rng.zipf(1.9, n), 8), 0)
    row = np.repeat(np.arange(n), per_image)
    size = len(row)
    first = int(row[0]) if size else 0
    return {
        "face_row": row.astype(np.uint32),
        "face_id": np.arange(first, first + size, dtype=np.uint32),
        "face_person": np.where(rng.random(size) < 0.6, _zipf(rng, size, recipe.people) + 1, -1),
        "face_age": rng.gamma(4, 9, size).clip(0, 99).round(1).astype(np.float32),
        "face_gender": [(Gender.FEMALE.value, Gender.MALE.value)[i] for i in rng.integers(0, 2, size).tolist()],
        "face_emotion": [
            EMOTIONS[i] for i in rng.choice(7, size, p=[0.04, 0.02, 0.03, 0.4, 0.35, 0.11, 0.05]).tolist()
        ],
        "face_score": (0.5 + rng.random(size) / 2).astype(np.float32),
        "face_embedding": _vectors(rng, np.zeros(size, np.int64), recipe.face_vector, np.float32),
    }


def _size_word(megapixels: float) -> str:
    return next(
        word for least, word in ((40, "huge"), (10, "large"), (1, "medium"), (-1, "small")) if megapixels > least
    )


def _lens_words(focal: float) -> tuple[str, ...]:
    if np.isnan(focal):
        return ()
    steps = ((200, ("superzoom", "zoom")), (100, ("zoom",)), (40, ("portrait",)), (20, ("wide",)))
    return next((words for least, words in steps if focal > least), ("wide", "ultrawide"))


def _word(number: int) -> str:
    """A made-up word, the same for the same number."""
    made = ""
    number += len(SYLLABLES)
    while number:
        made += SYLLABLES[number % len(SYLLABLES)]
        number //= len(SYLLABLES)
    return made
