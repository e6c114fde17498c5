"""A whole library answered by `schema.filter.matching`: the slow engine that every fast one is compared with."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from math import floor, inf, isnan, log, pi, radians, tan

import numpy as np
from numpy.typing import NDArray

from schema.errors import BadFilter
from schema.facts import NO_TIME, FactBatch
from schema.filter import geometry
from schema.filter.matching import distance, is_concept, likeness, matches, passing_tags, semantic_matches
from schema.filter.nodes import Box, ImageFilter, SemanticFilter
from schema.filter.photo import Embed, Nouns, Photo, PhotoFace, PhotoTag, World
from schema.graph import Album, Place, PlaceLevel
from schema.query import Bucket, Cluster, FacetBy, FacetValue, Grid, Page, Sort, SortBy
from schema.rarity import AS_GOOD
from schema.words import fold, label_key

Key = tuple[float | str, ...]
"""Where a photo stands in an order: smaller is earlier."""


class ReferenceLibrary:
    """A `QueryEngine` over plain Python rows. Cursors hold the whole key, so they outlive the image they name."""

    def __init__(self, photos: Iterable[Photo], world: World) -> None:
        self.photos = {photo.id: photo for photo in sorted(photos, key=lambda photo: photo.id)}
        self.world = World(
            lexicon=world.lexicon,
            people=world.people,
            places=world.places,
            albums=world.albums,
            photos=self.photos,
            now=world.now,
            embed=world.embed,
        )

    @classmethod
    def from_facts(
        cls,
        batches: Iterable[FactBatch],
        lexicon: Nouns,
        people: Mapping[int, str] | None = None,
        places: Sequence[Place] = (),
        albums: Sequence[Album] = (),
        *,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
        embed: Embed | None = None,
    ) -> ReferenceLibrary:
        world = World(lexicon=lexicon, people=people or {}, places=places, albums=albums, now=now, embed=embed)
        return cls((photo for batch in batches for photo in photos_of(batch)), world)

    # -- QueryEngine

    def found(self, asked: ImageFilter) -> list[Photo]:
        """All that match, ascending by id."""
        if self.world.embed is None and (path := _semantic_text(asked)) is not None:
            raise BadFilter("there is no model for meaning; import with a text-image model, or leave this out", path)
        return [photo for photo in self.photos.values() if matches(asked, photo, self.world)]

    def count(self, filter: ImageFilter) -> int:
        return len(self.found(filter))

    def ids(self, filter: ImageFilter) -> NDArray[np.uint32]:
        return np.array([photo.id for photo in self.found(filter)], dtype=np.uint32)

    def visible(self, filter: ImageFilter, ids: Sequence[int]) -> list[bool]:
        found = {photo.id for photo in self.found(filter)}
        return [number in found for number in ids]

    def page(
        self, filter: ImageFilter, sort: Sort, limit: int, *, after: str | None = None, before: str | None = None
    ) -> Page:
        keyed = sorted((self.key(photo, filter, sort), photo.id) for photo in self.found(filter))
        start, stop = 0, len(keyed)
        if after is not None:
            last = key_of(after, sort)
            start = sum(key <= last for key, _ in keyed)
        if before is not None:
            first = key_of(before, sort)
            stop = sum(key < first for key, _ in keyed)
        if before is not None and after is None:
            start = max(start, stop - limit)
        else:
            stop = min(stop, start + limit)
        chosen = keyed[start:stop]
        return Page(
            ids=np.array([number for _, number in chosen], dtype=np.uint32),
            cursors=[cursor_of(key, sort) for key, _ in chosen],
            total=len(keyed),
            has_next=max(start, stop) < len(keyed),
            has_previous=start > 0,
        )

    def facets(self, filter: ImageFilter, by: FacetBy, limit: int) -> list[FacetValue]:
        counts = Counter[str]()
        labels: dict[str, str] = {}
        for photo in self.found(filter):
            for value, label in dict(self.facet_values(photo, by)).items():
                counts[value] += 1
                labels[value] = label
        most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]
        return [FacetValue(value, labels[value], count) for value, count in most]

    def timeline(self, filter: ImageFilter) -> list[Bucket]:
        counts = Counter(bucket_of(photo) for photo in self.found(filter))
        undated = counts.pop("undated", 0)
        months = [Bucket(key, counts[key]) for key in sorted(counts, reverse=True)]
        return [*months, Bucket("undated", undated)] if undated else months

    def grid(
        self, filter: ImageFilter, bucket: str | None, sort: Sort, *, offset: int = 0, limit: int | None = None
    ) -> Grid:
        photos = [photo for photo in self.found(filter) if bucket is None or bucket_of(photo) == bucket]
        photos.sort(key=lambda photo: self.key(photo, filter, sort))
        photos = photos[offset : None if limit is None else offset + limit]
        return Grid(
            id=np.array([photo.id for photo in photos], dtype=np.uint32),
            aspect=np.array([_aspect(photo) for photo in photos], dtype=np.float32),
            taken=np.array([NO_TIME if photo.taken is None else photo.taken for photo in photos], dtype=np.int64),
            version=np.array([photo.media_version for photo in photos], dtype=np.int32),
            flags=np.array([_flags(photo) for photo in photos], dtype=np.uint8),
            thumbhash=[photo.thumbhash for photo in photos],
        )

    def map_clusters(self, filter: ImageFilter, box: Box, zoom: int) -> list[Cluster]:
        """One cluster per cell of 60 pixels. Which cells there are is not law; their counts add up to the photos in the
        box."""
        cells: dict[tuple[int, int], list[tuple[float, float, int]]] = {}
        for photo in self.found(filter):
            if photo.lat is None or photo.lon is None or not geometry.in_box(box, photo.lat, photo.lon):
                continue
            scale = 256 * 2**zoom / 60
            lat = radians(max(-85.0511, min(85.0511, photo.lat)))
            cell = floor((photo.lon + 180) / 360 * scale), floor((1 - log(tan(pi / 4 + lat / 2)) / pi) / 2 * scale)
            cells.setdefault(cell, []).append((photo.lat, photo.lon, photo.id))
        return [
            Cluster(
                lat=sum(lat for lat, _, _ in points) / len(points),
                lon=sum(lon for _, lon, _ in points) / len(points),
                count=len(points),
                box=Box(
                    south=min(lat for lat, _, _ in points),
                    west=min(lon for _, lon, _ in points),
                    north=max(lat for lat, _, _ in points),
                    east=max(lon for _, lon, _ in points),
                ),
                image_id=min(number for _, _, number in points),
            )
            for _, points in sorted(cells.items())
        ]

    # -- order

    def key(self, photo: Photo, asked: ImageFilter, sort: Sort) -> Key:
        newest = (inf if photo.taken is None else -photo.taken, -photo.id)
        value: float | str | None
        match sort.by:
            case SortBy.SIMILARITY if (far := self.nearness(photo, asked)) is not None:
                return far, *newest
            case SortBy.SIMILARITY | SortBy.RELEVANCE:
                return -self.relevance(photo, asked, sort), *newest
            case SortBy.RANDOM:
                return shuffle_key(photo.id, sort.seed), photo.id
            case SortBy.NAME:
                name = fold(photo.name)
                # Descending order of texts: each character negated, and the longer of two equal beginnings first.
                return (*(-ord(c) for c in name), 1, -photo.id) if sort.descending else (name, photo.id)
            case SortBy.TAKEN:
                value = photo.taken
            case SortBy.ADDED:
                value = photo.added
            case SortBy.BYTES:
                value = photo.file_size
            case SortBy.PIXELS:
                value = None if photo.width is None or photo.height is None else photo.width * photo.height
            case SortBy.RATING:
                value = photo.rating
        sign = -1 if sort.descending else 1
        return inf if value is None else sign * value, sign * photo.id

    def nearness(self, photo: Photo, asked: ImageFilter) -> float | None:
        """Distance by the first `similar` or `semantic` demanded, None where there is none."""
        if asked.similar is not None:
            far = distance(asked.similar, photo, self.world)
            return inf if far is None else far
        if asked.semantic is not None:
            scores = [score for score in likeness(asked.semantic, photo, self.world) if score is not None]
            return -max(scores, default=-inf)
        return next((far for part in asked.and_ if (far := self.nearness(photo, part)) is not None), None)

    def relevance(self, photo: Photo, asked: ImageFilter, sort: Sort) -> float:
        """Sum over the concepts named, outside of `not` and `none`, of the best score of an edge that meets them, times
        their weight, and of the cosines of the texts that are met; in tenths, rounded down."""
        best: dict[str, float] = {}
        meant: dict[SemanticFilter, float] = {}

        def look(part: ImageFilter) -> None:
            if part.tag is not None:
                of = part.tag.at_least.of if part.tag.at_least else ()
                for concept in (*part.tag.any, *part.tag.all, *part.tag.only, *of):
                    scores = [
                        tag.score
                        for tag in passing_tags(part.tag, photo)
                        if is_concept(tag, concept, self.world, narrower=part.tag.narrower)
                    ]
                    best[concept] = max([best.get(concept, 0.0), *scores])
            if part.semantic is not None and part.semantic.text:
                text = SemanticFilter(text=part.semantic.text, min_score=part.semantic.min_score)
                cosine = likeness(text, photo, self.world)[0]
                met = cosine is not None and semantic_matches(text, photo, self.world)
                meant[text] = 1 - (1 - cosine) if met and cosine is not None else 0.0
            for below in (*part.and_, *part.or_):
                look(below)

        look(asked)
        weights = dict(sort.weights)
        total = 0.0
        for concept, score in best.items():
            total += score * (weights.get(concept, 0.0) if weights else 1.0)
        for score in meant.values():
            total += score
        return floor(total * AS_GOOD)

    # -- facets

    def facet_values(self, photo: Photo, by: FacetBy) -> Iterator[tuple[str, str]]:
        """(value, label) pairs of one photo."""
        names = self.world.place_of_key
        match by:
            case FacetBy.FOLDER:
                for path in photo.paths:
                    while (path := path.rpartition("/")[0]) not in ("", "/"):
                        yield path, path.rpartition("/")[2]
            case FacetBy.PLACE | FacetBy.COUNTRY:
                for key in self.world.around(photo):
                    country = key in names and names[key].level is PlaceLevel.COUNTRY and key != photo.near_city
                    if key and (by is FacetBy.PLACE or country):
                        yield key, names[key].name if key in names else key
            case FacetBy.TAG:
                for tag in photo.tags:
                    if tag.kind != "word":
                        yield (tag.name if tag.kind == "concept" else label_key(tag.name)), tag.name
            case FacetBy.PERSON:
                for person in photo.people:
                    yield f"person:{person}", self.world.people.get(person, "")
            case FacetBy.FACES:
                yield str(len(photo.faces)), str(len(photo.faces))
            case FacetBy.CAMERA:
                if photo.model or photo.make:
                    yield photo.model or photo.make, photo.model or photo.make
            case FacetBy.LENS:
                if photo.lens:
                    yield photo.lens, photo.lens
            case FacetBy.YEAR | FacetBy.MONTH:
                if photo.taken is not None:
                    year, month = bucket_of(photo).split("-")
                    value = str(int(year if by is FacetBy.YEAR else month))
                    yield value, value
            case FacetBy.FORMAT:
                yield photo.format, photo.format
            case FacetBy.CONDITION:
                yield from ((word, word) for word in photo.conditions)
            case FacetBy.SIZE:
                if photo.size_word:
                    yield photo.size_word, photo.size_word
            case FacetBy.RATING:
                if photo.rating is not None:
                    yield f"{photo.rating:.0f}", f"{photo.rating:.0f}"


def bucket_of(photo: Photo) -> str:
    """`2019-08`, or `undated`."""
    if photo.taken is None:
        return "undated"
    when = datetime(1970, 1, 1) + timedelta(seconds=photo.taken)
    return f"{when.year:04}-{when.month:02}"


def shuffle_key(number: int, seed: int) -> int:
    """SplitMix64 of id and seed (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014)."""
    mask = (1 << 64) - 1
    z = (number + (seed & mask) * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return z ^ (z >> 31)


def photos_of(batch: FactBatch) -> Iterator[Photo]:
    """The rows of a batch as photos."""
    tags: dict[int, list[PhotoTag]] = {}
    for i, row in enumerate(batch.tag_row.tolist()):
        tag = PhotoTag(
            name=batch.tag_name[i],
            kind=batch.tag_kind[i],
            score=float(batch.tag_score[i]),
            count=int(batch.tag_count[i]),
            origin=batch.tag_origin[i],
            colors=batch.tag_colors[i],
        )
        tags.setdefault(row, []).append(tag)
    faces: dict[int, list[PhotoFace]] = {}
    for i, row in enumerate(batch.face_row.tolist()):
        face = PhotoFace(
            score=float(batch.face_score[i]),
            person=None if batch.face_person[i] < 0 else int(batch.face_person[i]),
            age=_number(batch.face_age[i]),
            gender=batch.face_gender[i],
            emotion=batch.face_emotion[i],
            embedding=batch.face_embedding[i],
        )
        faces.setdefault(row, []).append(face)
    for row in range(len(batch)):
        yield Photo(
            id=int(batch.id[row]),
            name=batch.name[row],
            format=batch.format[row],
            file_size=float(batch.file_size[row]),
            taken=None if batch.taken[row] == NO_TIME else int(batch.taken[row]),
            added=None if batch.added[row] == NO_TIME else int(batch.added[row]),
            lat=_number(batch.lat[row]),
            lon=_number(batch.lon[row]),
            width=_number(batch.width[row]),
            height=_number(batch.height[row]),
            iso=_number(batch.iso[row]),
            aperture=_number(batch.aperture[row]),
            exposure=_number(batch.exposure[row]),
            focal35=_number(batch.focal35[row]),
            rating=_number(batch.rating[row]),
            nsfw=_number(batch.nsfw[row]),
            flash=None if batch.flash[row] < 0 else bool(batch.flash[row]),
            favorite=bool(batch.favorite[row]),
            trashed=bool(batch.trashed[row]),
            offline=bool(batch.offline[row]),
            phash=int(batch.phash[row]) if batch.has_phash[row] else None,
            media_version=int(batch.media_version[row]),
            make=batch.make[row],
            model=batch.model[row],
            lens=batch.lens[row],
            software=batch.software[row],
            place=batch.place[row],
            near_city=batch.near_city[row],
            size_word=batch.size_word[row],
            conditions=batch.conditions[row],
            lens_words=batch.lens_words[row],
            paths=batch.paths[row],
            title=batch.title[row],
            caption=batch.caption[row],
            ocr=batch.ocr[row],
            palette=batch.palette[row],
            thumbhash=batch.thumbhash[row],
            embedding=batch.embedding[row],
            meaning=batch.meaning[row],
            albums=batch.albums[row],
            shares=batch.shares[row],
            duplicates=batch.duplicates[row],
            tags=tuple(tags.get(row, ())),
            faces=tuple(faces.get(row, ())),
        )


def _number(value: np.floating) -> float | None:
    return None if isnan(value) else float(value)


def _aspect(photo: Photo) -> float:
    return photo.width / photo.height if photo.width and photo.height else 1.5


def _flags(photo: Photo) -> int:
    return photo.favorite + 2 * photo.offline + 4 * ((photo.nsfw or 0) > 0.5) + 8 * photo.trashed


def _semantic_text(asked: ImageFilter, path: str = "") -> str | None:
    """Path of the first part that asks for the meaning of a text."""
    if asked.semantic is not None and asked.semantic.text:
        return f"{path}semantic.text"
    parts = [(f"and.{i}.", part) for i, part in enumerate(asked.and_)]
    parts += [(f"or.{i}.", part) for i, part in enumerate(asked.or_)]
    parts += [("not.", asked.not_)] if asked.not_ is not None else []
    return next((found for step, part in parts if (found := _semantic_text(part, path + step)) is not None), None)


def cursor_of(key: Key, sort: Sort) -> str:
    order = [sort.by, sort.descending, sort.seed, *key]
    return urlsafe_b64encode(json.dumps(order).encode()).decode()


def key_of(cursor: str, sort: Sort) -> Key:
    try:
        by, descending, seed, *key = json.loads(urlsafe_b64decode(cursor))
    except (ValueError, TypeError) as error:
        raise BadFilter("this is not a cursor of this library; start from the first page") from error
    if (by, descending, seed) != (sort.by, sort.descending, sort.seed):
        raise BadFilter("this cursor belongs to another order; start from the first page")
    return tuple(key)
