"""Pieces -> conditions: what is said of one face comes together, colors and counts go to their things.

The result is a list of `Leaf`s (one condition each) and of the pieces that join them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from api.search.faces import TWO
from api.search.joining import all_of
from api.search.leaf import FaceLeaf, Leaf
from api.search.pieces import FacePart, Piece, Role
from api.search.sentence import Sentence
from api.search.things import tagged
from schema.filter.nodes import (
    EVERYTHING,
    FaceFilter,
    ImageFilter,
    Range,
    SetFilter,
    TagFilter,
)

Item = Leaf | FaceLeaf | Piece
_JOINS = (Role.AND, Role.OR, Role.COMMA)
_SMALL = (Role.FILLER, Role.ARTICLE, Role.LINK, Role.THAT, Role.IGNORED)


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
                case Role.MEANING:
                    self.meaning(piece)
                case Role.COUNT:
                    self.flush_count()
                    self.count = piece
                case Role.ONES:
                    self.ones(piece)
                case Role.ALONE:
                    self.alone(piece)
                case Role.OR | Role.AND | Role.COMMA if self.colors and self.colored_thing(pieces, i):
                    self.colors.append(piece)
                case _:
                    if piece.role is Role.LINK and self.count is not None and self.count.word == "group":
                        self.flush_count()  # "a group of four at the beach"
                    if piece.role not in _SMALL:
                        self.flush_colors()
                        self.flush_count()
                    self.items.append(piece)
        self.flush_colors()
        self.flush_count()
        self.only()
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
                    self.items[k + 1 :] = [x for x in passed if not isinstance(x, Piece) or x.role in _SMALL]
                return item if item.open else None
            if isinstance(item, Leaf) and item.kind == "lens":  # "a serious portrait of Carl"
                continue
            if not (isinstance(item, Piece) and item.role in (*_JOINS, *_SMALL)):
                return None
        return None

    def leads_on(self, pieces: list[Piece], i: int) -> bool:
        """Whether adjectives go on to a noun for people: `happy or surprised woman`."""
        for after in pieces[i + 1 :]:
            if after.role is Role.PERSON or (after.role is Role.FACE and after.face and after.face.head):
                return True
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
            while k >= 0 and isinstance(found := self.items[k], Piece) and found.role in (*_JOINS, *_SMALL):
                k -= 1
        target = self.items[k] if k >= 0 else None
        if isinstance(target, FaceLeaf) and target.takes(part):
            if not denied:
                for leaf in self.chain(k):
                    if leaf.takes(part):
                        leaf.add(piece, part)
                return
            if part.emotions and not target.not_emotions and target.has_head:
                self.items = [x for j, x in enumerate(self.items) if j <= k or not _is(x, Role.NOT)]
                target.pieces.append(piece)
                target.not_emotions = part.emotions
                return
        leaf = FaceLeaf([], open=False)
        leaf.add(piece, part)
        self.items.append(leaf)

    def chain(self, k: int) -> list[FaceLeaf]:
        """The face leaf at k and those named with it: all of `Anna and Bob smiling`."""
        found = [self.items[k]]
        while k >= 2 and _is(self.items[k - 1], Role.AND, Role.OR):
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

    # -- only, alone, at least k of

    def alone(self, piece: Piece) -> None:
        k = len(self.items) - 1
        while k >= 0 and isinstance(item := self.items[k], Piece) and item.role in (*_SMALL, *_JOINS):
            k -= 1
        target = self.items[k] if k >= 0 else None
        if isinstance(target, FaceLeaf) and target.people:
            del self.items[k + 1 :]
            self.restrict(k, piece)
            return
        one = FaceFilter(count=Range(min=1, max=1))
        self.items.append(Leaf("count", [piece], ImageFilter(face=one)))

    def only(self) -> None:
        """`only Anna and Bob`: nobody else; `only women`: every face. Of other things it says nothing."""
        k = 0
        while k < len(self.items):
            item = self.items[k]
            if isinstance(item, Piece) and item.role is Role.ONLY:
                after = k + 1
                while after < len(self.items) and _is(self.items[after], *_SMALL):
                    after += 1
                target = self.items[after] if after < len(self.items) else None
                if isinstance(target, FaceLeaf) and target.people:
                    last = after
                    while last + 2 < len(self.items) and _is(self.items[last + 1], Role.AND, Role.COMMA):
                        following = self.items[last + 2]
                        if not (isinstance(following, FaceLeaf) and following.people):
                            break
                        last += 2
                    self.restrict(last, item)
                elif isinstance(target, FaceLeaf) and target.has_head and target.count is None:
                    target.every = True
                    target.pieces.insert(0, item)
                elif target is None:
                    self.only_before(k)
            k += 1

    def only_before(self, k: int) -> None:
        """`kids only`, at the end of the sentence: of the people right before it."""
        before = self.items[k - 1] if k else None
        if isinstance(before, FaceLeaf) and before.people:
            only = self.items[k]
            assert isinstance(only, Piece)
            self.restrict(k - 1, only)
        elif isinstance(before, FaceLeaf) and before.has_head and before.count is None:
            before.every = True

    def alike(self) -> None:
        """`mother and daughter`, `a man and a boy`: of two that are described alike there are two."""
        k = len(self.items) - 1
        while k > 1:
            j = k - 1
            while j > 0 and _is(self.items[j], Role.ARTICLE):
                j -= 1
            one, other = self.items[j - 1], self.items[k]
            if (
                _is(self.items[j], Role.AND)
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

    def restrict(self, k: int, piece: Piece) -> None:
        """The people listed up to k, and nobody else, as one leaf."""
        start = k
        while start >= 2 and _is(self.items[start - 1], Role.AND, Role.COMMA):
            before = self.items[start - 2]
            if not (isinstance(before, FaceLeaf) and before.people):
                break
            start -= 2
        listed = [item for item in self.items[start : k + 1] if isinstance(item, FaceLeaf)]
        people = tuple(dict.fromkeys(leaf.people[0] for leaf in listed))
        leaf = Leaf(
            "person", sorted([p for one in listed for p in one.pieces] + [piece], key=lambda p: p.start),
            ImageFilter(person=SetFilter(only=people)),
        )  # fmt: skip
        described = [one.leaf() for one in listed if one.emotions or one.age or one.gender]
        self.items[start : k + 1] = [leaf, *described]

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
            leaf.filter = _counted(asked.tag, self.count.count)
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
        elif self.is_worn():
            self.flush_colors()
            self.items.append(Leaf("tag", [piece], tagged(("clothing",), piece.word)))
        else:
            self.flush_colors()
            self.items.append(Leaf("color", [piece], piece.filter or EVERYTHING))

    def colored_thing(self, pieces: list[Piece], i: int) -> bool:
        """Whether a thing follows, over further colors and joins, or `ones`."""
        for k, after in enumerate(pieces[i + 1 :], i + 1):
            if after.role is Role.MEANING and after.kind == "tag" and after.word:
                return True
            if after.role is Role.ONES:
                return self.last_thing() is not None
            joins_colors = after.role in _JOINS and k + 1 < len(pieces) and pieces[k + 1].role is Role.COLOR
            if not (after.role in (Role.COLOR, Role.IGNORED) or joins_colors):
                return False
        return False

    def paint(self, leaf: Leaf) -> None:
        """The thing in each of the colors before it, joined as they are."""
        concepts = leaf.filter.tag.any if leaf.filter.tag else ()
        paints = [piece for piece in self.colors if piece.role is Role.COLOR]
        for piece in self.colors:
            if piece.role is not Role.COLOR:
                self.items.append(piece)
                continue
            last = piece is paints[-1]
            words = [piece, *leaf.pieces] if last else [piece]
            painted = tagged(concepts, piece.word)
            if self.count is not None and self.count.count is not None and painted.tag is not None:
                painted, words = _counted(painted.tag, self.count.count), [self.count, *words]
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
                return k if seen_that else None
            else:
                return None
        return None

    def is_worn(self) -> bool:
        """Whether a color is that of clothes: `a woman in red`, `Anna wearing blue`, `dressed in white`."""
        words = [item.word for item in self.items[-2:] if isinstance(item, Piece) and item.role is Role.LINK]
        if not words or not _is(self.items[-1], Role.LINK):
            return False
        of_somebody = len(self.items) > 1 and isinstance(self.items[-2], FaceLeaf)
        return bool({"wearing", "dressed"}.intersection(words)) or (of_somebody and words[-1] == "in")

    def recolor(self, piece: Piece, k: int) -> None:
        thing = self.items[k]
        assert isinstance(thing, Leaf) and thing.filter.tag is not None
        painted = tagged(thing.filter.tag.any, piece.word)
        if any(_is(item, Role.NOT) for item in self.items[k + 1 :]):
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


def _counted(asked: TagFilter, count: Range) -> ImageFilter:
    """So many of a thing; `less than 5 dogs` are some, and not 5."""
    wanted = ImageFilter(tag=asked.model_copy(update={"min_count": max(1, int(count.min or 1))}))
    if count.max is None or count.max == count.min:
        return wanted
    too_many = ImageFilter(tag=asked.model_copy(update={"min_count": int(count.max) + 1}))
    return all_of([wanted, ImageFilter(not_=too_many)])


def _is(item: Item, *roles: Role) -> bool:
    return isinstance(item, Piece) and item.role in roles
