"""Words for things, scenes and activities: every noun of WordNet and every tag of the library.

In the filter a thing is its plain word in the singular, which stands for the synsets of all its senses with all
narrower ones, and for keywords of that name; `Vocabulary.concepts` says when single senses stand instead.
"""

from __future__ import annotations

from api.search.language import PHOTO, PRAISE, is_function
from api.search.looks import COLORS
from api.search.pieces import Alternative, Piece, Role
from api.search.sentence import LONGEST, Sentence, listed, table
from api.search.verbs import is_doing
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
_BY_ITSELF = listed("running sleeping jumping flying swimming hiking leaning standing sitting lying dancing")
"""Verbs without an object."""
_DETERMINERS = listed("a an the some his her their my our its on in with at")
RARELY = 5
"""A word that is an adjective this many times as often as a noun is none."""
_ABSTRACT = listed("way lot day days hour hours minute minutes time times week month year years side area part")
_ABOUT_WHERE = listed("in on at with through along across around by near under behind between and or during")
_ALSO_NOUNS = listed("lot stand walk scene way")
"""Small words that end the names of things: a parking lot."""
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
MAX_SENSES = 4


def thing_phrase(s: Sentence, i: int) -> Piece | None:
    """The longest noun, tag or activity at i."""
    activity = s.longest(i, ACTIVITIES)
    noun = _noun(s, i)
    if activity and (noun is None or activity[0] >= noun[0]):
        end, concepts = activity
        if s.norm(i) in _RELATION and end == i + 1 and has_object(s, end, direct=True) and not _acts(s, i):
            return None
        return _tagged(s, i, end, concepts)
    if noun is None:
        return None
    end, word = noun
    is_verb = s.norm(i) in _RELATION and end == i + 1 and not _is_named(s, i, word)
    if is_verb and has_object(s, end, direct=_is_made(s, word)):
        return None
    return _tagged(s, i, end, s.vocabulary.concepts(word), word)


def relation_verb(s: Sentence, i: int) -> Piece | None:
    """`riding`, `playing`: says how, of the thing that follows; by itself, what the picture shows. Of any other verb
    the thing is what is looked for, and the verb is shown as passed over."""
    if s.norm(i) in _RELATION:
        return Piece(i, i + 1, Role.LINK, word=s.norm(i))
    if s.is_word(i) and is_doing(s, i) and has_object(s, i + 1, direct=True) and not _names_somebody(s, i + 1):
        return Piece(i, i + 1, Role.IGNORED, word=s.norm(i))
    return None


def tagged(concepts: tuple[str, ...], color: str | None = None) -> ImageFilter:
    return ImageFilter(tag=TagFilter(any=concepts, color=color))


def noun_at(s: Sentence, i: int) -> str | None:
    """The word for the thing at i, if there is one."""
    found = _noun(s, i)
    return found[1] if found else None


def noun_end(s: Sentence, i: int) -> int | None:
    """Where the thing at i ends, if there is one."""
    found = _noun(s, i)
    return found[0] if found else None


def base_noun(s: Sentence, said: str) -> str | None:
    """A noun in the singular, if WordNet has it."""
    lexicon = s.vocabulary.lexicon
    forms = list(wordnet.base_forms(said, "n"))
    if len(forms) > 1 and forms[0] == said and _is_only_a_name(s, said):
        forms = [*forms[1:], said]  # bridges, not Harry Bridges
    for form in forms:
        parts = form.split()
        painted = len(parts) > 1 and (parts[0],) in COLORS  # a red coat is no redcoat
        joined = form.replace(" ", "") if all(len(part) > 2 for part in parts) and not painted else form
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
        ends = is_function(s.norm(i + n - 1)) and s.norm(i + n - 1) not in _ALSO_NOUNS
        if n > 1 and (is_function(s.norm(i)) or ends or _has_link(s, i, i + n)):
            continue
        said = " ".join(s.norms[i : i + n])
        word = base_noun(s, said)
        if word is None or _is_elsewhere(s, word) or (n > 1 and _is_two_things(s, i, n)):
            continue
        if n == 1 and (_describes(s, i) or is_doing(s, i)):
            continue
        if n > 1 and (s.norm(i),) in COLORS and s.before(i) in ("a", "an") and _is_only_a_name(s, word):
            continue  # a white house is not the White House
        return i + n, word
    return None


