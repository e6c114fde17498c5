"""Words for things, scenes and activities: every noun of WordNet and every tag of the library.

In the filter a thing is its plain word in the singular, which stands for the synsets of all its senses with all
narrower ones, and for keywords of that name; `Vocabulary.concepts` says when single senses stand instead.
"""

from __future__ import annotations

from api.search.language import PHOTO, PRAISE, is_function
from api.search.pieces import Alternative, Piece, Role
from api.search.sentence import LONGEST, Sentence, listed, table
from schema import wordnet
from schema.filter.nodes import ImageFilter, TagFilter

ACTIVITIES = table(
    {
        "dining|dine|dines|dined|having dinner|eating out|having lunch|at dinner|out for dinner": (
            "dining", "dining table", "dining room", "restaurant", "meal"),
        "swimming|swim|swims|swam": ("swimming", "swimming pool", "swimsuit"),
        "skiing|ski|skis|skied": ("skiing", "ski", "skier", "ski slope"),
        "cycling|biking|bicycling|bike riding": ("cycling", "bicycle", "cyclist"),
        "surfing|surf|surfed": ("surfing", "surfboard", "surfer"),
        "snowboarding|snowboard": ("snowboarding", "snowboard"),
        "skateboarding|skating": ("skateboarding", "skating", "skateboard", "skate"),
        "sailing|sailed|boating": ("sailing", "sailboat", "boat"),
        "kayaking|canoeing|paddling|rowing": ("canoeing", "kayak", "canoe", "paddle", "rowing boat"),
        "diving|snorkeling|snorkelling|scuba diving": ("diving", "snorkel", "scuba diver", "diver"),
        "hiking|hike|hiked|trekking|hikes|hikers": ("hike", "hiker", "mountain", "trail"),
        "climbing|rock climbing|mountaineering|climb|climbed": ("climbing", "climber", "cliff"),
        "camping|camped": ("camping", "camp", "tent", "campfire"),
        "fishing|fished": ("fishing", "fisherman", "fishing rod"),
        "horse riding|horseback riding|on horseback": ("riding", "horse", "rider"),
        "cooking|cook|cooks|cooked|baking": ("cooking", "cook", "kitchen", "stove"),
        "barbecuing|grilling|bbq|barbecue|barbeque": ("barbecue", "grill"),
        "eating|eats|ate|having breakfast|breakfast": ("eating", "food", "meal"),
        "drinking|drinks|drank|having a drink": ("drinking", "beverage"),
        "dancing|dances|danced": ("dancing", "dancer"),
        "singing|sings|sang|karaoke": ("singing", "singer", "microphone"),
        "playing football|playing soccer": ("soccer", "football", "soccer ball"),
        "playing tennis": ("tennis", "tennis racket", "tennis ball"),
        "playing golf|golfing": ("golf", "golf ball", "golf club"),
        "playing basketball": ("basketball",),
        "playing music|making music|jamming": ("musical instrument", "musician"),
        "getting married|marrying|got married|wedding ceremony": ("wedding", "bride", "groom"),
        "graduating|graduation|graduated": ("graduation", "academic gown", "mortarboard"),
        "shopping|shopped": ("shopping", "shop", "shopping cart"),
        "sleeping|asleep|sleeps|napping": ("sleep", "bed"),
        "flying|flew": ("flying", "airplane", "aircraft"),
        "gardening": ("gardening", "garden"),
        "painting a picture|drawing": ("painting", "drawing"),
        "sunbathing|tanning": ("sunbathing", "beach", "swimsuit"),
        "jogging|running|jogs": ("jogging", "run", "runner"),
        "studying|doing homework": ("desk", "book"),
        "rainy|raining|rain|in the rain": ("rain", "umbrella"),
        "snowy|snowing|snow covered|snow-covered": ("snow",),
        "foggy|misty|hazy": ("fog", "mist"),
        "cloudy|overcast": ("cloud",),
        "stormy": ("storm", "lightning"),
        "sandy": ("sand", "beach"),
        "rocky": ("rock",),
        "icy|frozen": ("ice",),
        "golden hour|sundown": ("sunset", "sunrise"),
        "blue hour": ("dusk",),
        "starry": ("star", "night sky"),
        "grassy": ("grass",),
        "wooden": ("wood",),
        "wooded": ("forest",),
        "happy birthday|birthday party|birthday parties|bday party": ("birthday", "birthday party", "birthday cake"),
        "bday cake|birthday cake|birthday cakes": ("birthday cake",),
    }
)  # fmt: skip
_RELATION = listed(
    "riding driving playing eating drinking reading watching feeding petting walking pushing pulling throwing "
    "kicking catching using opening cutting washing wearing holding carrying hugging kissing chasing climbing "
    "crossing building making cooking baking smelling touching sitting standing lying having visiting enjoying "
    "celebrating ride rides rode drive drives drove play plays played eat eats ate drink drinks drank read reads "
    "hold watch watches flying fly walks hugs kisses feeds running sleeping jumping leaning wear hiking swimming "
    "dressed covered full surrounded posing looking pouring selling buying"
)
"""Verbs that lead to their object: in `riding a bike` the bike is what a picture shows."""
_DETERMINERS = listed("a an the some his her their my our its on in with at")
RARELY = 5
"""A word that is an adjective this many times as often as a noun is none."""
_ABSTRACT = listed("way lot day days hour hours minute minutes time times week month year years side area part")
_NOT_THINGS = (
    PHOTO
    | PRAISE
    | listed(
        "album albums folder folders half quarter colors colours male female smiling smile happy sad look color "
        "colour rest max min plus minus top bottom number word "
        "text name caption title today tomorrow yesterday"
    )
)
MAX_SENSES = 4


