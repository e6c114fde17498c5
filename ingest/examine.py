"""One file looked at: what it says of itself and what is made of its pixels. Runs in decode threads; no database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np
import simplejpeg
from PIL import ImageFile

from ingest.conditions import condition_words, lens_words, light_words, size_word
from ingest.identify import Source, identify
from ingest.metadata import METADATA_VERSION, Metadata, read_metadata
from ingest.opening import Opened, Pixels, late_exif, open_picture
from ingest.pixels import derive
from ingest.quality import Quality, quality_words
from ingest.rule_tags import rule_tags, shown_name
from ingest.thumbnails import write_thumbnails
from schema.errors import BadFile
from schema.filter.nodes import Origin
from schema.gazetteer import NOWHERE, Gazetteer, Located
from schema.graph import AssetFile, Image, Stage, StageRecord, StageState, TagEdge, TagKind
from schema.likeness import NamedRegion
from schema.media import LARGE, PIXELS_VERSION, media_version, thumbnail_path

ImageFile.LOAD_TRUNCATED_IMAGES = False

QUALITY_VERSION = 1
"""Raised when sharpness, light or contrast are measured differently."""
PIXELS_DETAIL = f"pixels@{PIXELS_VERSION} quality@{QUALITY_VERSION}"
METADATA_DETAIL = f"metadata@{METADATA_VERSION}"


@dataclass(frozen=True, slots=True)
class Examined:
    """Where a file stands after everything but the models."""

    file: AssetFile
    image: Image | None
    stages: tuple[StageRecord, ...]
    located: Located = NOWHERE
    regions: tuple[NamedRegion, ...] | None = None
    """Who the file says is where; None while its metadata is not read."""
    picture: Pixels | None = None
    """For the models; None when nothing is left to analyze."""
    before: str = ""
    """Detail of the file's last analysis."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What examining needs."""

    thumbnails: Path
    max_pixels: int
    gazetteer: Gazetteer | None


def identified(file: AssetFile) -> Source | Examined:
    """The file read and hashed, or its failure."""
    started = perf_counter()
    try:
        return identify(file)
    except BadFile as error:
        return Examined(file, None, (_failed(Stage.IDENTIFY, error, started),))


def examine(source: Source, shop: Workshop, *, decode: bool, measured: Quality | None = None) -> Examined:
    """Metadata, and pixels when `decode`; without, the thumbnails are there already, and `measured` is what they are.

    Raises StoreUnavailable when thumbnails cannot be written; everything that is the file's own fault ends in its
    stages.
    """
    stages = [_done(Stage.IDENTIFY, None, detail="blake3")]
    started = perf_counter()
    opened: Opened | None = None
    try:
        opened = open_picture(source, shop.max_pixels)
        made = None
        if decode and opened.format == "png":  # its metadata may lie behind its pixels
            made = derive(opened)
            late_exif(opened)
        between = perf_counter()
        metadata = read_metadata(opened)
        read_ms = (perf_counter() - between) * 1000
        if decode and made is None:
            made = derive(opened)
    except BadFile as error:
        skipped = StageRecord(Stage.METADATA, StageState.SKIPPED, "There is no picture to describe.")
        return Examined(source.file, None, (*stages, skipped, _failed(Stage.PIXELS, error, started)))
    finally:
        if opened is not None and opened.image is not None:
            opened.image.close()
    stages.append(StageRecord(Stage.METADATA, StageState.DONE, detail=METADATA_DETAIL, ms=read_ms))
    located = _located(metadata, shop.gazetteer)
    measured = made.quality if made is not None else measured
    image = _described(source, opened, metadata, located, measured)
    picture = None
    if made is not None:
        write_thumbnails(shop.thumbnails, source.digest, made)
        image = replace(
            image,
            phash=made.phash,
            palette=made.palette,
            thumbhash=made.thumbhash,
            sharpness=made.quality.sharpness,
            brightness=made.quality.brightness,
            contrast=made.quality.contrast,
            media_version=media_version(source.digest),
        )
        picture = made.picture
        stages.append(_done(Stage.PIXELS, started, detail=PIXELS_DETAIL, without_ms=read_ms))
    else:
        stages.append(StageRecord(Stage.PIXELS, StageState.DONE, detail=PIXELS_DETAIL))
    return Examined(source.file, image, tuple(stages), located, _named(metadata), picture)


def thumbnail_picture(thumbnails: Path, content_hash: str) -> Pixels:
    """The large thumbnail's pixels, for models. Raises OSError or ValueError when it is not there or broken."""
    data = thumbnail_path(thumbnails, content_hash, LARGE).read_bytes()
    return np.asarray(simplejpeg.decode_jpeg(data, "RGB"), dtype=np.uint8)


def _described(
    source: Source,
    opened: Opened,
    metadata: Metadata,
    located: Located,
    measured: Quality | None,
) -> Image:
    light = light_words(metadata.iso, metadata.aperture, metadata.exposure)
    keywords = (TagEdge(word, TagKind.KEYWORD, origin=Origin.METADATA) for word in metadata.keywords)
    return Image(
        content_hash=source.digest,
        name=shown_name(source.file.path),
        format=source.format,
        file_size=source.file.file_size,
        width=opened.width,
        height=opened.height,
        orientation=opened.orientation,
        taken=metadata.taken,
        taken_offset=metadata.taken_offset,
        taken_source=metadata.taken_source,
        make=metadata.make,
        model=metadata.model,
        lens=metadata.lens,
        software=metadata.software,
        iso=metadata.iso,
        aperture=metadata.aperture,
        exposure=metadata.exposure,
        focal=metadata.focal,
        focal35=metadata.focal35,
        flash=metadata.flash,
        lat=metadata.lat,
        lon=metadata.lon,
        altitude=metadata.altitude,
        place=located.place,
        near_city=located.near_city,
        title=metadata.title,
        caption=metadata.caption,
        metadata=metadata.fields,
        conditions=condition_words(light, quality_words(measured) if measured is not None else ()),
        lens_words=lens_words(metadata.focal35),
        size_word=size_word(opened.width, opened.height),
        rating=metadata.rating,
        tags=(*keywords, *rule_tags([source.file], metadata)),
    )


def _named(metadata: Metadata) -> tuple[NamedRegion, ...]:
    return tuple(NamedRegion(region.name, region.box) for region in metadata.regions if region.is_face and region.name)


def _located(metadata: Metadata, gazetteer: Gazetteer | None) -> Located:
    if gazetteer is None or metadata.lat is None or metadata.lon is None:
        return NOWHERE
    return gazetteer.locate(metadata.lat, metadata.lon)


def _done(stage: Stage, started: float | None, *, detail: str, without_ms: float = 0.0) -> StageRecord:
    ms = None if started is None else max(0.0, (perf_counter() - started) * 1000 - without_ms)
    return StageRecord(stage, StageState.DONE, detail=detail, ms=ms)


def _failed(stage: Stage, error: BadFile, started: float) -> StageRecord:
    return StageRecord(stage, StageState.FAILED, str(error), ms=(perf_counter() - started) * 1000)
