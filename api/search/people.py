"""Words for particular people: names, `me`, `my daughter`, and their birthdays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from api.search.days import taken_between, years_ago
from api.search.faces import aged_words
from api.search.heads import ages
from api.search.language import ARTICLES, PHOTO, PLACE_LINKS
from api.search.moments import MONTHS, year_at
from api.search.numbers import at_ordinal
from api.search.pieces import Alternative, Piece, Role
from api.search.places import is_common
from api.search.sentence import Sentence, listed, table
from api.search.vocabulary import KnownPerson, KnownPlace
from schema.filter.nodes import FaceFilter, ImageFilter, PlaceFilter, Range, SetFilter, ThisDay, TimeFilter

_ME = listed("me myself")
_ASKS = listed("show give get find gim let tell want send bring remind help")
"""Before `me`, they ask."""
_HELD = listed("taken shot made sent shared uploaded photographed captured edited snapped")
_TOOK = listed("took shot made sent shared uploaded photographed captured snapped takes taken")
_ACTING = listed("wearing holding carrying smiling laughing crying sitting standing riding playing eating is isnt")
"""What people do, and months do not."""
_SEARCHING = listed("looking searching trying hoping after seeking interested not")
_WHERE_I_AM = listed("with in at on and wearing")
_OF_US = listed("of with just only all for both")
"""Before `us`, they speak of people, and nobody knows which."""
_MINE = listed("my our mine")
_RELATIONS = table(
    {
        "daughter|daughters|little girl": ("daughter",),
        "son|sons|little boy": ("son",),
        "kid|kids|child|children": ("daughter", "son", "child"),
        "wife|missus": ("wife",),
        "husband|hubby": ("husband",),
        "partner|spouse": ("partner", "wife", "husband"),
        "girlfriend": ("girlfriend",),
        "boyfriend": ("boyfriend",),
        "mother|mom|mum|mommy|mama|ma": ("mother",),
        "father|dad|daddy|papa|pa": ("father",),
        "parents": ("mother", "father"),
        "sister|sisters": ("sister",),
        "brother|brothers": ("brother",),
        "siblings": ("sister", "brother"),
        "grandmother|grandma|granny|nana|oma": ("grandmother",),
        "grandfather|grandpa|grandad|granddad|opa": ("grandfather",),
        "grandparents": ("grandmother", "grandfather"),
        "aunt|auntie": ("aunt",),
        "uncle": ("uncle",),
        "friend|friends": ("friend",),
        "family": (
            "daughter",
            "son",
            "wife",
            "husband",
            "mother",
            "father",
            "sister",
            "brother",
            "grandmother",
            "grandfather",
        ),
        "boss": ("boss",),
    }
)
_NAMES_LIKE = listed("grandma grandpa grandmother grandfather granny nana oma opa mom mum mommy dad daddy mama papa")
_ONE_OF_THEM = listed("wife husband girlfriend boyfriend partner spouse missus hubby")
"""Said without `my` by those who have one."""
_BIRTHDAY = listed("birthday birthdays bday b-day")
_WHEN = {"when": "in", "while": "in", "as": "in", "before": "before", "after": "after", "since": "since"}
_PRONOUNS = listed("he she they")
_DWELLINGS = listed(
    "house home place flat apartment garden yard backyard room bedroom kitchen farm cabin cottage villa"
)
_QUALIFIED = ARTICLES - {"my", "our"}


def person_phrase(s: Sentence, i: int) -> Piece | None:
    found = _who(s, i)
    if found is None:
        return None
    people, end, others = found
    if birthday := _birthday(s, i, end, people):
        return birthday
    if _lives_in(s, end):
        return Piece(i, end, Role.UNKNOWN, "word")
    every = s.norm(i - 1 - (s.before(i) == "of")) in ("all", "both")
    if every and len(people) > 1 and s.norm(i) in _MINE:  # all my kids, in one picture
        asked = SetFilter(all=tuple(person.reference for person in people))
        return Piece(i, end, Role.MEANING, "person", ImageFilter(person=asked))
    return Piece(
        i, end, Role.PERSON, "person", people=tuple(person.reference for person in people), alternatives=others
    )


def _lives_in(s: Sentence, i: int) -> bool:
    """Whether somebody's home follows: who lives there need not be in the picture, and where it is nobody knows."""
    owner = s.tokens[i - 1]
    parted = i < len(s) and s.tokens[i].start > owner.end + 1  # by 's
    return s.norm(i) in _DWELLINGS and (parted or owner.norm.endswith("s"))


