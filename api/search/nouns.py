"""Nouns: the longest one at a place, by WordNet and the library's own tags, and what only looks like one.

A verb that happens to be a noun too is none: in `Bob falls off the boat` nobody looks for waterfalls. With the English
model its parts of speech tell; without it, who stands before the word and what behind it.
"""

from __future__ import annotations

from api.search.colors import COLORS, color_word
from api.search.heads import is_head
from api.search.language import PHOTO, PRAISE, is_function
from api.search.pieces import Role
from api.search.sentence import LONGEST, Sentence, listed
from schema import wordnet

DETERMINERS = listed("a an the some his her their my our its on in with at")
RARELY = 5
"""A word that is an adjective this many times as often as a noun is none."""
_ABSTRACT = listed("way lot day days hour hours minute minutes time times week month year years side area part")
_ABOUT_WHERE = listed("in on at with through along across around by near under behind between and or during")
_ALSO_NOUNS = listed("lot stand walk scene way")
"""Small words that end the names of things: a parking lot."""
_SUBJECTS = listed("we i he she they it who that which you")
_PARTICLES = listed("out off up down over away from to into onto along through around across for by")
_ARTICLES = listed("a an the some his her their my our its")
_BEFORE_NOUNS = _ARTICLES | listed("of in on at with no without")
_NOT_THINGS = (
    PHOTO
    | PRAISE
    | listed(
        "album albums folder folders half quarter colors colours male female smiling smile happy sad look color "
        "colour rest max min plus minus top bottom number word "
        "text name caption title today tomorrow yesterday year years week weeks month months hour hours "
        "minute minutes north south east west ii iii iv vi vii viii ix"
    )
)


def noun_at(s: Sentence, i: int) -> str | None:
    """The word for the thing at i, if there is one."""
    found = longest_noun(s, i)
    return found[1] if found else None


def noun_end(s: Sentence, i: int) -> int | None:
    """Where the thing at i ends, if there is one."""
    found = longest_noun(s, i)
    return found[0] if found else None


def base_noun(s: Sentence, said: str) -> str | None:
    """A noun in the singular, if WordNet has it."""
    lexicon = s.vocabulary.lexicon
    forms = list(wordnet.base_forms(said, "n"))
    first, of, rest = said.partition(" of ")
    forms += [form + of + rest for form in wordnet.base_forms(first, "n") if of]  # birds of prey
    if len(forms) > 1 and forms[0] == said and (is_only_a_name(s, said) or _is_no_thing(s, said)):
        forms = [*forms[1:], said]  # bridges, not Harry Bridges; receipts, not takings
    for form in forms:
        parts = form.split()
        painted = len(parts) > 1 and (parts[0],) in COLORS  # a red coat is no redcoat
        joined = form.replace(" ", "") if all(len(part) > 2 for part in parts) and not painted else form
        partly = (" ".join((*parts[:k], f"{parts[k]}-{parts[k + 1]}", *parts[k + 2 :])) for k in range(len(parts) - 1))
        for spelling in (form, form.replace(" ", "-"), joined, *(partly if len(parts) > 2 else ())):
            if lexicon.is_lemma(spelling) and not (spelling == joined != form and _comes_alive(s, parts[-1], joined)):
                return form if spelling == form or " " not in form else spelling
    return None


def _comes_alive(s: Sentence, head: str, joined: str) -> bool:
    """A leather jacket is no leatherjacket, which is a fish."""
    lexicon = s.vocabulary.lexicon
    lives = ["living_thing.n.01" in lexicon.ancestors(next(iter(lexicon.senses(word)), "")) for word in (joined, head)]
    return lives[0] and not lives[1]


def is_only_a_name(s: Sentence, said: str) -> bool:
    lexicon = s.vocabulary.lexicon
    return not any(synset and said in synset.lemmas for synset in map(lexicon.synset, lexicon.senses(said)))


def _is_no_thing(s: Sentence, said: str) -> bool:
    lexicon = s.vocabulary.lexicon
    senses = lexicon.senses(said)
    return said.endswith("s") and all("abstraction.n.06" in lexicon.ancestors(sense) for sense in senses)


