"""Words about how a picture was taken: maker, model, lens, ISO, aperture, exposure, focal length, flash."""

from __future__ import annotations

from api.search.language import PHOTO
from api.search.numbers import parse_number
from api.search.pieces import Alternative, Piece, Role
from api.search.quantity import quantity, unit_in
from api.search.sentence import Sentence, listed, table
from api.search.vocabulary import camera_words
from schema.filter.nodes import CameraFilter, ImageFilter, Range, TagFilter
from schema.words import words

_BRANDS = listed(
    "sony canon nikon fujifilm fuji leica olympus panasonic lumix pentax ricoh hasselblad samsung gopro dji "
    "huawei xiaomi oneplus motorola nokia kodak casio minolta sigma lg htc oppo vivo insta360"
)
_PROGRAMS = listed("photoshop lightroom snapseed gimp darktable vsco rawtherapee picasa instagram aperture3")
_FRUITS = listed("apple google honor orange")
"""Makers that are words too: only `with`, `on` or `by` one."""
_PRODUCTS = listed("iphone ipad pixel galaxy coolpix powershot cybershot eos rebel ixus finepix")
_PHONES = listed("phone cellphone smartphone mobile handy")
_PHONE_NAMES = ("iphone", "pixel", "galaxy", "xperia", "redmi", "nexus", "oneplus", "moto", "huawei", "honor", "lumia")
_BEARS = ("taken with", "shot with", "shot on", "taken on", "with a", "with an", "with my", "with the", "with", "on my",
          "on a", "on an", "on the", "by", "using", "using my", "from my", "made with", "on", "camera")  # fmt: skip
_TAKEN = listed("taken took shot made photographed snapped captured")
_ISO = listed("iso asa")
_APERTURE = listed("aperture apertures")
_FOCAL = table({"focal length|focal": True})
_EXPOSURE = table({"exposure|exposure time|exposures|shutter speed|shutter|shutter time|exposed": True})
_SECONDS = table({"s|sec|secs|second|seconds": 1.0, "ms|milliseconds": 0.001, "min|minute|minutes": 60.0})
_FLASH = table({"flash|with flash|with the flash|using flash|flash on|flash fired|flashed": True,
                "no flash|without flash|flash off|without the flash|w/o flash|natural light": False})  # fmt: skip
_HIGH_ISO, _LOW_ISO = Range(min=1600), Range(max=200)


_DRONES = ("dji", "parrot", "autel", "hasselblad")
"""Makers of flying cameras; some of DJI's call themselves Hasselblad."""


def camera_phrase(s: Sentence, i: int) -> Piece | None:
    rules = (_software, _shallow, _iso, _aperture, _exposure, _focal, _flash, _body, _from_above, _lens_name)
    found = [piece for rule in rules if (piece := rule(s, i)) is not None]
    return max(found, key=lambda piece: piece.end, default=None)


def _shallow(s: Sentence, i: int) -> Piece | None:
    """The look of a wide opening, by its usual numbers."""
    end = s.after(
        i, "shallow depth of field", "shallow focus", "bokeh", "shot wide open", "wide open aperture", "wide open",
        "wide aperture",
    )  # fmt: skip
    return None if end is None else _piece(i, end, CameraFilter(aperture=Range(max=2.8)))


def _software(s: Sentence, i: int) -> Piece | None:
    """`edited in Photoshop`."""
    edited = s.after(i, "edited in", "edited with", "edited using", "processed in", "processed with", "developed in",
                     "made with", "edited by")  # fmt: skip
    at = edited or i
    if s.norm(at) in _PROGRAMS or (edited and s.norm(i) != "made" and s.is_word(at)):
        return _piece(i, at + 1, CameraFilter(software=(s.norm(at),)), "software")
    return None


def _piece(i: int, end: int, camera: CameraFilter, kind: str = "exposure", *others: Alternative) -> Piece:
    return Piece(i, end, Role.MEANING, kind, ImageFilter(camera=camera), alternatives=others)


def _iso(s: Sentence, i: int) -> Piece | None:
    if (end := s.after(i, "high iso")) is not None:
        return _piece(i, end, CameraFilter(iso=_HIGH_ISO))
    if (end := s.after(i, "low iso")) is not None:
        return _piece(i, end, CameraFilter(iso=_LOW_ISO))
    if s.norm(i) in _ISO:
        at = s.skip(i + 1, ("is", "of", "value", "values", "at", ":"))
        if found := quantity(s, at):
            return _piece(i, found.end, CameraFilter(iso=found.range(step=1)))
        return None
    found = quantity(s, i, lead=lambda s, j: j + 1 if s.norm(j) in _ISO else None, unit=lambda s, j: s.after(j, *_ISO))
    return _piece(i, found.end, CameraFilter(iso=found.range(step=1))) if found and found.unit else None