def thing_phrase(s: Sentence, i: int) -> Piece | None:
    """The longest noun, tag or activity at i."""
    activity = s.longest(i, ACTIVITIES)
    noun = _noun(s, i)
    if activity and (noun is None or activity[0] >= noun[0]):
        end, concepts = activity
        if s.norm(i) in _RELATION and end == i + 1 and _has_object(s, end, direct=True):
            return None
        return _tagged(s, i, end, concepts)
    if noun is None:
        return None
    end, word = noun
    if s.norm(i) in _RELATION and end == i + 1 and _has_object(s, end, direct=_is_made(s, word)):
        return None
    return _tagged(s, i, end, s.vocabulary.concepts(word), word)


def relation_verb(s: Sentence, i: int) -> Piece | None:
    """`riding`, `playing`: says how, of the thing that follows; by itself, what the picture shows."""
    return Piece(i, i + 1, Role.LINK, word=s.norm(i)) if s.norm(i) in _RELATION else None


def tagged(concepts: tuple[str, ...], color: str | None = None) -> ImageFilter:
    return ImageFilter(tag=TagFilter(any=concepts, color=color))


def noun_at(s: Sentence, i: int) -> str | None:
    """The word for the thing at i, if there is one."""
    found = _noun(s, i)
    return found[1] if found else None


def base_noun(s: Sentence, said: str) -> str | None:
    """A noun in the singular, if WordNet has it."""
    lexicon = s.vocabulary.lexicon
    forms = list(wordnet.base_forms(said, "n"))
    if len(forms) > 1 and forms[0] == said and _is_only_a_name(s, said):
        forms = [*forms[1:], said]  # bridges, not Harry Bridges
    for form in forms:
        parts = form.split()
        joined = form.replace(" ", "") if all(len(part) > 2 for part in parts) else form
        partly = (" ".join((*parts[:k], f"{parts[k]}-{parts[k + 1]}", *parts[k + 2 :])) for k in range(len(parts) - 1))
        for spelling in (form, form.replace(" ", "-"), joined, *(partly if len(parts) > 2 else ())):
            if lexicon.is_lemma(spelling):
                return form if spelling == form or " " not in form else spelling
    return None


def _is_only_a_name(s: Sentence, said: str) -> bool:
    lexicon = s.vocabulary.lexicon
    return not any(synset and said in synset.lemmas for synset in map(lexicon.synset, lexicon.senses(said)))


def _noun(s: Sentence, i: int) -> tuple[int, str] | None:
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
        if n > 1 and (is_function(s.norm(i)) or is_function(s.norm(i + n - 1)) or _has_link(s, i, i + n)):
            continue
        said = " ".join(s.norms[i : i + n])
        word = base_noun(s, said)
        if word is None or (n > 1 and _is_two_things(s, i, n)) or (n == 1 and _describes(s, i)):
            continue
        return i + n, word
    return None


