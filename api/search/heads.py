"""What people are called, how old and in which mood, before anything is made of it.

Age words are the library's own: kid < 10, teen < 20, old >= 60. Ages are kept to a tenth of a year, and one is 29
until the thirtieth birthday: the twenties end at 29.9.
"""

from __future__ import annotations

from api.search.pieces import FacePart
from api.search.sentence import Sentence, table
from schema.filter.nodes import Emotion, Gender, Range

F, M = Gender.FEMALE, Gender.MALE
_WITHIN = 0.9
"""The rest of a year of life."""


def ages(low: float | None, high: float | None) -> Range:
    """Whole years, both inclusive."""
    return Range(min=low, max=None if high is None else high + _WITHIN)


KID, TEEN, BABY, TODDLER = ages(None, 9), ages(10, 19), ages(None, 2), ages(1, 3)
YOUNG, ADULT, MIDDLE, OLD = ages(None, 29), ages(18, None), ages(40, 59), ages(60, None)
TWO = Range(min=2, max=2)
GROUP = Range(min=3)
CROWD = Range(min=6)
HEADS = table(
    {
        "woman|women|female|females|lady|ladies|girl|girls|gal|gals|chick|chicks|mom|moms|mum|mums|mommy|mother|mothers"
        "|wife|wives|girlfriend|sister|sisters|aunt|aunts|daughter|daughters|niece|nieces|granddaughter|granddaughters"
        "|lass|lasses|madam|housewife|widow|ballerina|actress|actresses|waitress|waitresses": FacePart(gender=F),
        "man|men|male|males|gentleman|gentlemen|guy|guys|dude|dudes|bloke|blokes|boy|boys|dad|dads|daddy|father|fathers"
        "|husband|husbands|hubby|boyfriend|brother|brothers|uncle|uncles|son|sons|lad|lads|fella|fellas|gent|gents|chap"
        "|chaps|fellow|fellows|nephew|nephews|grandson|grandsons|bro|bros|sir": FacePart(gender=M),
        "kid|kids|child|children|kiddo|kiddos|kiddie|kiddies": FacePart(age=KID),
        "teen|teens|teenager|teenagers|adolescent|adolescents|youngster|youngsters": FacePart(age=TEEN),
        "baby|babies|infant|infants|newborn|newborns": FacePart(age=BABY),
        "toddler|toddlers": FacePart(age=TODDLER),
        "adult|adults|grown-up|grownup|grownups|grown ups|grown up": FacePart(age=ADULT),
        "senior|seniors|elder|elders|pensioner|pensioners|old folks|grandparent|grandparents": FacePart(age=OLD),
        "grandma|grandmas|grandmother|grandmothers|granny|grannies|nana": FacePart(gender=F, age=OLD),
        "grandpa|grandpas|grandfather|grandfathers|grandad|granddad": FacePart(gender=M, age=OLD),
        "face|faces": FacePart(neutral=True, seen=True),
        "people|person|persons|human|humans|folks|folk|someone|somebody|anyone|anybody|ppl|peeps"
        "|human beings|human being|guest|guests|friend|friends|buddy|buddies|colleague|colleagues|coworkers|classmates"
        "|neighbors|neighbours|relatives|cousins|parents|siblings|tourists": FacePart(neutral=True),
        "everyone|everybody|all people|everyone s|all of them|all of us|every person|every face": FacePart(
            neutral=True, every=True
        ),
        "couple|couples": FacePart(neutral=True, count=TWO),
        "crowd|crowds|crowd of people|crowded": FacePart(neutral=True, count=CROWD),
        "best friend|best friends|bestie|besties|bff|bffs|old friend|old friends|old buddy|old buddies": FacePart(
            neutral=True
        ),
        "group of people|groups of people|big group|large group|huge group|small group|whole group|entire group"
        "|the group|our group|big groups|large groups|small groups|group of friends|groups of friends"
        "|a group of friends"
        "|group selfie|group selfies|group photo|group photos|group shot|group shots|group picture"
        "|group pictures|group pic|group pics|groups": FacePart(neutral=True, count=GROUP),
        "stranger|strangers|unknown people|unknown person|unknown faces|unnamed faces|unnamed people|unnamed person"
        "|unidentified people": FacePart(named=False),
        "people i haven't named|people i have n't named|people i have not named|people without a name"
        "|people without names|faces without a name|faces without names|faces i haven't named"
        "|people i do nt know|people i do n't know|people i do not know|someone i do nt know|someone i do n't know"
        "|somebody i do nt know|somebody i do n't know|faces i do nt know|faces i do n't know"
        "|faces i have n't named|people who have no name|people not named yet": FacePart(named=False),
        "named people|known people|named faces|known faces": FacePart(named=True),
    }
)  # fmt: skip
EMOTIONS = table(
    {
        "happy|smiling|smile|smiles|smiley|laughing|laugh|laughs|laughter|joyful|joyous|cheerful|glad|grinning|grin"
        "|delighted|merry|cheery|beaming|giggling|jolly|overjoyed|ecstatic|amused|happily|excited": Emotion.HAPPY,
        "sad|crying|cry|cries|unhappy|upset|tearful|weeping|depressed|sorrowful|gloomy|melancholic|sobbing|miserable"
        "|heartbroken|mournful|in tears|frowning|sadness|disappointed": Emotion.SAD,
        "surprised|surprise|shocked|astonished|amazed|startled|stunned|astounded|surprised-looking": Emotion.SURPRISE,
        "angry|mad|furious|annoyed|enraged|grumpy|irate|cross|raging|anger|pissed|irritated": Emotion.ANGRY,
        "scared|afraid|frightened|fearful|terrified|anxious|scary-eyed|panicked|worried": Emotion.FEAR,
        "disgusted|disgust|grossed out|repulsed|revolted": Emotion.DISGUST,
        "neutral|serious|calm|expressionless|neutral expression|straight face|poker face|relaxed": Emotion.NEUTRAL,
    }
)  # fmt: skip
AGE_WORDS = table(
    {
        "young|younger|youthful": YOUNG,
        "little|small|tiny|wee": KID,
        "teenage|teenaged|adolescent|teen": TEEN,
        "middle aged|middle age": MIDDLE,
        "old|older|elderly|aged|senior|ancient|retired": OLD,
        "adult|grown": ADULT,
        "baby|newborn|infant": BABY,
        "childhood": KID,
    }
)
GENDER_WORDS = table({"female|girly": F, "male": M})


def is_head(s: Sentence, i: int) -> bool:
    return s.longest(i, HEADS) is not None


def leads_to_face(s: Sentence, i: int, over: tuple[str, ...] = ("and", "or", ",", "very", "looking")) -> bool:
    """Whether what follows, over adjectives and such words between them, is a noun for people or somebody's name."""
    for _ in range(6):
        if is_head(s, i) or s.longest(i, s.vocabulary.people_named):
            return True
        found = [f[0] for f in (s.longest(i, EMOTIONS), s.longest(i, GENDER_WORDS), s.longest(i, AGE_WORDS)) if f]
        if found:
            i = max(found)
        elif s.norm(i) in over:
            i += 1
        else:
            return False
    return False