def _f(s: Sentence, i: int) -> int | None:
    """Where `f/` `f` `f /` before an aperture ends."""
    if s.norm(i) not in ("f", "ƒ"):
        return None
    at = i + 2 if s.norm(i + 1) == "/" else i + 1
    return at if s.norm(at)[:1].isdigit() else None


def _aperture(s: Sentence, i: int) -> Piece | None:
    named = s.norm(i) in _APERTURE
    at = s.skip(i + 1, ("is", "of", "at", ":")) if named else i
    found = quantity(s, at, lead=_f)
    if found is None or not (named or found.unit) or max(found.low or 0, found.high or 0) > 100:
        return None
    asked, end = found.range(), found.end
    if found.exact and (wider := s.after(end, "or wider", "and wider", "or faster", "or larger", "or bigger")):
        asked, end = Range(max=found.low), wider
    if s.norm(at) in ("larger", "bigger", "faster", "wider"):  # a larger opening is a smaller number
        asked = Range(max=found.low if found.low is not None else found.high)
    return _piece(i, end, CameraFilter(aperture=asked))


def _seconds(s: Sentence, i: int) -> tuple[float, int] | None:
    """`1/500` `2` `0.5`: seconds before the unit is known."""
    if s.norm(i) == "1" and s.norm(i + 1) == "/" and s.norm(i + 2)[:1].isdigit():
        below = parse_number(s.norm(i + 2))
        return (1 / below, i + 3) if below else None
    return s.number(i)


def _exposure(s: Sentence, i: int) -> Piece | None:
    named = s.longest(i, _EXPOSURE)
    at = s.skip(named[0], ("is", "of", "time", "at", ":", "for")) if named else i
    found = quantity(s, at, unit=unit_in(_SECONDS), value=_seconds)
    if found is None and named and (longer := s.after(at, "longer than a", "over a", "more than a", "above a")):
        unit = s.longest(longer, _SECONDS)
        return _piece(i, unit[0], CameraFilter(exposure=Range(min=unit[1]))) if unit else None
    if found is None:
        return None
    fraction = "/" in s.norms[at : found.end]
    if not (named or fraction or (found.unit and (s.norm(found.end) in ("exposure", "exposures") or _lasts(s, at)))):
        return None
    scale = next((x[1] for j in range(at, found.end) if (x := s.longest(j, _SECONDS)) and not s.norm(j).isdigit()), 1.0)
    low, high = found.low, found.high
    end = found.end + (s.norm(found.end) in ("exposure", "exposures"))
    asked = Range(min=None if low is None else low * scale, max=None if high is None else high * scale)
    return _piece(i, end, CameraFilter(exposure=asked))


def _lasts(s: Sentence, i: int) -> bool:
    """`slower than a second`; `longer than 2 seconds` of pictures."""
    of_pictures = not s.pieces or s.before(i) in PHOTO
    return s.norm(i + 1) == "than" and (s.norm(i) in ("slower", "faster") or of_pictures)


def _focal(s: Sentence, i: int) -> Piece | None:
    named = s.longest(i, _FOCAL)
    at = s.skip(named[0], ("is", "of", "at", ":")) if named else i
    found = quantity(s, at, unit=lambda s, j: s.after(j, "mm", "millimeters", "millimetres"))
    if found is None or not (found.unit or named):
        return None
    end = found.end + (s.norm(found.end) in ("lens", "lenses", "prime"))
    return _piece(i, end, CameraFilter(focal=found.range()))


def _flash(s: Sentence, i: int) -> Piece | None:
    found = s.longest(i, _FLASH)
    return None if found is None else _piece(i, found[0], CameraFilter(flash=found[1]), "flash")