def by_somebody(s: Sentence, i: int) -> Piece | None:
    """`photos by Bob`, `taken by Anna`, `pictures my son took`: who held the camera is not known, and need not be in
    the picture."""
    if s.norm(i) == "by" and s.before(i) in _HELD | PHOTO and (found := _who(s, i + 1)):
        return Piece(i, found[1], Role.UNKNOWN, "words")
    if s.norm(i - 1 - (s.before(i) in ("that", "which"))) not in PHOTO or (others := _somebody_else(s, i)) is None:
        return None
    at = s.skip(others, ("has", "have", "had"))
    return Piece(i, at + 1, Role.UNKNOWN, "words") if s.norm(at) in _TOOK else None


def _somebody_else(s: Sentence, i: int) -> int | None:
    """Where `Anna`, `Anna and I` ends."""
    found = _who(s, i)
    if found and any(person.id == s.vocabulary.me for person in found[0]):
        return None
    named = found[1] if found else (s.longest(i, s.vocabulary.people_named) or (None,))[0]
    if named is None or (joint := s.after(named, "and", "&")) is None:
        return named
    return s.after(joint, "i", "me") or _somebody_else(s, joint) or named


def her_birthday(s: Sentence, i: int) -> Piece | None:
    """`her birthday`, of the person named before; `my birthday`."""
    if s.norm(i) not in ("her", "his", "their", "my"):
        return None
    if s.norm(i) == "my":
        me = s.vocabulary.people_by_id.get(s.vocabulary.me or 0)
        return _birthday(s, i, i + 1, (me,)) if me else None
    return _birthday(s, i, i + 1, _last_named(s))


def born(s: Sentence, i: int) -> Piece | None:
    """`the day Emma was born`, `the day after she was born`: whoever is seen then."""
    day = s.after(i, "the day that", "the day when", "the day after", "the day before", "the day")
    if day is None:
        return None
    found = _who(s, day)
    people, end = (found[0], found[1]) if found else (_last_named(s), day + 1)
    was_born = s.after(end, "was born", "is born", "got born") if found or s.norm(day) in _PRONOUNS else None
    if was_born is None or len(people) != 1 or people[0].birthday is None:
        return None
    then = date.fromisoformat(people[0].birthday)
    then += timedelta({"after": 1, "before": -1}.get(s.norm(day - 1), 0))
    return Piece(i, was_born, Role.MEANING, "day", ImageFilter(taken=taken_between(then, then + timedelta(1))))


def when_aged(s: Sentence, i: int) -> Piece | None:
    """`when Emma was 3`: Emma, in that year of her life; `before he was 5`, of the person named before."""
    if (how := _WHEN.get(s.norm(i))) is None:
        return None
    named = s.norm(i + 1) not in _PRONOUNS
    if named:
        found = _who(s, i + 1)
        people, end = (found[0], found[1]) if found else ((), 0)
    else:
        people, end = _last_named(s), i + 2
    if (was := s.after(end, "was", "is", "turned", "were", "turns", "got")) is None:
        return None
    if s.norm(was) == "born" and how != "in" and len(people) == 1 and people[0].birthday:
        born = date.fromisoformat(people[0].birthday)
        lived = taken_between(None, born) if how == "before" else taken_between(born, None)
        return Piece(i, was + 1, Role.MEANING, "bound", ImageFilter(taken=lived))
    if (age := s.number(s.after(was, "between", "from") or was)) is None:
        return _once_aged(i, s.after(was, "still a", "still", "a", "an", "just a") or was, s, people) if named else None
    years, stop = age
    last = s.number(s.after(stop, "to", "or", "and", "-", "–") or len(s))
    grown, stop = last if last is not None and years < last[0] == int(last[0]) <= 120 and how == "in" else (years, stop)
    stop = s.after(stop, "years old", "year old", "years") or stop
    if len(people) != 1 or years != int(years) or years > 120:
        return None
    if people[0].birthday is None:
        then = FaceFilter(person=(people[0].reference,), age=Range(min=years, max=grown + 0.9))
        if how != "in":
            then = FaceFilter(person=then.person, age=ages(None, years - 1) if how == "before" else ages(years, None))
        return Piece(i, stop, Role.MEANING, "life", ImageFilter(face=then))
    born = date.fromisoformat(people[0].birthday)
    start, until = years_ago(born, -int(years)), years_ago(born, -int(grown) - 1)
    span = {"in": (start, until), "before": (born, start), "after": (until, None), "since": (start, None)}[how]
    when = taken_between(*span)
    if when.from_ == when.to:
        return None
    person = SetFilter(any=(people[0].reference,)) if named else None
    return Piece(i, stop, Role.MEANING, "life", ImageFilter(person=person, taken=when))