def name_elsewhere(s: Sentence, i: int) -> Piece | None:
    """`Costa Rica`, where nothing here was taken, and that no gazetteer knows: not understood, as a whole."""
    for n in range(min(LONGEST, len(s) - i), 0, -1):
        if all(s.is_word(j) for j in range(i, i + n)) and not (n == 1 and is_function(s.norm(i))):
            said = " ".join(s.norms[i : i + n])
            is_other_word = any(s.vocabulary.lexicon.is_lemma(said, pos) for pos in "var")  # nice
            if s.vocabulary.lexicon.is_lemma(said) and not is_other_word and _is_elsewhere(s, said):
                return Piece(i, i + n, Role.UNKNOWN, "words" if n > 1 else "word")
    return None


def _is_elsewhere(s: Sentence, word: str) -> bool:
    """Whether a word is nothing but the name of a region that is in no picture here: Greece is no thing to look for."""
    lexicon = s.vocabulary.lexicon
    senses = lexicon.senses(word)
    return _is_only_a_name(s, word) and all("location.n.01" in lexicon.ancestors(sense) for sense in senses)


def _describes(s: Sentence, i: int) -> bool:
    """Whether a word is the adjective before a noun, rather than a noun: `modern architecture`, `short hair`."""
    from api.search.faces import is_head

    lexicon, word = s.vocabulary.lexicon, s.norm(i)
    if not lexicon.is_lemma(word, "a") or (word,) in s.vocabulary.labels:
        return False
    as_adjective, as_noun = lexicon.frequency(word, "a"), lexicon.frequency(word, "n")
    if as_adjective > RARELY * as_noun or _is_only_a_name(s, word):  # Spanish, the language or the steps
        return True
    if s.norm(i + 1) in ("view", "views"):
        return True  # an aerial view
    before_noun = s.is_word(i + 1) and (is_head(s, i + 1) or base_noun(s, s.norm(i + 1)) is not None)
    if not before_noun or is_function(s.norm(i + 1)):
        return False
    return as_adjective > as_noun or (as_adjective == as_noun and s.tokens[i].pos == "ADJ")


def _is_made(s: Sentence, word: str) -> bool:
    """Whether a word means a thing first of all: in `the building in the park` nobody builds."""
    lexicon = s.vocabulary.lexicon
    return any("artifact.n.01" in lexicon.ancestors(sense) for sense in lexicon.senses(word)[:1])


def _acts(s: Sentence, i: int) -> bool:
    """Whether who follows does it: a sleeping cat, running kids; but sleeping bags and running shoes do not."""
    noun = base_noun(s, s.norm(i + 1)) if s.norm(i) in _BY_ITSELF else None
    senses = s.vocabulary.lexicon.senses(noun)[:1] if noun else ()
    living = {"animal.n.01", "person.n.01"}
    return any(living & set(s.vocabulary.lexicon.ancestors(sense)) for sense in senses)


def _names_somebody(s: Sentence, i: int) -> bool:
    return s.longest(s.skip(i, _DETERMINERS), s.vocabulary.people_named) is not None


def _is_named(s: Sentence, i: int, word: str) -> bool:
    """`a building burning`: after an article, what is made is not done."""
    return s.before(i) in ("a", "an", "the") and s.tokens[i].pos != "VERB" and _is_made(s, word)


def _has_link(s: Sentence, i: int, end: int) -> bool:
    return any(s.norm(j) in ("in", "on", "at", "or", "and", "with", "without", "not", "no") for j in range(i, end))


def _is_two_things(s: Sentence, i: int, n: int) -> bool:
    """Lemmas that are an attribute and a noun we know better (`old man`), and idioms with a time (`rainy day`)."""
    from api.search.faces import is_head
    from api.search.looks import color_word

    if s.norm(i + n - 1) in _ABSTRACT and not s.vocabulary.lexicon.is_lemma(s.norm(i)):
        return not _is_only_a_name(s, " ".join(s.norms[i : i + n]))  # but the Milky Way
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
    """Whether a color is in the name of an animal or a drink: golden retrievers, orange juice, a brown bear."""
    lexicon = s.vocabulary.lexicon
    head = base_noun(s, s.norm(i + 1))
    whole = base_noun(s, " ".join(s.norms[i : i + 2]))
    heads = set(lexicon.senses(head) if head else ())
    above = {name for sense in (lexicon.senses(whole)[:1] if whole else ()) for name in lexicon.ancestors(sense)}
    return "beverage.n.01" in above or ("animal.n.01" in above and bool(heads & above))


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
