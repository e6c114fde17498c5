"""Words for things, scenes and activities: every noun of WordNet and every tag of the library.

In the filter a thing is its plain word in the singular, which stands for the synsets of all its senses with all
narrower ones, and for keywords of that name; `Vocabulary.concepts` says when single senses stand instead.
"""

from __future__ import annotations

from api.search.language import LINKS, is_function
from api.search.nouns import DETERMINERS, base_noun, has_object, is_doing, is_elsewhere, longest_noun
from api.search.numbers import ORDINALS
from api.search.pieces import Alternative, Piece, Role
from api.search.sentence import LONGEST, Sentence, listed, table
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
        "driving|drives|drove": ("driving", "driver", "car", "steering wheel", "road"),
        "reading": ("reading", "reader", "book", "newspaper"),
        "rainy|raining|rain|in the rain|it rain|it rained|it rains": ("rain", "umbrella"),
        "snowy|snowing|snow covered|snow-covered|it snow|it snowed|it snows": ("snow",),
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
        "bday|bdays|b-day|b-days": ("birthday",),
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
_FOR_IT = listed("swimming dancing")
"""Verbs that say what a thing is for, where it follows at once: swimming lessons, dancing shoes."""
MAX_SENSES = 4


def thing_phrase(s: Sentence, i: int) -> Piece | None:
    """The longest noun, tag or activity at i."""
    if _says_which(s, i):
        return None
    activity = s.longest(i, ACTIVITIES)
    noun = longest_noun(s, i)
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


def _says_which(s: Sentence, i: int) -> bool:
    """`second` of `the second day`, `right` of `right after`: no things."""
    if s.norm(i) == "right":
        return s.norm(i + 1) in ("after", "before", "behind", "beside", "next")
    return s.norm(i) in ORDINALS and s.is_word(i + 1) and s.norm(i + 1) not in LINKS


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


def name_elsewhere(s: Sentence, i: int) -> Piece | None:
    """`Costa Rica`, where nothing here was taken, and that no gazetteer knows: not understood, as a whole."""
    for n in range(min(LONGEST, len(s) - i), 0, -1):
        if all(s.is_word(j) for j in range(i, i + n)) and not (n == 1 and is_function(s.norm(i))):
            said = " ".join(s.norms[i : i + n])
            is_other_word = any(s.vocabulary.lexicon.is_lemma(said, pos) for pos in "var")  # nice
            if s.vocabulary.lexicon.is_lemma(said) and not is_other_word and is_elsewhere(s, said):
                return Piece(i, i + n, Role.UNKNOWN, "words" if n > 1 else "word")
    return None


def _is_made(s: Sentence, word: str) -> bool:
    """Whether a word means a thing first of all: in `the building in the park` nobody builds."""
    lexicon = s.vocabulary.lexicon
    return any("artifact.n.01" in lexicon.ancestors(sense) for sense in lexicon.senses(word)[:1])


def _acts(s: Sentence, i: int) -> bool:
    """Whether who follows does it, a sleeping cat, running kids; or the noun is for it, a swimming competition;
    but sleeping bags and running shoes do not."""
    if s.norm(i) in _FOR_IT and s.is_word(i + 1) and s.norm(i + 1) not in DETERMINERS:
        return True
    noun = base_noun(s, s.norm(i + 1)) if s.norm(i) in _BY_ITSELF else None
    senses = s.vocabulary.lexicon.senses(noun)[:1] if noun else ()
    living = {"animal.n.01", "person.n.01"}
    return any(living & set(s.vocabulary.lexicon.ancestors(sense)) for sense in senses)


def _names_somebody(s: Sentence, i: int) -> bool:
    return s.longest(s.skip(i, DETERMINERS), s.vocabulary.people_named) is not None


def _is_named(s: Sentence, i: int, word: str) -> bool:
    """`a building burning`: after an article, what is made is not done."""
    return s.before(i) in ("a", "an", "the") and s.tokens[i].pos != "VERB" and _is_made(s, word)


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
