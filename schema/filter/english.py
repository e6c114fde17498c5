"""A filter as an English sentence. Each part describes itself, as clauses that follow "photos"."""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch

from schema.filter import wording as w
from schema.filter.compose import parts
from schema.filter.nodes import (
    EVERYTHING,
    AlbumFilter,
    CameraFilter,
    ColorFilter,
    Emotion,
    FaceFilter,
    FilterNode,
    Gender,
    ImageFilter,
    Origin,
    PathFilter,
    PlaceFilter,
    Range,
    SemanticFilter,
    SetFilter,
    SimilarBy,
    SimilarFilter,
    SizeFilter,
    TagFilter,
    TextFilter,
    TimeFilter,
)
from schema.filter.wording import Namer, both, either, figure, ranged

_EMOTION = {
    Emotion.ANGRY: "angry",
    Emotion.DISGUST: "disgusted",
    Emotion.FEAR: "frightened",
    Emotion.HAPPY: "happy",
    Emotion.NEUTRAL: "calm",
    Emotion.SAD: "sad",
    Emotion.SURPRISE: "surprised",
}
_GENDER = {Gender.FEMALE: ("woman", "women"), Gender.MALE: ("man", "men"), None: ("person", "people")}
_YOUNG = {Gender.FEMALE: ("girl", "girls"), Gender.MALE: ("boy", "boys"), None: ("child", "children")}
_ORIGIN = {
    Origin.MODEL: "by a model",
    Origin.METADATA: "in the file",
    Origin.RULE: "by a rule",
    Origin.USER: "by a person",
}
_CONDITION = {"night": "at night", "long": "with long exposure"}
_SIMILAR = {
    SimilarBy.LOOK: "looking like",
    SimilarBy.HASH: "nearly the same as",
    SimilarBy.FACES: "with a face like one in",
    SimilarBy.DESCRIPTION: "with tags like",
}
_DUPLICATE = {"SAME_BYTES": "the same file", "SAME_PICTURE": "the same picture", "BURST": "a shot of the same burst"}
_FIELD = {"OCR": "text in the picture", "TITLE": "title", "CAPTION": "caption", "KEYWORDS": "keywords", "PATH": "path"}


def describe(asked: ImageFilter, name: Namer = w.plain_name) -> str:
    """`photos of a happy woman aged 20 to 29, in Miami, showing a dress, taken in summer 2019, not blurry`.

    `name` gives the label of a reference; without it labels come from the reference itself.
    """
    if asked == EVERYTHING:
        return "all photos"
    if asked.ids == ():
        return "no photos"
    found = clauses(asked, name)
    return f"photos {', '.join(found)}" if found else "all photos"


def clauses(asked: ImageFilter, name: Namer) -> list[str]:
    """What a filter says of a photo; all of it holds."""
    found: list[str] = []
    for field in _ORDER:
        value = getattr(asked, field)
        if value is not None and value != ():
            found += _part(field, value, name)
    for part in asked.and_:
        found += clauses(part, name)
    alternatives = [_together(clauses(part, name)) for part in asked.or_]
    if alternatives:
        whole = either(alternatives)
        found.append(f"either {whole}" if len(alternatives) > 1 and asked != ImageFilter(or_=asked.or_) else whole)
    if asked.not_ is not None:
        found += _negated(asked.not_, name)
    return list(dict.fromkeys(found))


def _together(found: list[str]) -> str:
    """Several clauses as one; nothing said is any photo."""
    return found[0] if len(found) == 1 else f"({both(found)})" if found else "any"


def _negated(asked: ImageFilter, name: Namer) -> list[str]:
    if asked.not_ is not None and asked == ImageFilter(not_=asked.not_):
        return clauses(asked.not_, name)
    found = clauses(asked, name)
    if len(found) != 1:
        return [f"not {_together(found)}"]
    clause = found[0]
    if any(len(part.or_) > 1 for _, part in parts(asked)):
        return [f"not ({clause})"]
    for before, after in (("without ", "with "), ("not ", "")):
        if clause.startswith(before):
            return [after + clause.removeprefix(before)]
    return [f"without {clause.removeprefix('with ')}" if clause.startswith("with ") else f"not {clause}"]


