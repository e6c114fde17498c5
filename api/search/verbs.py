"""Verbs that happen to be nouns too: in `Bob falls off the boat` nobody looks for waterfalls.

With the English model its parts of speech tell; without it, who stands before the word and what behind it.
"""

from __future__ import annotations

from api.search.pieces import Role
from api.search.sentence import Sentence, listed
from schema import wordnet

_SUBJECTS = listed("we i he she they it who that which you")
_PARTICLES = listed("out off up down over away from to into onto along through around across for by")
_DETERMINERS = listed("a an the some his her their my our its")
_BEFORE_NOUNS = _DETERMINERS | listed("of in on at with no without")


def is_doing(s: Sentence, i: int) -> bool:
    """Whether the word at i says what somebody does, rather than names a thing."""
    from api.search.things import has_object

    word, tag = s.norm(i), s.tokens[i].pos
    if s.before(i) in _BEFORE_NOUNS and tag != "VERB":
        return False
    lexicon = s.vocabulary.lexicon
    bases = [base for base in wordnet.base_forms(word, "v") if lexicon.is_lemma(base, "v")]
    if not bases or word.endswith(("ed", "en")):
        return False
    direct = s.norm(i + 1) in _DETERMINERS and has_object(s, i + 1, direct=True)
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
