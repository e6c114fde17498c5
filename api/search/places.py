"""Words about where: this library's places first, then the gazetteer's; which of several by what the library holds."""

from __future__ import annotations

from api.search.language import ARTICLES, PHOTO, PLACE_LINKS, WANDERING, is_function
from api.search.pieces import Alternative, Piece, Role
from api.search.quantity import quantity, unit_in
from api.search.sentence import LONGEST, Sentence, listed, table
from api.search.tokens import Form
from api.search.vocabulary import KnownPlace
from schema import wordnet
from schema.filter.nodes import ImageFilter, Near, PlaceFilter
from schema.lexicon import Lexicon, Synset

NEAR_KM = {"city": 25.0, "region": 100.0, "country": 500.0, "continent": 3000.0}
"""How far "near" reaches from the center of a place."""
NEAR_HOME_KM = 5.0
_MILE = 1.609344
_KM = table({"km|kms|kilometer|kilometers|kilometre|kilometres": 1.0, "mile|miles|mi": _MILE, "m|meters|metres": 0.001})
_NEAR = (
    "near", "nearby", "close to", "around", "not far from", "in the vicinity of", "near to", "next to", "outside of",
    "in and around", "surrounding",
)  # fmt: skip
_HERE = tuple(
    f"{near} {here}" for near in ("near", "around", "at", "close to", "in") for here in ("this place", "here")
)
"""No picture on the screen says where that is."""
_DIRECTIONS = listed("north south east west northeast northwest southeast southwest left right")
"""Of a place: nothing asks for half a world, so it is said not to be understood."""
_MENTIONS = PLACE_LINKS | {"outside", "of", "the", "@"}
_ON_THE_WAY = tuple(
    f"{on} {way} {to}"
    for on, way in (("on the", "way"), ("on our", "way"), ("on my", "way"), ("en", "route"), ("on the", "road"))
    for to in ("to", "from", "back from", "towards")
)
_SMALL_NOUNS = listed(
    "view views day days time times thing things stuff moment moments memory memories scene scenes one ones collection"
)
"""Nouns that ask for nothing, and that an adjective may stand before all the same: `nice view`, `bath time`."""
_SHORT = 3
"""Names this short are words too (`us`, `la`): only in capitals, or after `in`."""
_BEFORE_FOOD = listed("eating cooking roasting carving eat ate cook roasted christmas thanksgiving easter")


def place_phrase(s: Sentence, i: int) -> Piece | None:
    """`Croatia` `Paris, Texas` `near Zagreb` `within 20 km of Split` `at home`."""
    if end := s.after(i, "at home", "at our home", "at my place", "at our house", "at my house") or _bare_home(s, i):
        if s.vocabulary.home is None:
            return Piece(i, end, Role.UNKNOWN, "home")
        return Piece(i, end, Role.MEANING, "place", _at(s.vocabulary.home))
    if (end := s.after(i, *(f"{near} home" for near in _NEAR))) and s.vocabulary.home:
        return Piece(i, end, Role.MEANING, "near", _at(s.vocabulary.home.model_copy(update={"km": NEAR_HOME_KM})))
    if (end := s.after(i, "far from home", "far away from home", "away from home")) and s.vocabulary.home:
        around = _at(s.vocabulary.home.model_copy(update={"km": NEAR_KM["city"]}))
        return Piece(i, end, Role.MEANING, "near", ImageFilter(not_=around))
    if around_it := _within_distance(s, i):
        return around_it
    if end := s.after(i, *_HERE):
        return Piece(i, end, Role.UNKNOWN, "this")
    if s.norm(i) in _DIRECTIONS and s.norm(i + 1) == "of" and (found := place_at(s, i + 2, linked=True)):
        return Piece(i, found[1], Role.UNKNOWN, "direction")
    if (at := s.after(i, *_ON_THE_WAY)) and (found := place_at(s, at, linked=True)):
        return Piece(i, found[1], Role.UNKNOWN, "direction")
    if (at := s.after(i, "between", "halfway between", "somewhere between")) and (one := place_at(s, at, linked=True)):
        joint = s.after(one[1], "and", "&")
        if joint is not None and (other := place_at(s, joint, linked=True)):
            return Piece(i, other[1], Role.UNKNOWN, "direction")
    for words in _NEAR:
        if (at := s.after(i, words)) and (found := place_at(s, s.skip(at, ("the",)), linked=True)):
            places, end = found
            if words == "outside of":
                continue
            if words == "around" and places[0].level != "city":
                return within(s, i, end, places)  # sailing around Croatia
            return _near(s, i, end, places, NEAR_KM[places[0].level])
    if (at := s.after(i, "outside of", "outside")) and (found := place_at(s, s.skip(at, ("the",)), linked=True)):
        asked = ImageFilter(place=PlaceFilter(none=(found[0][0].key,)))
        return Piece(i, found[1], Role.MEANING, "place", asked)
    if found := place_at(s, i, linked=s.before(i) in _MENTIONS or s.norm(i + 1) in WANDERING):
        return within(s, i, found[1], found[0])
    return None


