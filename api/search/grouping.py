"""Pieces -> conditions: what is said of one face comes together, colors and counts go to their things.

The result is a list of `Leaf`s (one condition each) and of the pieces that join them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from api.search.heads import TWO
from api.search.joining import all_of
from api.search.leaf import JOINS, SMALL, FaceLeaf, Item, Leaf, is_piece
from api.search.pieces import FacePart, Piece, Role
from api.search.restricting import alone, only
from api.search.sentence import Sentence
from api.search.things import tagged
from schema.filter.nodes import (
    EVERYTHING,
    FaceFilter,
    ImageFilter,
    Range,
    TagFilter,
)

_MATERIALS = {"material.n.01", "fabric.n.01", "building_material.n.01", "substance.n.01", "solid.n.01"}


@dataclass(slots=True)
class Grouping:
    s: Sentence
    items: list[Item] = field(default_factory=list)
    count: Piece | None = None
    """Read, and waiting for what it counts."""
    colors: list[Piece] = field(default_factory=list)
    """Read, with the joins between them, waiting for what they color."""

    def run(self, pieces: list[Piece]) -> list[Leaf | Piece]:
        for i, piece in enumerate(pieces):
            match piece.role:
                case Role.COLOR:
                    self.color(pieces, i)
                case Role.FACE | Role.PERSON:
                    self.face(pieces, i)
                case Role.MEANING if self.colors and self.is_material(pieces, i):
                    self.items.append(Leaf(piece.kind, [piece], piece.filter or EVERYTHING, (), piece.word))
                case Role.MEANING:
                    self.meaning(piece)
                case Role.COUNT:
                    self.flush_count()
                    self.count = piece
                case Role.ONES:
                    self.ones(piece)
                case Role.ALONE:
                    alone(self.items, piece)
                case Role.OR | Role.AND | Role.COMMA if self.colors and self.colored_thing(pieces, i):
                    self.colors.append(piece)
                case _:
                    if piece.role is Role.LINK and self.count is not None and self.count.word == "group":
                        self.flush_count()  # "a group of four at the beach"
                    if piece.role not in SMALL:
                        self.flush_colors()
                        self.flush_count()
                    self.items.append(piece)
        self.flush_colors()
        self.flush_count()
        only(self.items)
        self.alike()
        return [item.leaf() if isinstance(item, FaceLeaf) else item for item in self.items]

    # -- faces

    def face(self, pieces: list[Piece], i: int) -> None:
        piece = pieces[i]
        part = piece.face or FacePart(head=True)
        waiting = self.waiting()
        if piece.role is Role.PERSON:
            self.person(piece, waiting)
        elif waiting is not None and waiting.takes(part):
            waiting.add(piece, part)
            if part.head:
                waiting.open, waiting.has_head = False, True
                self.take_count(waiting)
        elif part.head:
            before = self.items[-1] if self.items else None
            if (
                isinstance(before, FaceLeaf)
                and before.has_head
                and not before.people
                and before.takes(part)
                and not part.neutral
            ):
                before.add(piece, part)  # "male teenager"
                return
            leaf = FaceLeaf([], has_head=True, open=False)
            leaf.add(piece, part)
            self.take_count(leaf)
            self.items.append(leaf)
        elif not part.after and self.leads_on(pieces, i):
            leaf = FaceLeaf([])
            leaf.add(piece, part)
            self.items.append(leaf)
        else:
            self.attach(piece, part)

    def person(self, piece: Piece, waiting: FaceLeaf | None) -> None:
        if waiting is None:
            self.flush_count()
            waiting = FaceLeaf([])
            self.items.append(waiting)
        waiting.pieces.append(piece)
        waiting.people, waiting.alternatives = piece.people, piece.alternatives
        waiting.open, waiting.has_head = False, True

    def waiting(self) -> FaceLeaf | None:
        """The last item, when it is adjectives without their noun; joins between adjectives are dropped."""
        for k in range(len(self.items) - 1, -1, -1):
            item = self.items[k]
            if isinstance(item, FaceLeaf):
                if item.open:
                    passed = self.items[k + 1 :]
                    self.items[k + 1 :] = [x for x in passed if not isinstance(x, Piece) or x.role in SMALL]
                return item if item.open else None
            if isinstance(item, Leaf) and item.kind == "lens":  # "a serious portrait of Carl"
                continue
            if not (isinstance(item, Piece) and item.role in (*JOINS, *SMALL)):
                return None
        return None

    def leads_on(self, pieces: list[Piece], i: int) -> bool:
        """Whether adjectives go on to a noun for people: `happy or surprised woman`."""
        joined = False
        for after in pieces[i + 1 :]:
            if after.role is Role.PERSON or (after.role is Role.FACE and after.face and after.face.head):
                return not joined  # "Anna sad or Bob"
            joined = after.role in (Role.AND, Role.OR)
            passed = after.role in (Role.FACE, Role.AND, Role.OR, Role.IGNORED, Role.FILLER) or after.kind == "lens"
            if not (passed or (after.role is Role.LINK and after.word == "of")):  # "smiling pictures of Anna"
                return False
        return False

    def attach(self, piece: Piece, part: FacePart) -> None:
        """Something said after its noun (`Anna smiling`, `men over 60`), or by itself (`smiling`)."""
        k = len(self.items) - 1
        denied = False
        while k >= 0 and isinstance(found := self.items[k], Piece):
            denied = denied or found.role is Role.NOT
            if found.role in (Role.OPEN, Role.CLOSE, Role.BUT):
                k = -1
                break
            k -= 1
        while k >= 0 and isinstance(self.items[k], Leaf):
            k -= 1
            while k >= 0 and isinstance(found := self.items[k], Piece) and found.role in (*JOINS, *SMALL):
                k -= 1
        target = self.items[k] if k >= 0 else None
        if isinstance(target, FaceLeaf) and target.takes(part):
            if not denied:
                for leaf in self.chain(k):
                    if leaf.takes(part):
                        leaf.add(piece, part)
                return
            if part.emotions and not target.not_emotions and target.has_head:
                self.items = [x for j, x in enumerate(self.items) if j <= k or not is_piece(x, Role.NOT)]
                target.pieces.append(piece)
                target.not_emotions = part.emotions
                return
        if not denied and isinstance(target, FaceLeaf) and part.emotions and target.emotions and self.or_since(k):
            del self.items[k + 1 :]
            target.add(piece, part)  # "Anna sad or angry"
            return
        if denied and isinstance(target, FaceLeaf) and part.emotions and part.emotions == target.emotions:
            self.items.append(replace(piece, role=Role.UNKNOWN))  # smiling but not laughing: one word to the models
            return
        leaf = FaceLeaf([], open=False)
        leaf.add(piece, part)
        self.items.append(leaf)

    def or_since(self, k: int) -> bool:
        """Whether nothing but an `or` came since the item at k."""
        since = self.items[k + 1 :]
        joins = [item for item in since if not is_piece(item, *SMALL)]
        return len(joins) == 1 and is_piece(joins[0], Role.OR)

    def chain(self, k: int) -> list[FaceLeaf]:
        """The face leaf at k and those named with it: all of `Anna and Bob smiling`."""
        found = [self.items[k]]
        while k >= 2 and is_piece(self.items[k - 1], Role.AND, Role.OR):
            if not isinstance(self.items[k - 2], FaceLeaf):
                break
            k -= 2
            found.append(self.items[k])
        return [leaf for leaf in found if isinstance(leaf, FaceLeaf)]

    def take_count(self, leaf: FaceLeaf) -> None:
        if self.count is not None and leaf.count is None:
            leaf.count = self.count.count
            leaf.pieces.insert(0, self.count)
            self.count = None
        elif self.count is not None and self.count.word != "of":
            leaf.pieces.insert(0, self.count)
            self.count = None

    def alike(self) -> None:
        """`mother and daughter`, `a man and a boy`: of two that are described alike there are two."""
        k = len(self.items) - 1
        while k > 1:
            j = k - 1
            while j > 0 and is_piece(self.items[j], Role.ARTICLE):
                j -= 1
            one, other = self.items[j - 1], self.items[k]
            if (
                is_piece(self.items[j], Role.AND)
                and isinstance(one, FaceLeaf)
                and isinstance(other, FaceLeaf)
                and one.is_plain_head
                and other.is_plain_head
                and one.said == other.said
            ):
                one.count = TWO
                one.pieces += other.pieces
                del self.items[j : k + 1]
                k = j
            k -= 1

    def flush_count(self) -> None:
        """A count that found nothing to count: of people when it said `group of`; of a list of names; else unknown."""
        piece, self.count = self.count, None
        if piece is None:
            return
        if piece.word == "group":
            self.items.append(Leaf("count", [piece], ImageFilter(face=FaceFilter(count=piece.count))))
        elif piece.word == "of":
            self.items.append(piece)
        else:
            self.items.append(replace(piece, role=Role.UNKNOWN))

    # -- things and colors

    def meaning(self, piece: Piece) -> None:
        asked = piece.filter or EVERYTHING
        leaf = Leaf(piece.kind, [piece], asked, piece.alternatives, piece.word)
        if piece.kind == "tag" and self.colors:
            self.paint(leaf)
            return
        self.flush_colors()
        if self.count is not None and piece.kind == "tag" and asked.tag is not None and self.count.count is not None:
            leaf.filter = _counted(asked.tag, self.count)
            leaf.pieces.insert(0, self.count)
            self.count = None
        self.flush_count()
        self.items.append(leaf)

    def color(self, pieces: list[Piece], i: int) -> None:
        piece = pieces[i]
        said_of = self.said_of_before()
        if self.colored_thing(pieces, i):
            self.colors.append(piece)
        elif said_of is not None:
            self.recolor(piece, said_of)
        elif (thing := self.in_another_color()) is not None and thing.filter.tag is not None:
            self.items.append(Leaf("tag", [piece], tagged(thing.filter.tag.any, piece.word), word=thing.word))
        elif self.is_worn():
            self.flush_colors()
            self.items.append(Leaf("tag", [piece], tagged(("clothing",), piece.word)))
        else:
            self.flush_colors()
            self.items.append(Leaf("color", [piece], piece.filter or EVERYTHING))

    def colored_thing(self, pieces: list[Piece], i: int) -> bool:
        """Whether a thing follows, over further colors and joins, or `ones`."""
        for k, after in enumerate(pieces[i + 1 :], i + 1):
            if after.role is Role.MEANING and after.kind == "tag" and (after.word or self.is_material(pieces, k)):
                return True
            if after.role is Role.ONES:
                return self.last_thing() is not None
            joins_colors = after.role in JOINS and k + 1 < len(pieces) and pieces[k + 1].role is Role.COLOR
            if not (after.role in (Role.COLOR, Role.IGNORED) or joins_colors):
                return False
        return False

    def is_material(self, pieces: list[Piece], i: int) -> bool:
        """Whether a thing only says of what the next one is made: brown leather shoes are brown shoes."""
        lexicon = self.s.vocabulary.lexicon
        piece, after = pieces[i], pieces[i + 1] if i + 1 < len(pieces) else None
        if piece.kind != "tag" or after is None or after.kind != "tag" or not after.word or after.start != piece.end:
            return False
        above = (lexicon.ancestors(sense) for sense in lexicon.senses(piece.word)[:2])
        return not piece.word or any(_MATERIALS & set(kinds) for kinds in above)

    def paint(self, leaf: Leaf) -> None:
        """The thing in each of the colors before it, joined as they are."""
        concepts = leaf.filter.tag.any if leaf.filter.tag else ()
        denied = self.items[-1] if self.items else None
        others = isinstance(denied, Piece) and denied.role is Role.NOT and self.s.norm(denied.start) == "non"
        if others:
            self.items.insert(-1, leaf)  # non-red cars are cars
        paints = [piece for piece in self.colors if piece.role is Role.COLOR]
        for piece in self.colors:
            if piece.role is not Role.COLOR:
                self.items.append(piece)
                continue
            last = piece is paints[-1] and not others
            words = [piece, *leaf.pieces] if last else [piece]
            painted = tagged(concepts, piece.word)
            if self.count is not None and self.count.count is not None and painted.tag is not None:
                painted, words = _counted(painted.tag, self.count), [self.count, *words]
            self.items.append(Leaf("tag", words, painted, word=leaf.word))
        self.colors, self.count = [], None

    def said_of_before(self) -> int | None:
        """The thing of `a car that is red`, where that is how the sentence goes on."""
        seen_that = False
        for k in range(len(self.items) - 1, -1, -1):
            item = self.items[k]
            if isinstance(item, Piece) and (item.role in (Role.THAT, Role.FILLER, Role.NOT) or item.word == "in"):
                seen_that = seen_that or item.role is Role.THAT or item.word == "in"
            elif isinstance(item, Leaf) and item.kind == "tag" and item.word:
                return k if seen_that or (k == len(self.items) - 2 and is_piece(self.items[-1], Role.NOT)) else None
            else:
                return None
        return None

    def in_another_color(self) -> Leaf | None:
        """The thing of `cars not red or blue`, `that are red or blue`, where a color was said of it right before."""
        if not self.items or not is_piece(self.items[-1], Role.OR, Role.AND):
            return None
        before = next((item for item in reversed(self.items[:-1]) if not is_piece(item, Role.THAT, Role.FILLER)), None)
        colored = isinstance(before, Leaf) and before.word and before.filter.tag and before.filter.tag.color
        return before if isinstance(before, Leaf) and colored else None

    def is_worn(self) -> bool:
        """Whether a color is that of clothes: `a woman in red`, `Anna wearing blue`, `dressed in white`."""
        words = [item.word for item in self.items[-2:] if isinstance(item, Piece) and item.role is Role.LINK]
        if not words or not is_piece(self.items[-1], Role.LINK):
            return False
        of_somebody = len(self.items) > 1 and isinstance(self.items[-2], FaceLeaf)
        return bool({"wearing", "dressed"}.intersection(words)) or (of_somebody and words[-1] == "in")

    def recolor(self, piece: Piece, k: int) -> None:
        thing = self.items[k]
        assert isinstance(thing, Leaf) and thing.filter.tag is not None
        painted = tagged(thing.filter.tag.any, piece.word)
        if any(is_piece(item, Role.NOT) for item in self.items[k + 1 :]):
            self.items.append(Leaf("tag", [piece], painted, word=thing.word))
        else:
            thing.filter = painted
            thing.pieces.append(piece)

    def last_thing(self) -> Leaf | None:
        return next((x for x in reversed(self.items) if isinstance(x, Leaf) and x.kind == "tag" and x.word), None)

    def ones(self, piece: Piece) -> None:
        thing = self.last_thing()
        if self.colors and thing is not None and thing.filter.tag is not None:
            self.paint(Leaf("tag", [piece], tagged(thing.filter.tag.any), word=thing.word))
        else:
            self.flush_colors()
            self.items.append(replace(piece, role=Role.FILLER))

    def flush_colors(self) -> None:
        for piece in self.colors:
            asked = piece.filter or EVERYTHING
            self.items.append(Leaf("color", [piece], asked) if piece.role is Role.COLOR else piece)
        self.colors = []


def _counted(asked: TagFilter, told: Piece) -> ImageFilter:
    """So many of a thing: `two dogs` are at least two, `exactly two` no more; `less than 5` are some, and not 5."""
    count = told.count or Range(min=1)
    wanted = ImageFilter(tag=asked.model_copy(update={"min_count": max(1, int(count.min or 1))}))
    if count.max is None or (count.max == count.min and told.word != "exactly"):
        return wanted
    too_many = ImageFilter(tag=asked.model_copy(update={"min_count": int(count.max) + 1}))
    return all_of([wanted, ImageFilter(not_=too_many)])