def _once_aged(i: int, at: int, s: Sentence, people: tuple[KnownPerson, ...]) -> Piece | None:
    """`when Max was a baby`: his face at that age."""
    if s.norm(i) not in ("when", "while", "as") or not people or (told := aged_words(s, at)) is None:
        return None
    face = FaceFilter(person=tuple(person.reference for person in people), age=told[0].age)
    return Piece(i, told[1], Role.MEANING, "life", ImageFilter(face=face))


def _last_named(s: Sentence) -> tuple[KnownPerson, ...]:
    last = next((piece for piece in reversed(s.pieces) if piece.role is Role.PERSON), None)
    return tuple(person for person in s.vocabulary.people if last and person.reference in last.people)


def _who(s: Sentence, i: int) -> tuple[tuple[KnownPerson, ...], int, tuple[Alternative, ...]] | None:
    if i >= len(s):
        return None
    vocabulary = s.vocabulary
    word = s.norm(i)
    if word in _ME or (word == "i" and _is_in_it(s, i)) or (word == "im" and s.norm(i + 1) in _WHERE_I_AM):
        me = vocabulary.people_by_id.get(vocabulary.me or 0)
        return None if me is None or s.before(i) in _ASKS | {"by"} else ((me,), i + 1, ())
    if word in _MINE | {"his", "her", "their"} and (relation := s.longest(i + 1, _RELATIONS)):
        people = _related(s, relation[1]) if word in _MINE or _is_of_ours(s, relation[1]) else ()
        return (people, relation[0], ()) if people else None
    if (
        word not in _MINE
        and s.before(i) in ("and", "or", "&", ",")
        and _after_mine(s)
        and (relation := s.longest(i, _RELATIONS))
    ):
        people = _related(s, relation[1])
        if people:
            return people, relation[0], ()
    named = s.longest(i, vocabulary.people_named)
    if named and _is_meant(s, i, named[0], named[1]):
        end, people = named
        return people, end, _others(s, i, end, people)
    if people := _several(s, i):
        return people, i + 1, ()
    before = s.before(i)
    if s.pieces and s.pieces[-1].role is Role.PERSON and word in _ONE_OF_THEM | {"family"}:
        return None  # Bob's wife, the Horvat family
    said_plainly = word in _NAMES_LIKE | _ONE_OF_THEM and before not in ARTICLES - {"the"}
    of_ours = word == "family" and before not in ARTICLES - {"the"} | {"another", "every", "each", "s"}
    if (said_plainly or of_ours) and (relation := s.longest(i, _RELATIONS)) and s.norm(relation[0]) != "of":
        people = _related(s, relation[1])
        return (people, relation[0], ()) if people else None
    return None


def _several(s: Sentence, i: int) -> tuple[KnownPerson, ...]:
    """`both Peters`, and `annas dog` as it is typed in haste; not `roses`, which are flowers first."""
    word, vocabulary = s.norm(i).removesuffix("s"), s.vocabulary
    if len(word) < 3 or word == s.norm(i) or any(vocabulary.lexicon.sense_counts(word, "n").values()):
        return ()
    return vocabulary.people_named.get((word,), ()) if (s.norm(i),) not in vocabulary.labels else ()