def _at(home: Near) -> ImageFilter:
    """Around a point; in a place, or that near to its middle."""
    around = ImageFilter(place=PlaceFilter(near=home))
    if not home.place:
        return around
    return ImageFilter(or_=(ImageFilter(place=PlaceFilter(within=(home.place,))), around))


def _bare_home(s: Sentence, i: int) -> int | None:
    """`home at Christmas`, `back home`, `our home`: where we live, once that is set; not `a home`, `home office`."""
    at = s.after(i, "my", "our", "back") or i
    if s.vocabulary.home is None or s.norm(at) != "home" or (at == i and s.before(i) in ARTICLES | {"at"}):
        return None
    follows = s.norm(at + 1)
    return at + 1 if not s.is_word(at + 1) or is_function(follows) or follows in PHOTO else None


def within(s: Sentence, start: int, end: int, places: list[KnownPlace]) -> Piece:
    """In the first of these places; the rest are other readings."""
    others = [
        Alternative(_label(s, place), ImageFilter(place=PlaceFilter(within=(place.key,)))) for place in places[1:4]
    ]
    asked = ImageFilter(place=PlaceFilter(within=(places[0].key,)))
    return Piece(start, end, Role.MEANING, "place", asked, alternatives=tuple(others))


def _label(s: Sentence, place: KnownPlace) -> str:
    around = s.vocabulary.around(place)
    level = f" ({place.level})" if not around or around[0].name == place.name else f", {around[-1].name}"
    if len(around) > 1 and around[-1].level == "continent":
        level = f", {around[-2].name}"
    return place.name + level


def _near(s: Sentence, start: int, end: int, places: list[KnownPlace], km: float) -> Piece:
    asked = ImageFilter(place=PlaceFilter(near=Near(place=places[0].key, km=km)))
    return Piece(start, end, Role.MEANING, "near", asked)


def _within_distance(s: Sentence, i: int) -> Piece | None:
    at = s.after(i, "within", "less than", "not more than", "max", "up to", "in a radius of", "about") or i
    found = quantity(s, at, unit=unit_in(_KM))
    if found is None or not found.unit or (found.high is None and found.low is None):
        return None
    scale = s.longest(found.end - 1, _KM)
    km = round((found.high or found.low or 0) * (scale[1] if scale else 1.0), 2)
    after = s.after(found.end, "of", "from", "around", "away from", "to", "radius of", "radius around")
    if after is None or not 0 < km <= 20040:
        return None
    if (end := s.after(after, "home", "our home", "my place", "my house")) and (home := s.vocabulary.home):
        near = home.model_copy(update={"km": km})
    elif places := place_at(s, s.skip(after, ("the",)), linked=True):
        near, end = Near(place=places[0][0].key, km=km), places[1]
    else:
        return None
    asked = ImageFilter(place=PlaceFilter(near=near))
    return Piece(i, end, Role.MEANING, "near", ImageFilter(not_=asked) if found.high is None else asked)


def place_at(s: Sentence, i: int, *, linked: bool) -> tuple[list[KnownPlace], int] | None:
    """The places that the longest name at i may mean, likeliest first. A second name that lies around the first
    (`Paris, Texas`; `Paris in France`; `Croatia Split`) settles which."""
    named = _named(s, i, linked=linked)
    if named is None:
        return None
    places, end = named
    after = s.skip(end, (",", "in", "("))
    if after <= end + 1 and (wider := _named(s, after, linked=True)):
        closed = s.norm(end) == "(" and s.norm(wider[1]) == ")"
        for one, other in ((places, wider[0]), (wider[0], places)):
            fitting = [place for place in one if any(o in s.vocabulary.around(place) for o in other if o != place)]
            if fitting and (one is places or s.norm(end) == "," or after == end):
                return fitting, wider[1] + closed
    return places, end


def _named(s: Sentence, i: int, *, linked: bool) -> tuple[list[KnownPlace], int] | None:
    if not s.is_word(i):
        return None
    for n in range(min(LONGEST, len(s) - i), 0, -1):
        said = tuple(s.norms[i : i + n])
        if "\0" in said or not s.is_word(i + n - 1):
            continue
        found = list(s.vocabulary.places_named.get(said, ()))
        if not found and (n > 1 or not is_function(said[0])) and all(s.is_word(j) for j in range(i, i + n)):
            found = _elsewhere(s, i, n, linked=linked)
        if found and (n > 1 or _is_meant(s, i, linked=linked) or _lies_in_next(s, i, found)):
            return found, i + n
    return None


def _lies_in_next(s: Sentence, i: int, places: list[KnownPlace]) -> bool:
    """Whether the place that one of these lies in is named right behind it: `bath uk`."""
    said = s.longest(s.skip(i + 1, (",",)), s.vocabulary.places_named)
    around = {place.key for place in said[1]} if said else set()
    return any(outer.key in around for place in places for outer in s.vocabulary.around(place))