def _part(field: str, value: object, name: Namer) -> list[str]:
    """The clauses of one field."""
    match field, value:
        case "ids", tuple():
            named = [name(reference) for reference in value]
            return [f"among {len(value)} chosen ones" if len(value) > 3 else f"that are {either(named)}"]
        case "person", SetFilter():
            return quantified(value, name, "of {}", only="of {} and nobody else")
        case ("condition", SetFilter()):
            return quantified(value, lambda word: _CONDITION.get(word, word), "{}", none="not {}")
        case "lens", SetFilter():
            return quantified(value, str, "taken with a {} lens")
        case "size_word", SetFilter():
            return quantified(value, str, "that are {}")
        case "format", SetFilter():
            return quantified(value, str.upper, "stored as {}")
        case "share", SetFilter():
            return quantified(value, name, "in {}")
        case "taken" | "added", TimeFilter():
            return w.time(value, field)
        case "rating", Range():
            return [f"rated {ranged(value)}"]
        case "nsfw", Range():
            return [f"with an adult-content score of {ranged(value)}"]
        case "duplicate", tuple():
            return [f"of which there is also {either(_DUPLICATE[kind] for kind in value)}"]
        case _, bool():
            return [_FLAG[field][0 if value else 1]]
    return clauses_of(value, name) if isinstance(value, FilterNode) else []


_FLAG = {
    "tagged": ("with tags", "without tags"),
    "favorite": ("marked as favorites", "not marked as favorites"),
    "trashed": ("in the trash", "not in the trash"),
    "offline": ("whose files are offline", "whose files are at hand"),
}
_FIRST = ("ids", "person", "face", "place", "tag", "tagged")
_ORDER = (*_FIRST, *(field for field in ImageFilter.model_fields if field not in (*_FIRST, "and_", "or_", "not_")))


def quantified(
    asked: SetFilter, name: Callable[[str], str], form: str, *, only: str = "", none: str = "", article: bool = False
) -> list[str]:
    """Clauses of a set filter. `form` holds the names: `in {}`."""

    def named(references: tuple[str, ...]) -> list[str]:
        labels = list(dict.fromkeys(name(reference) for reference in references))
        return [w.with_article(label) for label in labels] if article else labels

    found: list[str] = []
    if asked.any:
        found.append(form.format(either(named(asked.any))))
    if asked.all:
        found.append(form.format(both(named(asked.all))))
    if asked.only:
        found.append((only or f"only {form}").format(both(named(asked.only))))
    if asked.at_least is not None:
        found.append(form.format(f"at least {w.counted(asked.at_least.k)} of {both(named(asked.at_least.of))}"))
    if asked.none:
        text = either(named(asked.none))
        found.append(none.format(text) if none else f"not {form}".format(text))
    return found


@singledispatch
def clauses_of(part: FilterNode, name: Namer) -> list[str]:
    """How a part describes itself: clauses that follow "photos"."""
    raise TypeError(f"{type(part).__name__} does not describe itself")


@clauses_of.register
def _(part: TagFilter, name: Namer) -> list[str]:
    notes = []
    if not part.narrower:
        notes.append("nothing narrower")
    if part.min_count > 1:
        notes.append(f"at least {w.counted(part.min_count)} of them")
    if part.color is not None:
        notes.append(f"in {part.color}")
    if part.min_score > 0:
        notes.append(f"with a score of at least {figure(part.min_score)}")
    if part.origin:
        notes.append(f"tagged {either(_ORIGIN[origin] for origin in part.origin)}")
    note = f" ({', '.join(notes)})" if notes else ""
    return [
        clause + note
        for clause in quantified(
            part, name, "showing {}", only="showing {} and nothing else", none="without {}", article=True
        )
    ]


@clauses_of.register
def _(part: FaceFilter, name: Namer) -> list[str]:
    age = part.age
    young = age is not None and age.max is not None and age.max < 18
    one, many = (_YOUNG if young else _GENDER)[part.gender]
    feeling = either(_EMOTION[emotion] for emotion in part.emotion)
    unnamed = {True: "named", False: "unnamed", None: ""}[part.named]
    before = " ".join(word for word in (unnamed, feeling) if word)
    behind = ""
    if age is not None:
        is_open = (age.min, age.max) == (None, None)
        behind += " of known age" if is_open else f" aged {ranged(age, _years, most='up to')}"
    if part.min_score > 0:
        behind += f" (detected with at least {figure(part.min_score)})"
    who = either(name(reference) for reference in part.person)
    single = _described(who, before, behind) if who else f"{w.with_article(f'{before} {one}'.strip())}{behind}"
    plural = f"faces of {_described(who, before, behind)}" if who else f"{before} {many}".strip() + behind
    found = []
    if part.count is not None:
        low, high = part.count.min, part.count.max
        if high == 0:
            found.append(f"without {plural}")
        elif low is None and high is None:
            found.append(f"with any number of {plural}")
        else:
            exactly = "exactly " if low == high else ""
            found.append(
                f"of {exactly}{ranged(part.count, w.counted)} {single[2:] if low == high == 1 and not who else plural}"
            )
    elif not part.every:
        found.append(f"of {single}")
    if part.every:
        found.append(f"where every face is {'that of ' if who else ''}{single}")
    return found