def longest_noun(s: Sentence, i: int) -> tuple[int, str] | None:
    """(end, the noun in the singular)."""
    if label := s.longest(i, s.vocabulary.labels):
        end, tag = label
        if end - i > 1 or not is_function(s.norm(i)):
            return end, tag
    for n in range(min(LONGEST, len(s) - i), 0, -1):
        if not all(s.is_word(j) for j in range(i, i + n)):
            continue
        if n == 1 and (is_function(s.norm(i)) or s.norm(i) in _NOT_THINGS or len(s.norm(i)) < 3):
            continue
        ends = is_function(s.norm(i + n - 1)) and s.norm(i + n - 1) not in _ALSO_NOUNS
        if n > 1 and (is_function(s.norm(i)) or ends or _has_link(s, i, i + n)):
            continue
        said = " ".join(s.norms[i : i + n])
        word = base_noun(s, said)
        if word is None or is_elsewhere(s, word) or (n > 1 and _is_two_things(s, i, n)):
            continue
        if n == 1 and (_describes(s, i) or is_doing(s, i)):
            continue
        if word == "riding horse" and s.before(i) not in ("a", "the"):
            continue  # what somebody does
        joint = s.norm(i - 1 - (s.before(i) in _ARTICLES))
        if n > 1 and (s.norm(i),) in COLORS and joint in ("and", "or", "&") and _after_color(s):
            continue  # a red and (a) white flag
        if n > 1 and (s.norm(i),) in COLORS and s.before(i) in ("a", "an") and is_only_a_name(s, word):
            continue  # a white house is not the White House
        return i + n, word
    return None


def _after_color(s: Sentence) -> bool:
    said = [piece.role for piece in s.pieces[-3:] if piece.role is not Role.ARTICLE]
    return len(said) > 1 and said[-2] is Role.COLOR


def is_elsewhere(s: Sentence, word: str) -> bool:
    """Whether a word is nothing but the name of a region that is in no picture here, or of somebody: Greece and Mary
    are no things to look for."""
    lexicon = s.vocabulary.lexicon
    above = [set(lexicon.ancestors(sense)) for sense in lexicon.senses(word)]
    return is_only_a_name(s, word) and any(
        all(kind in ancestors for ancestors in above) for kind in ("location.n.01", "person.n.01")
    )


def _describes(s: Sentence, i: int) -> bool:
    """Whether a word is the adjective before a noun, rather than a noun: `modern architecture`, `short hair`."""

    lexicon, word = s.vocabulary.lexicon, s.norm(i)
    if not lexicon.is_lemma(word, "a") or (word,) in s.vocabulary.labels:
        return False
    as_adjective, as_noun = lexicon.frequency(word, "a"), lexicon.frequency(word, "n")
    if (word,) not in COLORS and (as_adjective > RARELY * as_noun or is_only_a_name(s, word)):
        return True  # Spanish, the language or the steps
    if s.norm(i + 1) in ("view", "views"):
        return True  # an aerial view
    before_noun = s.is_word(i + 1) and (is_head(s, i + 1) or base_noun(s, s.norm(i + 1)) is not None)
    if not before_noun or is_function(s.norm(i + 1)):
        return False
    return as_adjective > as_noun or (as_adjective == as_noun and s.tokens[i].pos == "ADJ")


def _has_link(s: Sentence, i: int, end: int) -> bool:
    return any(s.norm(j) in ("in", "on", "at", "or", "and", "with", "without", "not", "no") for j in range(i, end))


def _is_two_things(s: Sentence, i: int, n: int) -> bool:
    """Lemmas that are an attribute and a noun we know better (`old man`), and idioms with a time (`rainy day`)."""

    if s.norm(i + n - 1) in _ABSTRACT and not s.vocabulary.lexicon.is_lemma(s.norm(i)):
        return not is_only_a_name(s, " ".join(s.norms[i : i + n]))  # but the Milky Way
    if is_head(s, i + n - 1) or (n == 2 and _is_figurative(s, i)):
        return True
    if n != 2 or color_word(s, i) is None or _is_breed(s, i):
        return False
    return s.norm(i) not in ("red", "white", "black") or _is_no_such(s, i)