def _elsewhere(s: Sentence, i: int, n: int, *, linked: bool) -> list[KnownPlace]:
    """Places without pictures. A word that means a thing as well is one only by its capital or its preposition."""
    name = " ".join(s.norms[i : i + n])
    if is_function(s.norm(i)) or (n == 1 and (s.vocabulary.knows(name) or len(name) <= _SHORT)):
        return []
    is_thing = any(name in synset.lemmas for synset in _synsets(s, name)) and not _mainly_a_place(s, name)
    if is_thing and not (linked and s.tokens[i].text[:1].isupper()):
        return []
    if not is_thing and not linked and not s.tokens[i].text[:1].isupper() and not _is_proper(s, name):
        return []
    return list(s.vocabulary.elsewhere(name))


def _synsets(s: Sentence, name: str) -> list[Synset]:
    lexicon = s.vocabulary.lexicon
    return [found for sense in lexicon.senses(name) if (found := lexicon.synset(sense))]


def _mainly_a_place(s: Sentence, name: str) -> bool:
    """Whether a noun is a place by name before it is anything else: Japan, before the lacquer."""
    for synset in _synsets(s, name):
        if name in synset.lemmas:
            return False
        if "location.n.01" in s.vocabulary.lexicon.ancestors(synset.name):
            return True
    return False


def _is_proper(s: Sentence, name: str) -> bool:
    """Whether WordNet knows the name as a place: an instance of a location."""
    lexicon = s.vocabulary.lexicon
    return any("location.n.01" in lexicon.ancestors(sense) for sense in lexicon.senses(name))


def _is_meant(s: Sentence, i: int, *, linked: bool) -> bool:
    """Whether one word that names a place means it: `in Nice`, but not `nice dog`."""
    token, word = s.tokens[i], s.norm(i)
    before = s.before(i)
    if token.form is not Form.WORD:
        return False
    if len(word) <= _SHORT:
        if word == "us":  # "the us", "US"; but "photos of us", "with us"
            return token.text == "US" or before in ("the", "in")
        if token.text.isupper() or (linked and before in PLACE_LINKS | {"the"} and word not in ("me", "it", "or")):
            return True
        return not is_function(word) and not is_common(s.vocabulary.lexicon, word)
    if not is_common(s.vocabulary.lexicon, word):
        return True
    if linked and before not in ("of", "the"):
        return True
    if _is_capital_among_small(s, i):
        return True
    if s.norm(i + 1) == "for" or (s.norm(i + 1) == "in" and s.norm(i + 2) == word):
        return False  # turkey for dinner, turkey in Turkey
    if s.norm(i + 1) in ("on", "in") and s.norm(i + 2) in ARTICLES and _is_made(s, i + 3):
        return False  # turkey on the table
    if before in ARTICLES or before in _BEFORE_FOOD or (s.tokens[i - 1].pos == "ADJ" and i > 0):
        return False
    if token.text[:1].isupper() and not token.text.isupper() and (i > 0 or len(s) == 1):
        return True
    follows = s.norm(i + 1)
    return not s.is_word(i + 1) or (is_function(follows) and follows not in ARTICLES | _SMALL_NOUNS)


def _is_made(s: Sentence, i: int) -> bool:
    """Whether a word names an artifact in one of its usual senses: nothing that a place could be on or in."""
    lexicon = s.vocabulary.lexicon
    return any("artifact.n.01" in lexicon.ancestors(sense) for sense in lexicon.senses(s.norm(i))[:3])


def _is_capital_among_small(s: Sentence, i: int) -> bool:
    """Whether a word is written as a name where others are not: `the Split harbour`."""
    if i == 0 or not s.tokens[i].text.istitle():
        return False
    others = [token.text for k, token in enumerate(s.tokens) if k not in (0, i) and token.form is Form.WORD]
    return bool(others) and all(text.islower() for text in others)


def is_common(lexicon: Lexicon, word: str) -> bool:
    """Whether a name is an ordinary word as well (`nice`, `bath`, `rose`), and not only in a sense that nobody uses."""
    for pos in "nvar":
        counts = lexicon.sense_counts(word, pos)
        for sense in lexicon.senses(word, pos):
            synset = lexicon.synset(sense)
            if synset is not None and any(form in synset.lemmas for form in wordnet.base_forms(word, pos)):
                return True
            if counts.get(sense) or pos == "n":  # its main sense is a name
                break
    return False


def is_word(lexicon: Lexicon, word: str) -> bool:
    """Whether it is a word at all, in some sense and form, apart from names."""
    for pos in "nvar":
        for form in wordnet.base_forms(word, pos):
            if lexicon.is_lemma(form, pos):
                for sense in lexicon.senses(form, pos):
                    synset = lexicon.synset(sense)
                    if synset is not None and form in synset.lemmas:
                        return True
    return False
