"""The small words as pieces: what joins, denies, links, and what is passed over."""

from __future__ import annotations

from api.search.language import ARTICLES, BE, LINKS, PHOTO, PLACE_LINKS, PRAISE, WANDERING, WHEREABOUTS, is_function
from api.search.marks import FLAGS
from api.search.numbers import ORDINALS
from api.search.pieces import Piece, Role
from api.search.sentence import Sentence, listed, table
from api.search.tokens import Form
from schema.filter.nodes import ImageFilter, TagFilter

_NOT = table(
    {
        "without|w/o|wo|no|none|zero|except|except for|excluding|exclude|excludes|minus|sans|lacking|apart from"
        "|other than|but no|but not|but without|never with": "no",
        "neither": "neither",
        "not|n't|nt|never|isnt|arent|wasnt|dont|doesnt|cannot|non|aint": "not",
    }
)
_LEAVE_OUT = listed("hide skip ignore remove omit exclude leave discard")
"""What a sentence begins with that says what is not to be seen; never by a typing error."""
_AND = table(
    {
        "and|&|plus|+|n|as well as|together with|along with|also|and also|but only when|but only if|but only where"
        "|only when|only if|only where|as long as|provided that": True
    }
)
_OR = table({"or|/|\\||nor|and/or|or else|vs": True})
_BUT = table({"but|however|although|though|yet": True})
_COMMA = listed(", ; : — – … -")
_ONLY = listed("only just solely exclusively nothing")
_NOBODY_BUT = table(
    {"no one else but|nobody else but|nobody but|no one but|noone but|none but|no others but|nothing but": True}
)
_ALONE = table(
    {
        "alone|by himself|by herself|by themselves|by myself|on his own|on her own|on my own|solo|all alone"
        "|nobody else|no one else|noone else|and nobody else|and no one else|with nobody else|with no one else"
        "|no others|and no others": True,
    }
)
_APART = table(
    {
        f"{no} {how}": True
        for no in ("not", "never", "but not", "but never", "and not")
        for how in ("both", "both of them", "all of them", "together", "at the same time", "at once", "in one picture")
    }
    | {"only one of them|just one of them|one but not the other|not the two together": True}
)
_ONES = listed("one ones")
_COMMANDS = ("pull up", "pull out", "bring up", "bring me", "dig up", "dig out", "look up", "fetch", "fetch me", "grab")
_OF_SEVERAL = listed("last next right") | ORDINALS.keys()
"""Which one of several, nobody knows: the first snow, the second day, right after."""
_VIEWS = table({"time lapse|time lapses|bird eye view|bird eye|birds eye view|worm eye view": True})
"""Ways to take pictures that nothing measures."""
_USES = listed("postcard calendar wallpaper background website blog poster presentation print printing frame slideshow")
"""What a picture is wanted for is not what it shows."""
_POSED = table(
    {
        f"{how} {what}": True
        for how in ("at the", "at", "into the", "into", "to the", "towards the", "toward the", "facing the", "from the")
        for what in ("camera", "lens", "photographer")
    }
)
"""Where somebody looks: no picture says, so it is passed over; denied, it is shown as not understood."""
_EVERY = listed("everyone anyone everybody anybody everything anything all everywhere anywhere always anytime")
_OWNED = listed("mine ours yours hers theirs")
"""Whose a thing is, no picture says."""
_LOOKING = listed("looking look looks facing posing posed staring smiling")


def joining(s: Sentence, i: int) -> Piece | None:
    """Parentheses, `and`, `or`, `not` and their kin."""
    word = s.norm(i)
    token = s.tokens[i]
    if token.form is Form.MARK and word in ("(", "[", "{"):
        return Piece(i, i + 1, Role.OPEN)
    if token.form is Form.MARK and word in (")", "]", "}"):
        return Piece(i, i + 1, Role.CLOSE)
    if word == "-" and i + 1 < len(s) and s.tokens[i + 1].glued and not token.glued:
        return Piece(i, i + 1, Role.NOT, word="minus")
    if word == "-" and "+" in s.norms[:i]:
        return Piece(i, i + 1, Role.NOT, word="minus")
    if word == "!" and i + 1 < len(s) and s.tokens[i + 1].glued:
        return Piece(i, i + 1, Role.NOT, word="minus")
    if found := s.longest(i, _NOBODY_BUT):
        return Piece(i, found[0], Role.ONLY)
    if found := s.longest(i, _ALONE):
        return Piece(i, found[0], Role.ALONE)
    if (found := s.longest(i, _APART)) and any(piece.role is Role.OR for piece in s.pieces):
        return Piece(i, found[0], Role.APART)
    if word == "but" and (s.before(i) in _EVERY or _is_of_every(s, i)):
        return Piece(i, i + 1, Role.NOT, word="no")
    if also := s.after(i, "not only", "not just", "not merely"):
        return Piece(i, also, Role.FILLER)
    if found_not := s.longest(i, _NOT):
        end, kind = found_not
        if word == "but" and _flag_ends_after(s, i + 1, end):
            return Piece(i, i + 1, Role.BUT, word=word)  # "but no tags"
        if s.norm(end) in _OWNED:
            return Piece(i, end + 1, Role.UNKNOWN, "words")
        if _is_complaint(s, i, end):
            return Piece(i, end, Role.FILLER)
        if posed := s.longest(s.skip(end, _LOOKING), _POSED):
            return Piece(i, posed[0], Role.UNKNOWN, "words")
        if kind == "not" and s.norm(at := s.skip(end, ARTICLES)) in PRAISE and (s.norm(at),) not in FLAGS:
            return Piece(i, s.skip(end, ARTICLES) + 1, Role.UNKNOWN, "words")
        return Piece(i, end, Role.NOT, word=kind)
    for phrases, role in ((_AND, Role.AND), (_OR, Role.OR), (_BUT, Role.BUT)):
        if found := s.longest(i, phrases):
            return Piece(i, found[0], role, word=word)
    if word in _COMMA:
        return Piece(i, i + 1, Role.COMMA)
    begins = not s.pieces and s.is_word(i + 1)
    if begins and word in _LEAVE_OUT and not token.typed and s.norm(i + 1) not in ("of", "and"):
        return Piece(i, s.after(i + 1, "out", "all") or i + 1, Role.NOT, word="no")
    if begins and (asked := s.after(i, *_COMMANDS)):
        return Piece(i, asked, Role.FILLER)
    if not s.pieces and (out := s.after(i, "filter out", "drop the", "drop all")):
        return Piece(i, out, Role.NOT, word="no")
    if word == "either":
        return Piece(i, i + 1, Role.FILLER)
    return None