def _described(who: str, before: str, behind: str) -> str:
    """A named person with what else is said of the face."""
    return who + (f" looking {before}" if before else "") + behind


@clauses_of.register
def _(part: PlaceFilter, name: Namer) -> list[str]:
    found = []
    if part.within:
        found.append(f"in {either(map(name, part.within))}")
    if part.near is not None:
        near = part.near
        point = w.coordinates(near.lat, near.lon) if near.lat is not None and near.lon is not None else ""
        found.append(f"within {figure(near.km)} km of {name(near.place) if near.place else point}")
    if part.box is not None:
        corners = w.coordinates(part.box.south, part.box.west), w.coordinates(part.box.north, part.box.east)
        found.append(f"between {corners[0]} and {corners[1]}")
    if part.polygon:
        found.append(f"inside an area drawn with {len(part.polygon)} corners")
    if part.none:
        found.append(f"not in {either(map(name, part.none))}")
    if part.known is not None:
        found.append("with a known place" if part.known else "without a known place")
    return found


@clauses_of.register
def _(part: CameraFilter, name: Namer) -> list[str]:
    found = []
    if part.make:
        found.append(f"taken with a camera by {either(part.make)}")
    if part.model:
        found.append(f"taken with a camera named {either(part.model)}")
    if part.lens:
        found.append(f"taken through the lens {either(part.lens)}")
    if part.software:
        found.append(f"made with {either(part.software)}")
    if part.iso is not None:
        found.append(f"at ISO {ranged(part.iso, most='up to')}")
    if part.aperture is not None:
        found.append(f"at {ranged(part.aperture, lambda f: f'f/{figure(f)}')}")
    if part.exposure is not None:
        found.append(f"exposed for {ranged(part.exposure, w.exposure)}")
    if part.focal is not None:
        found.append(f"at {ranged(part.focal, lambda f: f'{figure(f)} mm')}")
    if part.flash is not None:
        found.append("with flash" if part.flash else "without flash")
    if part.known is not None:
        found.append("with a known camera" if part.known else "without a known camera")
    return found


@clauses_of.register
def _(part: SizeFilter, name: Namer) -> list[str]:
    found = []
    if part.orientation:
        found.append(f"in {either(orientation.lower() for orientation in part.orientation)} format")
    if part.megapixels is not None:
        found.append(f"of {ranged(part.megapixels)} megapixels")
    for side, word in ((part.width, "wide"), (part.height, "high")):
        if side is not None:
            found.append(f"{ranged(side)} pixels {word}")
    if part.bytes is not None:
        found.append(f"taking {ranged(part.bytes, w.size_in_bytes)}")
    if part.aspect is not None:
        found.append(f"{ranged(part.aspect)} times as wide as high")
    return found


@clauses_of.register
def _(part: ColorFilter, name: Namer) -> list[str]:
    share = f" on at least {figure(part.min_share * 100)} %" if part.min_share > 0 else ""
    return [f"with {part.near}{share}"]


@clauses_of.register
def _(part: TextFilter, name: Namer) -> list[str]:
    where = f" in the {either(_FIELD[field] for field in part.fields)}" if part.fields else ""
    found = []
    if part.words.strip():
        words = [f"“{word}”" for word in part.words.split()]
        found.append(f"with the word{'s' * (len(words) > 1)} {both(words)}{where}")
    if part.phrase.strip():
        found.append(f"with the phrase “{part.phrase}”{where}")
    return found


@clauses_of.register
def _(part: PathFilter, name: Namer) -> list[str]:
    found = []
    if part.under:
        found.append(f"in the folder {either(part.under)}")
    if part.glob:
        found.append(f"with a path like {either(part.glob)}")
    if part.name:
        found.append(f"with “{either(part.name)}” in the file name")
    return found


@clauses_of.register
def _(part: AlbumFilter, name: Namer) -> list[str]:
    found = quantified(part, name, "in the album {}")
    if part.known is not None:
        found.append("in an album" if part.known else "in no album")
    return found


@clauses_of.register
def _(part: SimilarFilter, name: Namer) -> list[str]:
    within = f" (within {figure(part.distance)})" if part.distance is not None else ""
    return [f"{_SIMILAR[part.by]} {name(part.to)}{within}"]


@clauses_of.register
def _(part: SemanticFilter, name: Namer) -> list[str]:
    found = [f"about “{part.text}”"] if part.text.strip() else []
    return found + ([f"about the same as {name(part.image)}"] if part.image else [])


def _years(age: float) -> str:
    """People count whole years: 29.9 is said as 29."""
    return str(int(age))