def _body(s: Sentence, i: int) -> Piece | None:
    """`sony` `canon 5d` `iphone 13 pro`."""
    vocabulary = s.vocabulary
    if s.norm(i) in _PHONES and s.norm(i + 1) in PHOTO and (phones := _phones(s)):
        return _piece(i, i + 1, CameraFilter(model=phones), "camera", _phone_itself(s, i))
    if s.norm(i) in _PHONES and _is_mine(s, i):
        phones = _phones(s)
        return _piece(i, i + 1, CameraFilter(model=phones), "camera", _phone_itself(s, i)) if phones else None
    model = _model(s, i)
    if model:
        return _piece(i, model[0], CameraFilter(model=(model[1],)), "camera", *_as_thing(s, model[1]))
    word = s.norm(i)
    known = word in vocabulary.make_words
    if not (known or word in _BRANDS) or (word in _FRUITS and not _is_tool(s, i)):
        return None
    make = "fujifilm" if word == "fuji" else word
    if model := _model(s, i + 1):
        return _piece(i, model[0], CameraFilter(make=(make,), model=(model[1],)), "camera")
    end = i + 1 + (s.norm(i + 1) in ("camera", "cameras", "cam"))
    return _piece(i, end, CameraFilter(make=(make,)), "camera")


def _from_above(s: Sentence, i: int) -> Piece | None:
    """`drone shots`: by a drone's camera, where there is one; not pictures that show a drone."""
    if s.norm(i) not in ("drone", "drones") or s.norm(i + 1) not in PHOTO:
        return None
    makes = tuple(make for make in _DRONES if make in s.vocabulary.make_words)
    return _piece(i, i + 1, CameraFilter(make=makes), "camera") if makes else Piece(i, i + 1, Role.UNKNOWN, "word")


def _is_mine(s: Sentence, i: int) -> bool:
    """Whether a telephone took the picture: `from my phone`, `taken with a phone`."""
    by, owned = s.before(i - 1), s.before(i) in ("my", "our", "his", "her", "their")
    told = s.before(i - 2) in _TAKEN or any(piece.kind == "camera" for piece in s.pieces)
    return (by == "from" and owned) or (by in ("with", "on", "by", "using") and told)


def _phones(s: Sentence) -> tuple[str, ...]:
    """Names of telephones among the models in use."""
    known = {word for model in s.vocabulary.models for word in words(model)}
    return tuple(word for word in _PHONE_NAMES if word in known)


def _phone_itself(s: Sentence, i: int) -> Alternative:
    return Alternative(f"a picture of a {s.norm(i)}", ImageFilter(tag=TagFilter(any=(s.norm(i),))))


def _is_tool(s: Sentence, i: int) -> bool:
    """Whether a word follows `with`, `on` or the like, or a model follows it."""
    if _model(s, i + 1):
        return True
    return any(tuple(s.norms[max(0, i - n) : i]) == tuple(words_) for said in _BEARS for words_ in [said.split()]
               for n in [len(words_)])  # fmt: skip


def _model(s: Sentence, i: int) -> tuple[int, str] | None:
    """(end, the words as the camera writes them): `5d` matches `Canon EOS 5D Mark IV`."""
    found = s.longest(i, s.vocabulary.model_words)
    if found is not None:
        said = tuple(s.norms[i : found[0]])
        return found[0], _rejoined(said, found[1])
    if s.norm(i) in _PRODUCTS:
        end = i + 1
        while s.norm(end).isdigit() and len(s.norm(end)) < 3:
            end += 1
        return end, " ".join(s.norms[i:end])
    return None


def _rejoined(said: tuple[str, ...], model: str) -> str:
    """Words parted between letters and digits, as they stand together in the model's name."""
    joined: list[str] = []
    for word in words(model):
        parts = camera_words(word)
        for start in range(len(said)):
            if said[start : start + len(parts)] == parts:
                joined.append(word)
                break
    return " ".join(joined) if len(camera_words(" ".join(joined))) == len(said) else " ".join(said)


def _as_thing(s: Sentence, word: str) -> tuple[Alternative, ...]:
    return (
        (Alternative(f"a picture of an {word}", ImageFilter(tag=TagFilter(any=(word,)))),) if word == "iphone" else ()
    )


def _lens_name(s: Sentence, i: int) -> Piece | None:
    """`sigma lens`, `macro shots`: by words of a lens in use."""
    if s.norm(i) == "macro" and any("macro" in words(lens) for lens in s.vocabulary.lenses):
        return _piece(i, i + 1 + (s.norm(i + 1) in ("lens", "lenses")), CameraFilter(lens=("macro",)), "lens")
    if s.norm(i + 1) not in ("lens", "lenses", "glass") or not s.is_word(i):
        return None
    if any(s.norm(i) in words(lens) for lens in s.vocabulary.lenses):
        return _piece(i, i + 2, CameraFilter(lens=(s.norm(i),)), "lens")
    return None