def _is_of_every(s: Sentence, i: int) -> bool:
    """Whether `but` leaves out some of what was named right before: `all dogs but poodles`."""
    return any(s.norm(at) in ("all", "any", "every") for at in (i - 2, i - 3)) and s.pieces[-1].role is Role.MEANING


def _flag_ends_after(s: Sentence, i: int, end: int) -> bool:
    found = s.longest(i, FLAGS)
    return found is not None and found[0] > end


def _is_complaint(s: Sentence, i: int, end: int) -> bool:
    """`I can't find ...` does not deny what follows."""
    return s.before(i) in ("ca", "can", "could") or s.norm(end) in ("find", "remember", "sure", "know", "only")


def idiom(s: Sentence, i: int) -> Piece | None:
    """Words that mean something only together, and nothing that is seen: `upside down`, `hand in hand`."""
    if found := s.longest(i, _VIEWS):
        return Piece(i, found[0], Role.UNKNOWN, "words")
    if not s.is_word(i) or is_function(s.norm(i)):
        return None
    for n in range(min(4, len(s) - i), 1, -1):
        said = " ".join(s.norms[i : i + n])
        if any(s.vocabulary.lexicon.is_lemma(said, pos) for pos in "ra"):
            return Piece(i, i + n, Role.UNKNOWN, "words")
    return None


def _whereabouts(s: Sentence, i: int) -> int | None:
    """Where `in the background`, `at the top of` ends."""
    at = s.skip(i + 1, ("the", "very"))
    if s.norm(i) in ("in", "at", "on", "from", "to", "by") and s.norm(at) in WHEREABOUTS:
        return s.after(at + 1, "of") or at + 1
    return None


def small(s: Sentence, i: int) -> Piece | None:
    """Links, articles, fillers and praise: tried after all rules with meaning of the same length."""
    word = s.norm(i)
    if word in ("that", "which", "who") and s.norm(i + 1) in BE | {"have", "has"}:
        return Piece(i, i + 2, Role.THAT)
    if word in ("that", "which", "who") and s.norm(i + 1) in ("isnt", "arent"):
        return Piece(i, i + 1, Role.THAT)
    if word == "for" and s.norm(use := s.skip(i + 1, ARTICLES)) in _USES:
        return Piece(i, use + 1, Role.IGNORED, word="use")
    if posed := s.longest(i, _POSED):
        return Piece(i, posed[0], Role.IGNORED, word="posed")
    if where := _whereabouts(s, i):
        return Piece(i, where, Role.IGNORED, word="where")
    if word in _ONES and (s.last(Role.COLOR) or s.last(Role.FACE) or s.norm(i) == "ones"):
        return Piece(i, i + 1, Role.ONES)
    if word == "nothing":
        return Piece(i, i + 1, Role.UNKNOWN, "word")
    if word in _ONLY:
        return Piece(i, i + 1, Role.ONLY)
    if word in ARTICLES:
        return Piece(i, i + 1, Role.ARTICLE, word=word)
    if word in LINKS:
        which = word == "front" and s.is_word(i + 1) and not is_function(s.norm(i + 1))  # "front door"
        return Piece(i, i + 1, Role.IGNORED if which else Role.LINK, word=word)
    if word in PHOTO:
        return Piece(i, i + 1, Role.FILLER, word="photo")
    if word in PRAISE:
        return Piece(i, i + 1, Role.IGNORED, word=word)
    if word in WANDERING:
        if s.norm(i + 1) in PLACE_LINKS or any(piece.role in (Role.MEANING, Role.PERSON) for piece in s.pieces):
            return Piece(i, i + 1, Role.FILLER)
        concept = word.removesuffix("s")
        return Piece(i, i + 1, Role.MEANING, "tag", ImageFilter(tag=TagFilter(any=(concept,))), word=concept)
    if word in _OF_SEVERAL and s.is_word(i + 1) and s.norm(i + 1) not in PHOTO | _ONES | {"of"}:
        return Piece(i, i + 1, Role.IGNORED, word=word)
    if is_function(word) or (s.tokens[i].form is Form.MARK and word.isascii()):
        return Piece(i, i + 1, Role.FILLER)
    return None