def _is_figurative(s: Sentence, i: int) -> bool:
    """Whether an adjective and a thing stand for a kind of person or a thought in the dictionary: in a picture a lone
    wolf is a wolf, and an open door no policy."""
    lexicon = s.vocabulary.lexicon
    if not lexicon.is_lemma(s.norm(i), "a"):
        return False
    whole, head = base_noun(s, " ".join(s.norms[i : i + 2])), base_noun(s, s.norm(i + 1))
    if whole is None or head is None:
        return False
    only, main = lexicon.senses(whole), lexicon.senses(head)[:1]
    unseen = {"person.n.01", "cognition.n.01", "communication.n.02"}
    return all(unseen & set(lexicon.ancestors(sense)) for sense in only) and not any(
        unseen & set(lexicon.ancestors(sense)) for sense in main
    )


def _is_breed(s: Sentence, i: int) -> bool:
    """Whether a color is in the name of an animal, a drink or a plant that it is of: golden retrievers, brown bears,
    orange juice and orange trees."""
    lexicon = s.vocabulary.lexicon
    head = base_noun(s, s.norm(i + 1))
    whole = base_noun(s, " ".join(s.norms[i : i + 2]))
    heads = set(lexicon.senses(head) if head else ())
    above = {name for sense in (lexicon.senses(whole)[:1] if whole else ()) for name in lexicon.ancestors(sense)}
    of_fruit = any("plant.n.02" in lexicon.ancestors(sense) for sense in lexicon.senses(s.norm(i)))
    lives = "animal.n.01" in above or ("plant.n.02" in above and of_fruit)
    return "beverage.n.01" in above or (lives and bool(heads & above))


def _is_no_such(s: Sentence, i: int) -> bool:
    """Whether a color and a thing that is pictured here name something else together: no white horse of the sea."""
    lexicon = s.vocabulary.lexicon
    head = base_noun(s, s.norm(i + 1))
    heads = set(lexicon.senses(head) if head else ()) & s.vocabulary.pictured.keys()
    together = lexicon.senses(" ".join(s.norms[i : i + 2]))
    return bool(heads) and not any(heads & set(lexicon.ancestors(sense)) for sense in together)


def has_object(s: Sentence, i: int, *, direct: bool = False) -> bool:
    """Whether a thing follows a verb, over determiners and adjectives; `direct`: not over `in`, `on`, `through`."""
    for _ in range(4):
        if i >= len(s) or (direct and s.norm(i) in _ABOUT_WHERE):
            return False
        if s.norm(i) not in DETERMINERS and (longest_noun(s, i) is not None or _is_unheard(s, i)):
            return True
        i += 1
    return False


def _is_unheard(s: Sentence, i: int) -> bool:
    """Whether an article says of a word nobody knows that it is a noun."""
    return s.before(i) in ("a", "an", "the") and s.is_word(i) and s.tokens[i].pos == "NOUN"


def is_doing(s: Sentence, i: int) -> bool:
    """Whether the word at i says what somebody does, rather than names a thing."""
    word, tag = s.norm(i), s.tokens[i].pos
    if s.before(i) in _BEFORE_NOUNS and tag != "VERB":
        return False
    lexicon = s.vocabulary.lexicon
    bases = [base for base in wordnet.base_forms(word, "v") if lexicon.is_lemma(base, "v")]
    if not bases or word.endswith(("ed", "en")):
        return False
    direct = s.norm(i + 1) in _ARTICLES and has_object(s, i + 1, direct=True)
    if word.endswith("ing"):
        if lexicon.frequency(word) > max(lexicon.frequency(base, "v") for base in bases):
            return False
        goes_on = direct or has_object(s, s.skip(i + 1, _PARTICLES))
        return goes_on and (tag == "VERB" or (_has_subject(s, i) and (direct or not tag or s.norm(i + 1) == "to")))
    return _has_subject(s, i) and (tag == "VERB" or (direct and word != bases[0] and tag != "PROPN"))


def _has_subject(s: Sentence, i: int) -> bool:
    """Whether somebody stands right before, or an animal."""
    if s.before(i) in _SUBJECTS:
        return True
    last = s.pieces[-1] if s.pieces else None
    if last is None or last.end != i:
        return False
    if last.role in (Role.PERSON, Role.FACE):
        return True
    lexicon = s.vocabulary.lexicon
    main = lexicon.senses(last.word)[:1] if last.role is Role.MEANING and last.kind == "tag" else ()
    return any("animal.n.01" in lexicon.ancestors(sense) for sense in main)