def _is_of_ours(s: Sentence, relations: tuple[str, ...]) -> bool:
    """Whether `his grandma`, `her son` are ours as well: those of our own people are, and children have our elders."""
    if not {"daughter", "son", "wife", "husband"}.intersection(relations):
        return True
    me = s.vocabulary.me
    return any(person.relation or person.id == me for person in _last_named(s))


def _is_in_it(s: Sentence, i: int) -> bool:
    """Whether `I` am in the picture, as in `Anna and I in Rome`; not where I do something: `I took`."""
    if s.norm(i + 1) in ("am", "'m", "was", "with", "and"):
        return s.norm(i + 2) not in _SEARCHING
    ends = i + 1 >= len(s) or s.norm(i + 1) in PLACE_LINKS | {",", "on", "together", "are", "were"}
    return ends and s.before(i) in ("and", "&", "or", "with")


def _after_mine(s: Sentence) -> bool:
    """Whether the person named before is mine: in `my wife and kids`, so are the kids."""
    last = next((piece for piece in reversed(s.pieces) if piece.role is Role.PERSON), None)
    return last is not None and s.norm(last.start) in _MINE and s.pieces[-2:][0] is last


def month_is_name(s: Sentence, i: int) -> bool:
    """Whether a month's name is a person's here: `with April`, `joy and april`; but not `with Joy in April`."""
    if (s.norm(i),) not in s.vocabulary.people_named or s.norm(i + 1).isdigit():
        return False
    if s.before(i) == "with" and s.norm(i + 1) not in ("to", "until", "-"):
        return True
    acting = s.norm(i + 1) in _ACTING or s.after(i + 1, "in a", "in an", "in her", "in his")
    if acting and (i == 0 or s.before(i) in ("and", "or", ",", "&")):
        return True
    if s.tokens[i].text[:1].isupper() and s.before(i) in ("with", "and", "of"):
        return True
    beside = s.longest(i + 2, s.vocabulary.people_named) if s.norm(i + 1) in ("and", "with", "&") else None
    if s.tokens[i].text[:1].isupper() and beside is not None and (s.norm(i + 2),) not in MONTHS:
        return True
    said = [piece for piece in s.pieces if piece.role not in (Role.FILLER, Role.IGNORED, Role.ARTICLE)]
    return len(said) > 1 and said[-1].role in (Role.AND, Role.OR) and said[-2].role is Role.PERSON


def unknown_relation(s: Sentence, i: int) -> Piece | None:
    """`my boss`, when no one is known as that, and `me` before that is told: shown as not understood, rather than read
    as any boss, or passed over."""
    if s.norm(i) == "us" and s.tokens[i].text != "US" and s.before(i) in _OF_US:
        return Piece(i, i + 1, Role.UNKNOWN, "this")
    if s.pieces and s.pieces[-1].role is Role.PERSON:
        if s.norm(i) == "family" and "'" not in s.written(i - 1, i + 1).replace("’", "'"):
            return Piece(i, i + 1, Role.FILLER)
        if s.norm(i) in _ONE_OF_THEM | {"family"}:
            return Piece(i, i + 1, Role.UNKNOWN, "word")
    if s.norm(i) in _ME and s.before(i) not in _ASKS and (s.vocabulary.me or 0) not in s.vocabulary.people_by_id:
        return Piece(i, i + 1, Role.UNKNOWN, "this")
    if s.norm(i) in ("my", "our") and (relation := s.longest(i + 1, _RELATIONS)) and not _related(s, relation[1]):
        return Piece(i, relation[0], Role.UNKNOWN, "relation")
    return None


def _related(s: Sentence, relations: tuple[str, ...]) -> tuple[KnownPerson, ...]:
    return tuple(person for relation in relations for person in s.vocabulary.relations.get(relation, ()))


