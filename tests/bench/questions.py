"""Random questions of every kind that a gallery should answer, about a made-up library."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np

from schema.filter import nodes as n
from tests.bench.library import World

Rng = np.random.Generator
COLORS = ("red", "navy", "teal", "#c08050", "white", "forestgreen", "gold", "pink", "#305070", "gray")


class Questions:
    """Draws values as often as they are met: popular tags, people and places more often than rare ones."""

    def __init__(self, rng: Rng, shared: World, synsets: tuple[str, ...], broad: tuple[str, ...], people: int) -> None:
        self.rng, self.shared, self.synsets, self.broad, self.people = rng, shared, synsets, broad, people

    def _rank(self, most: int) -> int:
        return int(most ** self.rng.random()) - 1

    def tag(self) -> str:
        return self.synsets[self._rank(len(self.synsets))]

    def person(self) -> str:
        return f"person:{self._rank(self.people) + 1}"

    def persons(self, count: int) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.person() for _ in range(count)))

    def place(self) -> str:
        places = self.shared.places
        return places[int(self.rng.integers(0, 470))].key if self.rng.random() < 0.6 else self.city()

    def city(self) -> str:
        return self.shared.cities[self._rank(len(self.shared.cities))].key

    def tagged(self, *names: str) -> n.ImageFilter:
        return n.ImageFilter(tag=n.TagFilter(all=names or (self.tag(),)))

    def near(self) -> n.Near:
        return n.Near(place=self.city(), km=float(self.rng.choice([1, 10, 50, 300, 3000])))

    def image(self, images: int) -> str:
        return f"image:{self.rng.integers(1, images + 1)}"

    def polygon(self) -> tuple[tuple[float, float], ...]:
        """A star round a city, which crosses countries or the world."""
        city = self.shared.cities[self._rank(len(self.shared.cities))]
        size = float(self.rng.choice([1, 5, 20]))
        turns = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        reach = size * np.where(np.arange(24) % 2, 0.5, 1)
        lat = np.clip(city.lat + reach * np.sin(turns), -89, 89)
        lon = (city.lon + reach * np.cos(turns) + 180) % 360 - 180
        return tuple(zip(lat.tolist(), lon.tolist(), strict=True))


Kind = tuple[str, Callable[[Questions, int], n.ImageFilter]]


def _taken(**fields: object) -> n.ImageFilter:
    return n.ImageFilter(taken=n.TimeFilter.model_validate(fields))


def _span(q: Questions) -> n.ImageFilter:
    start = datetime(2001, 1, 1) + timedelta(hours=int(q.rng.integers(0, 24 * 8000)))
    return _taken(from_=start, to=start + timedelta(hours=int(q.rng.choice([10, 300, 9000]))))


def _relative(q: Questions) -> n.ImageFilter:
    if q.rng.random() < 0.5:
        return _taken(this_day=n.ThisDay(window=3))
    return _taken(ago=n.Ago(n=int(q.rng.integers(1, 20)), unit=n.Unit.YEAR))


def _scene(q: Questions) -> n.ImageFilter:
    face = n.FaceFilter(age=n.Range(min=20, max=29), gender=n.Gender.FEMALE, emotion=(n.Emotion.HAPPY,))
    return n.ImageFilter(
        tag=n.TagFilter(all=(q.tag(), q.broad[0]), min_score=0.4),
        face=face,
        place=n.PlaceFilter(within=(q.place(),)),
    )


KINDS: tuple[Kind, ...] = (
    ("1 A and B together", lambda q, _: n.ImageFilter(person=n.SetFilter(all=q.persons(2)))),
    ("2 A or B", lambda q, _: n.ImageFilter(person=n.SetFilter(any=q.persons(2)))),
    ("3 A but not B", lambda q, _: n.ImageFilter(person=n.SetFilter(all=q.persons(1), none=q.persons(1)))),
    ("4 only A and B", lambda q, _: n.ImageFilter(person=n.SetFilter(only=q.persons(2)))),
    ("5 at least 2 of 3", lambda q, _: n.ImageFilter(person=n.SetFilter(at_least=n.AtLeast(k=2, of=q.persons(3))))),
    (
        "6 at least k people",
        lambda q, _: n.ImageFilter(face=n.FaceFilter(count=n.Range(min=int(q.rng.integers(0, 4))))),
    ),
    ("7 absolute dates", lambda q, _: _span(q)),
    ("8 relative dates", lambda q, _: _relative(q)),
    ("9 months, weekdays", lambda q, _: _taken(months=[int(q.rng.integers(1, 13))], weekdays=[6, 7])),
    ("10 place", lambda q, _: n.ImageFilter(place=n.PlaceFilter(within=(q.place(),)))),
    ("11 within r km", lambda q, _: n.ImageFilter(place=n.PlaceFilter(near=q.near()))),
    ("12 drawn area", lambda q, _: n.ImageFilter(place=n.PlaceFilter(polygon=q.polygon()))),
    ("13 hypernym", lambda q, _: q.tagged(str(q.rng.choice(q.broad)))),
    ("13 with a score", lambda q, _: n.ImageFilter(tag=n.TagFilter(any=(str(q.rng.choice(q.broad)),), min_score=0.6))),
    ("14 scene, face, place", lambda q, _: _scene(q)),
    ("15 conditions", lambda q, _: n.ImageFilter(condition=n.SetFilter(all=("night",)))),
    ("16 focal range", lambda q, _: n.ImageFilter(camera=n.CameraFilter(focal=n.Range(min=70, max=210)))),
    (
        "17 ISO and aperture",
        lambda q, _: n.ImageFilter(camera=n.CameraFilter(iso=n.Range(min=800), aperture=n.Range(max=2.8))),
    ),
    (
        "18 resolution",
        lambda q, _: n.ImageFilter(size=n.SizeFilter(megapixels=n.Range(min=12), bytes=n.Range(max=6e6))),
    ),
    ("19 color", lambda q, _: n.ImageFilter(color=n.ColorFilter(near=str(q.rng.choice(COLORS))))),
    (
        "20 text",
        lambda q, _: n.ImageFilter(text=n.TextFilter(words=q.shared.words[q._rank(20_000) % len(q.shared.words)])),
    ),
    ("20 file name", lambda q, _: n.ImageFilter(path=n.PathFilter(name=(f"{q.rng.integers(0, 10_000):04}",)))),
    ("23 without people", lambda q, _: n.ImageFilter(and_=(q.tagged(),), not_=n.ImageFilter(face=n.FaceFilter()))),
    (
        "24 (A or B) not (C and D)",
        lambda q, _: n.ImageFilter(
            or_=(q.tagged(), q.tagged()),
            not_=n.ImageFilter(and_=(q.tagged(), n.ImageFilter(person=n.SetFilter(any=q.persons(1))))),
        ),
    ),
    ("25 rating", lambda q, _: n.ImageFilter(rating=n.Range(min=int(q.rng.integers(1, 6))))),
    ("26 in no album", lambda q, _: n.ImageFilter(album=n.AlbumFilter(known=False))),
    (
        "27 alike (hash) and filter",
        lambda q, images: n.ImageFilter(
            similar=n.SimilarFilter(to=q.image(images), by=n.SimilarBy.HASH), favorite=False
        ),
    ),
    (
        "27 alike (tags)",
        lambda q, images: n.ImageFilter(similar=n.SimilarFilter(to=q.image(images), by=n.SimilarBy.DESCRIPTION)),
    ),
)
VECTOR_KINDS: tuple[Kind, ...] = (
    ("27 alike (look)", lambda q, images: n.ImageFilter(similar=n.SimilarFilter(to=q.image(images)))),
    (
        "22 meaning and filter",
        lambda q, images: n.ImageFilter(and_=(q.tagged(),), semantic=n.SemanticFilter(image=q.image(images))),
    ),
)
