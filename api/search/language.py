"""The small words: what links, asks politely, and is said of pictures without narrowing them."""

from __future__ import annotations

from spacy.lang.en.stop_words import STOP_WORDS

from api.search.sentence import listed

PHOTO = listed(
    "photo photos photograph photographs picture pictures pic pics pix image images img imgs shot shots snap "
    "snaps snapshot snapshots foto fotos file files frame frames photography"
)
ARTICLES = listed("a an the some any this that these those his her their its my our your")
BE = listed("is are was were be been being am 're 's ’re")
PLACE_LINKS = listed("in at from near to around inside within towards through of for visiting")

LINKS = listed(
    "in at on from to with of by for near into onto over under above below behind beside beneath along across "
    "through around inside outside within towards toward during while when where who whose whom which that this as "
    "than about between against upon off up down out w/ wearing holding carrying showing featuring containing "
    "including using having @ next front"
)
_REQUEST = listed(
    "show find search display list give gimme get see view look looking want wanna need lemme let please plz pls "
    "thanks thank hi hey hello can could would will shall may might must should do does did got have has had "
    "having all every each everything anything something thing things stuff me you i we he she it they them us there "
    "here where what which who when how why taken took take takes taking shot shoot snapped captured made like one "
    "ones time times once ever only just also really very quite so too again ok okay yes yeah collection gallery "
    "library result results contain contains include includes containing featuring showing shows depicting "
    "related matching tagged named called went go goes going gone been being visit visited visiting come came saw "
    "seen spent lots lot bunch kind sort type full whole other both different various mine ours yours own total "
    "whatever ones' as if 'm 've 'd 'll 're 's im ive id dont wont ve re ll gon na wan ta let's lets y'all "
    "day days together trip trips journey holiday holidays vacation vacations tour roadtrip getaway moment moments "
    "memories memory scene scenes looks looked appear appears wear wears wore worn hold holds held stand stands "
    "stood standing sit sits sat sitting lie lies lying lay pose poses posing posed stay stays staying stayed "
    "walk wearing holding carrying using yo idk lol omg tbh imo btw hmm whats wheres hows "
    "place places somewhere whos thats theres heres whens em ya u ur gotta sum dem whichever wherever whoever"
)
"""Words that ask, or say that there is something, without saying what."""
WHEREABOUTS = listed("background foreground distance middle center centre beginning end start edge corner back top")
"""Where in a picture, or in what follows: `in the background`, `at the end of the street`."""
WANDERING = listed("trip trips journey holiday holidays vacation vacations visit tour roadtrip getaway")
"""Ask only beside a place or a time; alone they are things."""
PRAISE = listed(
    "colors colours colorful colourful "
    "beautiful nice cool great good lovely pretty amazing awesome cute gorgeous stunning wonderful fantastic "
    "perfect fun funny interesting epic sweet adorable incredible favorite-ish big small little huge tiny old new "
    "typical real famous favorite special magnificent superb fine"
)
_FUNCTION = (frozenset(STOP_WORDS) | _REQUEST | LINKS | ARTICLES | BE | {"'", "’", "ca", "nt", "etc", "eg", "ie"}) - {
    "bottom", "side", "name", "empty", "full", "serious", "call", "fifteen", "twelve", "sixty", "forty", "fifty",
    "twenty",
}  # fmt: skip


def is_function(word: str) -> bool:
    """Whether a word carries no content of its own."""
    return word in _FUNCTION