def _is_meant(s: Sentence, i: int, end: int, people: tuple[KnownPerson, ...]) -> bool:
    """Whether a word that is a name is meant as one: `Rose`, not `a rose`; `florence` by what there is more of."""
    if end - i > 1:
        return True
    word, before = s.norm(i), s.before(i)
    called_so = any(s.vocabulary.people_named.get((word,)) and p.name.lower().startswith(word) for p in people)
    if (word,) in MONTHS:
        return month_is_name(s, i)
    if places := s.vocabulary.places_named.get((word,)):
        if before in ("in", "at", "from", "near", "to", "around", "of"):
            return before in ("of",) and sum(p.count for p in people) > places[0].count
        if (beside := _beside_place(s, i, end, places)) is not None:
            return not beside
        if before in ("with", "and") or s.norm(end) in ("and", "with"):
            return True
        return sum(p.count for p in people) > places[0].count
    if is_common(s.vocabulary.lexicon, word):
        if before in _QUALIFIED or s.norm(end) in ("s",):
            return False
        if not called_so:
            return s.tokens[i].text[:1].isupper() and i > 0
        after_adjective = i > 0 and (before in _COLORS or s.tokens[i - 1].form.name == "NUMBER")
        return not after_adjective
    return True


def _beside_place(s: Sentence, i: int, end: int, places: Sequence[KnownPlace]) -> bool | None:
    """Whether a name is told to be a place by another beside it (`Rome and Florence`, `Florence in Italy`) or somebody
    by where she is (`Florence in Croatia`); None when nothing tells."""
    said = [piece for piece in s.pieces if piece.role not in (Role.AND, Role.OR, Role.COMMA, Role.ARTICLE)]
    if s.before(i) in ("and", "or", ",", "&") and said and said[-1].kind == "place":
        return True
    follows = s.longest(end + 1, s.vocabulary.places_named)
    if follows is None or (s.longest(end + 1, s.vocabulary.people_named) and s.norm(end) != "in"):
        return None
    if s.norm(end) == "in":
        return any(outer in s.vocabulary.around(place) for place in places for outer in follows[1] if outer != place)
    return True if s.norm(end) in ("and", "or", ",", "&") else None


_COLORS = listed("red white yellow pink blue black green orange purple wild single dried fresh")


def _others(s: Sentence, i: int, end: int, people: tuple[KnownPerson, ...]) -> tuple[Alternative, ...]:
    """Each of several bearers; the place of that name."""
    said = tuple(s.norms[i:end])
    found = [
        Alternative(person.name, ImageFilter(person=SetFilter(any=(person.reference,))))
        for person in (people if len(people) > 1 else ())
    ]
    found += [
        Alternative(f"{place.name} (place)", ImageFilter(place=PlaceFilter(within=(place.key,))))
        for place in s.vocabulary.places_named.get(said, ())[:2]
    ]
    return tuple(found)


def _birthday(s: Sentence, start: int, at: int, people: tuple[KnownPerson, ...]) -> Piece | None:
    """`Emma's birthday`: that day of any year; `her 5th birthday`: of one. None when nobody knows the date."""
    turning = s.after(at, "turning", "turns", "turned", "becoming", "becomes")
    ordinal = at_ordinal(s.norms, turning or at)
    end = (turning or at) + (ordinal[1] if ordinal else 0)
    if turning and ordinal is None and (number := s.number(turning)) and number[0] == int(number[0]):
        ordinal, end = (int(number[0]), 1), number[1]
    owned = at < len(s) and s.tokens[at].start > s.tokens[at - 1].end + 1  # by 's
    told = ordinal is not None and (turning is not None or (owned and not s.is_word(end)))
    if not (told or (turning is None and s.norm(end) in _BIRTHDAY)) or len(people) != 1 or people[0].birthday is None:
        return None
    if s.norm(end) not in _BIRTHDAY:
        end -= 1
    try:
        born = date.fromisoformat(people[0].birthday)
        if ordinal:
            day = years_ago(born, -ordinal[0])
            when = taken_between(day, date.fromordinal(day.toordinal() + 1))
        elif year := year_at(s, s.skip(end + 1, (",", "in", "of"))):
            day, end = years_ago(born, born.year - year[0]), year[1] - 1
            when = taken_between(day, date.fromordinal(day.toordinal() + 1))
        else:
            when = TimeFilter(this_day=ThisDay(month=born.month, day=born.day, past_only=False))
    except (ValueError, OverflowError):
        return None
    return Piece(start, end + 1, Role.MEANING, "day", ImageFilter(taken=when))
