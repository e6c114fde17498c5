"""Images and their edges as rows, and back. Pure: every row has a way back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from schema.color import shades
from schema.edgedb.kept import Kept
from schema.edgedb.things import file_of
from schema.edgedb.values import (
    Row,
    base64,
    clean,
    day,
    digest,
    moment,
    real,
    seconds,
    spaced,
    text,
    unbase64,
    unmoment,
    without_unknown,
)
from schema.filter.nodes import Emotion, Gender, Origin
from schema.graph import (
    Box,
    Face,
    Image,
    PaletteColor,
    TagEdge,
    TagKind,
    TextLine,
)
from schema.sqlite.values import number, score, signed, unsigned
from schema.words import fold, label_key


def _single(size: int | None) -> float | None:
    """A size as the facts have it."""
    return None if size is None else float(np.float32(size))


def image_row(kept: Kept) -> Row:
    """The properties of an image, without its edges."""
    image = kept.effective
    turned = image.orientation >= 5
    across, down = map(_single, (image.height, image.width) if turned else (image.width, image.height))
    return without_unknown(
        {
            "number": image.id,
            "content_hash": image.content_hash,
            "name": text(image.name),
            "name_folded": fold(text(image.name)),
            "format": text(image.format),
            "format_key": label_key(text(image.format)),
            "file_size": image.file_size,
            "width": image.width,
            "height": image.height,
            "orientation": image.orientation,
            "upright_width": across,
            "upright_height": down,
            "pixels": across * down if across is not None and down is not None else None,
            "aspect": across / down if across is not None and down else None,
            "taken": moment(image.taken),
            "taken_seconds": seconds(image.taken),
            "taken_day": None if image.taken is None else day(image.taken),
            "taken_offset": image.taken_offset,
            "taken_source": text(image.taken_source),
            "month": None if image.taken is None else f"{image.taken.year:04}-{image.taken.month:02}",
            "make": text(image.make),
            "model": text(image.model),
            "lens": text(image.lens),
            "software": text(image.software),
            "make_words": spaced(image.make),
            "model_words": spaced(image.model),
            "lens_words_of_name": spaced(image.lens),
            "software_words": spaced(image.software),
            "iso": number(image.iso),
            "aperture": number(image.aperture),
            "exposure": number(image.exposure),
            "focal": number(image.focal),
            "focal35": number(image.focal35),
            "flash": image.flash,
            "lat": number(image.lat),
            "lon": number(image.lon),
            "altitude": number(image.altitude),
            "place": _key(image.place),
            "near_city": _key(image.near_city),
            "place_origin": str(image.place_origin),
            "title": text(image.title),
            "caption": text(image.caption),
            "title_words": spaced(image.title),
            "caption_words": spaced(image.caption),
            "ocr_words": spaced("\n".join(line.text for line in image.texts)),
            "metadata": {text(key): text(value) for key, value in image.metadata.items()} or None,
            "conditions": [text(word) for word in image.conditions],
            "lens_words": [text(word) for word in image.lens_words],
            "condition_keys": _keys(image.conditions),
            "lens_keys": _keys(image.lens_words),
            "size_word": text(image.size_word),
            "size_key": label_key(text(image.size_word)),
            "phash": signed(image.phash),
            "palette": [[color.hex, score(color.share)] for color in image.palette] or None,
            "shades": sorted(set(shades(color.hex for color in image.palette).tolist())),
            "thumbhash": base64(image.thumbhash),
            "embedding": base64(image.embedding),
            "embedding_model": text(image.embedding_model),
            "meaning": base64(image.meaning),
            "meaning_model": text(image.meaning_model),
            "sharpness": number(image.sharpness),
            "brightness": number(image.brightness),
            "contrast": number(image.contrast),
            "nsfw": number(image.nsfw),
            "rating": image.rating,
            "favorite": image.favorite,
            "trashed": moment(image.trashed),
            "added": moment(image.added),
            "added_seconds": seconds(image.added),
            "media_version": image.media_version,
            "duplicate": image.duplicate_of,
            "burst": image.burst_of,
            "as_read": _as_read(kept.image),
            "said": clean(kept.said),
        }
    )


def _keys(found: Iterable[str]) -> list[str]:
    return sorted({label_key(text(word)) for word in found} - {""})


def _as_read(image: Image) -> Row:
    """What a person may correct, as it was before."""
    return without_unknown(
        {
            "rating": image.rating,
            "title": text(image.title),
            "caption": text(image.caption),
            "place": _key(image.place),
            "near_city": _key(image.near_city),
            "place_origin": str(image.place_origin),
        }
    )


def _key(value: str | None) -> str | None:
    return None if value is None else text(value)


def kept_of(row: Row) -> Kept:
    """From a row as `statements.images` selects it; edges that were not selected are empty."""
    was = row["as_read"] or {}
    edges = [tag_edge(edge) for edge in (*row.get("tags", ()), *row.get("hidden", ()))]
    image = Image(
        id=row["number"],
        content_hash=row["content_hash"],
        name=row["name"],
        format=row["format"],
        file_size=int(row["file_size"]),
        width=row["width"],
        height=row["height"],
        orientation=row["orientation"],
        taken=unmoment(row["taken"]),
        taken_offset=row["taken_offset"],
        taken_source=row["taken_source"],
        make=row["make"],
        model=row["model"],
        lens=row["lens"],
        software=row["software"],
        iso=real(row["iso"]),
        aperture=real(row["aperture"]),
        exposure=real(row["exposure"]),
        focal=real(row["focal"]),
        focal35=real(row["focal35"]),
        flash=row["flash"],
        lat=real(row["lat"]),
        lon=real(row["lon"]),
        altitude=real(row["altitude"]),
        place=was.get("place"),
        near_city=was.get("near_city"),
        place_origin=Origin(was.get("place_origin", Origin.METADATA)),
        title=was.get("title", ""),
        caption=was.get("caption", ""),
        metadata=dict(row["metadata"] or {}),
        conditions=tuple(row["conditions"] or ()),
        lens_words=tuple(row["lens_words"] or ()),
        size_word=row["size_word"],
        phash=unsigned(row["phash"]),
        palette=tuple(PaletteColor(color, float(share)) for color, share in row["palette"] or ()),
        thumbhash=unbase64(row["thumbhash"]),
        embedding=unbase64(row["embedding"]),
        embedding_model=row["embedding_model"],
        meaning=unbase64(row["meaning"]),
        meaning_model=row["meaning_model"],
        sharpness=real(row["sharpness"]),
        brightness=real(row["brightness"]),
        contrast=real(row["contrast"]),
        nsfw=real(row["nsfw"]),
        rating=was.get("rating"),
        added=unmoment(row["added"]),
        media_version=row["media_version"],
        duplicate_of=row["duplicate_number"],
        burst_of=row["burst_number"],
        files=tuple(sorted((file_of(file).asset for file in row.get("files", ())), key=lambda file: file.id)),
        tags=tuple(sorted(edges, key=lambda edge: (-edge.score, edge.tag, edge.kind, edge.model))),
        faces=tuple(sorted((face_of(face) for face in row.get("faces", ())), key=lambda face: face.id)),
        texts=tuple(text_line(line) for line in sorted(row.get("texts", ()), key=lambda line: line["position"])),
    )
    return Kept(
        image,
        dict(row["said"] or {}),
        frozenset((tag["kind"], tag["name"]) for tag in row.get("removed", ())),
        tuple(sorted(row.get("album_numbers", ()))),
        bool(row["copied"]),
        bool(row["shot"]),
        {face["number"]: real(face["shown_age"]) for face in row.get("faces", ())},
    )


def tag_key(kind: str, name: str) -> str:
    return digest(kind, text(name))


def mark_key(edge: TagEdge) -> str:
    return digest(str(edge.kind), text(edge.tag), str(edge.origin), text(edge.model), text(edge.version))


def tag_row(kind: str, name: str) -> Row:
    shown = text(name)
    row = {
        "key": tag_key(kind, name),
        "name": shown,
        "kind": kind,
        "label": label_key(shown),
        "words": spaced(shown) if kind in (TagKind.KEYWORD, TagKind.USER) else "",
    }
    return {**row, "synset": shown} if kind == TagKind.CONCEPT else row


def edge_row(edge: TagEdge) -> Row:
    return without_unknown(
        {
            "mark": mark_key(edge),
            "score": score(edge.score),
            "count": edge.count,
            "boxes": [[score(value) for value in box] for box in edge.boxes] or None,
            "box_scores": [score(value) for value in edge.box_scores] or None,
            "colors": [text(color) for color in edge.colors] or None,
            "made": moment(edge.made),
            "origin": str(edge.origin),
            "model": text(edge.model),
            "version": text(edge.version),
        }
    )


def distinct_edges(edges: Sequence[TagEdge]) -> list[TagEdge]:
    """One for each tag and maker, the last of several: no two edges may lead to one object."""
    return list({mark_key(edge): edge for edge in edges}.values())


def tag_edge(row: Row) -> TagEdge:
    return TagEdge(
        tag=row["tag"]["name"],
        kind=TagKind(row["tag"]["kind"]),
        score=float(row["@score"]),
        origin=Origin(row["@origin"]),
        model=row["@model"],
        version=row["@version"],
        boxes=tuple(map(_box, row["@boxes"] or ())),
        box_scores=tuple(float(value) for value in row["@box_scores"] or ()),
        count=row["@count"],
        colors=tuple(row["@colors"] or ()),
        made=unmoment(row["@made"]),
    )


def face_row(face: Face) -> Row:
    return without_unknown(
        {
            "number": face.id,
            "image": face.image_id,
            "box": [score(value) for value in face.box],
            "score": score(face.score),
            "landmarks": [score(value) for point in face.landmarks for value in point],
            "age": number(face.age),
            "gender": face.gender and str(face.gender),
            "gender_score": number(face.gender_score),
            "emotion": face.emotion and str(face.emotion),
            "emotion_score": number(face.emotion_score),
            "embedding": base64(face.embedding),
            "embedding_model": text(face.embedding_model) or None,
            "person": face.person_id,
            "person_origin": str(face.person_origin),
            "model": text(face.model),
            "version": text(face.version),
            "made": moment(face.made),
        }
    )


def face_of(row: Row) -> Face:
    points = [float(value) for value in row["landmarks"] or ()]
    return Face(
        box=_box(row["box"]),
        score=float(row["score"]),
        landmarks=tuple(zip(points[::2], points[1::2], strict=True)),
        age=real(row["age"]),
        gender=Gender(row["gender"]) if row["gender"] else None,
        gender_score=real(row["gender_score"]),
        emotion=Emotion(row["emotion"]) if row["emotion"] else None,
        emotion_score=real(row["emotion_score"]),
        embedding=unbase64(row["embedding"]),
        embedding_model=row["embedding_model"] or "",
        person_id=row["person_number"],
        person_origin=Origin(row["person_origin"]),
        model=row["model"],
        version=row["version"],
        made=unmoment(row["made"]),
        id=row["number"],
        image_id=row["image_number"],
    )


def text_rows(image_id: int, lines: Sequence[TextLine]) -> list[Row]:
    return [
        without_unknown(
            {
                "image": image_id,
                "position": position,
                "text": text(line.text),
                "score": score(line.score),
                "box": [score(value) for value in line.box],
                "model": text(line.model),
                "version": text(line.version),
                "made": moment(line.made),
            }
        )
        for position, line in enumerate(lines)
    ]


def text_line(row: Row) -> TextLine:
    return TextLine(
        row["text"], float(row["score"]), _box(row["box"]), row["model"], row["version"], unmoment(row["made"])
    )


def _box(flat: Sequence[float]) -> Box:
    x0, y0, x1, y1 = flat
    return float(x0), float(y0), float(x1), float(y1)