def _describes(s: Sentence, i: int) -> bool:
    """Whether a word is the adjective before a noun, rather than a noun: `modern architecture`, `short hair`."""
    from api.search.faces import is_head

    lexicon, word = s.vocabulary.lexicon, s.norm(i)
    if not lexicon.is_lemma(word, "a") or (word,) in s.vocabulary.labels:
        return False
    as_adjective, as_noun = lexicon.frequency(word, "a"), lexicon.frequency(word, "n")
    if as_adjective > RARELY * as_noun:
        return True
    before_noun = s.is_word(i + 1) and (is_head(s, i + 1) or base_noun(s, s.norm(i + 1)) is not None)
    if not before_noun or is_function(s.norm(i + 1)):
        return False
    return as_adjective > as_noun or (as_adjective == as_noun and s.tokens[i].pos == "ADJ")


def _is_made(s: Sentence, word: str) -> bool:
    """Whether a word means a thing first of all: in `the building in the park` nobody builds."""
    lexicon = s.vocabulary.lexicon
    return any("artifact.n.01" in lexicon.ancestors(sense) for sense in lexicon.senses(word)[:1])


def _has_link(s: Sentence, i: int, end: int) -> bool:
    return any(s.norm(j) in ("in", "on", "at", "or", "and", "with", "without", "not", "no") for j in range(i, end))


def _is_two_things(s: Sentence, i: int, n: int) -> bool:
    """Lemmas that are an attribute and a noun we know better (`old man`), and idioms with a time (`rainy day`)."""
    from api.search.faces import is_head
    from api.search.looks import color_word

    if s.norm(i + n - 1) in _ABSTRACT and not s.vocabulary.lexicon.is_lemma(s.norm(i)):
        return True
    if is_head(s, i + n - 1):
        return True
    if n != 2 or color_word(s, i) is None:
        return False
    return s.norm(i) not in ("red", "white", "black") or _is_no_such(s, i)


def _is_no_such(s: Sentence, i: int) -> bool:
    """Whether a color and a thing that is pictured here name something else together: no white horse of the sea."""
    lexicon = s.vocabulary.lexicon
    head = base_noun(s, s.norm(i + 1))
    heads = set(lexicon.senses(head) if head else ()) & s.vocabulary.pictured.keys()
    together = lexicon.senses(" ".join(s.norms[i : i + 2]))
    return bool(heads) and not any(heads & set(lexicon.ancestors(sense)) for sense in together)


def _has_object(s: Sentence, i: int, *, direct: bool = False) -> bool:
    """Whether a thing follows a verb, over determiners and adjectives; `direct`: not over `in`, `on`, `at`, `with`."""
    for _ in range(4):
        if i >= len(s) or (direct and s.norm(i) in ("in", "on", "at", "with")):
            return False
        if s.norm(i) not in _DETERMINERS and _noun(s, i) is not None:
            return True
        i += 1
    return False


def _tagged(s: Sentence, i: int, end: int, concepts: tuple[str, ...], word: str = "") -> Piece:
    return Piece(i, end, Role.MEANING, "tag", tagged(concepts), alternatives=_senses(s, concepts, word), word=word)


def _senses(s: Sentence, concepts: tuple[str, ...], word: str) -> tuple[Alternative, ...]:
    """Single senses that the library shows, where the word has several."""
    vocabulary = s.vocabulary
    if not word:
        return ()
    pictured = [sense for sense in vocabulary.lexicon.senses(word) if sense in vocabulary.pictured]
    others = [sense for sense in pictured if concepts != (sense,)]
    if len(pictured) < 2:
        return ()
    found = []
    for sense in others[:MAX_SENSES]:
        synset = vocabulary.lexicon.synset(sense)
        if synset is not None:
            found.append(Alternative(f"{synset.lemmas[0]}: {synset.definition}", tagged((sense,))))
    if concepts != (word,):
        found.append(Alternative(f"{word} in any sense", tagged((word,))))
    return tuple(found)
