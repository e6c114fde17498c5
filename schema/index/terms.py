"""The vocabulary of a library: the terms its tags bear, and what each of them is a kind of."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from schema.index.columns import Column
from schema.index.texts import Texts
from schema.words import label_key

Numbers = NDArray[np.uint32]
"""Of terms, ascending, each once."""


class Hypernyms(Protocol):
    """What is asked of the lexicon."""

    def senses(self, word: str, pos: str = "n") -> tuple[str, ...]: ...

    def ancestors(self, name: str) -> tuple[str, ...]: ...


class Terms:
    """A term is a (kind, name). It lies below nodes: its synset and all broader ones, or else its folded label."""

    def __init__(self, lexicon: Hypernyms) -> None:
        self.names: list[tuple[str, str]] = []
        self.number_of: dict[tuple[str, str], int] = {}
        self.groups: list[str] = []
        """Facet values: synset names and folded labels."""
        self.group_of: dict[str, int] = {}
        self.group = Column(np.int32)
        """Of each term; -1 for words of path and camera, which are no facet."""
        self.group_nodes: list[list[int]] = []
        """Of each group the nodes whose terms are its own, and more: narrower ones, and words."""
        self.texts = Texts()
        """Keywords and users' tags, which texts are searched in; their rows are terms."""
        self.synset_nodes: dict[str, int] = {}
        self.label_nodes: dict[str, int] = {}
        self.below: list[list[int]] = []
        """Per node its terms."""
        self.nodes, self.node_ends = Column(np.uint32), Column(np.uint32)
        """The nodes above each term, end to end, and where those of each term end."""
        self.use(lexicon)

    def __len__(self) -> int:
        return len(self.names)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("lexicon", "senses")}

    def use(self, lexicon: Hypernyms) -> None:
        """Ask this lexicon from now on."""
        self.lexicon = lexicon
        self.senses = lru_cache(maxsize=4096)(self._senses)

    def _senses(self, concept: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys((concept, *self.lexicon.senses(concept))))

    def add(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Those that are new."""
        groups, above, ends, texts = [], [], [], []
        total = len(self.nodes)
        for kind, name in dict.fromkeys(pairs):
            if (kind, name) in self.number_of:
                continue
            term = self.number_of[kind, name] = len(self.names)
            value = name if kind == "concept" else label_key(name)
            nodes = self._nodes_above(kind, value)
            for node in nodes:
                self.below[node].append(term)
            above += nodes
            ends.append(total + len(above))
            groups.append(-1 if kind == "word" else self.group_of.setdefault(value, len(self.groups)))
            if groups[-1] == len(self.groups):
                self.groups.append(value)
                self.group_nodes.append([])
            if groups[-1] >= 0 and nodes[0] not in self.group_nodes[groups[-1]]:
                self.group_nodes[groups[-1]].append(nodes[0])
            if kind in ("keyword", "user"):
                texts.append((name, term))
            self.names.append((kind, name))
        self.nodes.append(np.array(above, dtype=np.uint32))
        self.node_ends.append(np.array(ends, dtype=np.uint32))
        self.group.append(np.array(groups, dtype=np.int32))
        self.texts.append([name for name, _ in texts], [term for _, term in texts])

    def _nodes_above(self, kind: str, value: str) -> list[int]:
        known = self.synset_nodes if kind == "concept" else self.label_nodes
        names = dict.fromkeys((value, *self.lexicon.ancestors(value))) if kind == "concept" else (value,)
        nodes = []
        for name in names:
            nodes.append(known.setdefault(name, len(self.below)))
            if nodes[-1] == len(self.below):
                self.below.append([])
        return nodes

    # -- what a concept names

    def nodes_of(self, concept: str) -> list[int]:
        found = [self.synset_nodes.get(synset) for synset in self.senses(concept)]
        found.append(self.label_nodes.get(label_key(concept)))
        return [node for node in found if node is not None]

    def named(self, concept: str, *, narrower: bool) -> Numbers:
        """Terms that are the concept."""
        if narrower:
            found = {term for node in self.nodes_of(concept) for term in self.below[node]}
        else:
            exact = (self.number_of.get(("concept", synset)) for synset in self.senses(concept))
            label = self.label_nodes.get(label_key(concept))
            found = {term for term in exact if term is not None} | set([] if label is None else self.below[label])
        return np.array(sorted(found), dtype=np.uint32)

    def of_group(self, group: int) -> Numbers:
        value = self.groups[group]
        label = self.label_nodes.get(value)
        found = [] if label is None else [term for term in self.below[label] if self.names[term][0] != "word"]
        concept = self.number_of.get(("concept", value))
        return np.array(sorted(found if concept is None else [*found, concept]), dtype=np.uint32)

    def label(self, group: int) -> str:
        """A facet value as it is written on some image."""
        return self.names[int(self.of_group(group)[0])][1]
