"""What comes into the answer to a question, changes in it, and leaves it, below a viewer's scope."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from schema.filter.compose import conjoin
from schema.filter.nodes import ImageFilter
from schema.index.bitmaps import BitMap
from schema.patience import answered_within
from schema.view.changes import AT_ONCE, FEW, NAMED, ChangesView, names_others

MOST_TOLD = 200
"""Images told of at once; the others follow."""


@dataclass(slots=True)
class Watched:
    """What somebody was told of an answer, and how far they have heard."""

    cursor: str
    told: BitMap
    """Images of the answer as they know it."""
    changed: BitMap = field(default_factory=BitMap)
    """Those of them that changed since, and are still to be told."""
    behind: bool = False
    """More came or went than could be told at once."""

    @property
    def has_more(self) -> bool:
        return self.behind or bool(self.changed)


@dataclass(frozen=True, slots=True)
class Matches:
    """Image ids, ascending, each in one list only."""

    entered: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    left: tuple[int, ...] = ()
    total: int = 0
    """Images in the answer, as far as it was told."""

    def __bool__(self) -> bool:
        return bool(self.entered or self.changed or self.left)


class WatchingView(ChangesView):
    """The part of `View` that follows the answer to a question."""

    async def watch(self, asked: ImageFilter) -> Watched:
        """Begin with the answer as it is now. Raises BadFilter, Refused."""
        cursor = await self.library.store.head()
        await self.library.refresh()
        return Watched(cursor, BitMap(await self.ids(asked)))

    async def next_matches(self, asked: ImageFilter, watched: Watched, most: int = MOST_TOLD) -> Matches:
        """What is new since `watched`, which is brought up to what this tells: at most `most` images.

        Only images that changed are looked at, unless names that the question or the scope speaks of changed, or very
        many images did. That time passes changes nothing by itself.
        """
        whole, recent = False, self.library.recent.since(watched.cursor)
        if recent is not None:
            changes, cursor = recent
        else:
            changes, cursor, whole = await self.library.store.changes(watched.cursor, AT_ONCE)
            await self.library.refresh()
        if not changes and not whole and not watched.has_more:
            watched.cursor = cursor
            return Matches(total=len(watched.told))
        question = await self._below_scope(asked)
        news = await self._touched(changes)
        touched = news.images
        named = any(change.kind in NAMED for change in changes) and names_others(question)
        told = watched.told
        if whole or news.unknown or named or watched.behind or len(touched) > FEW:
            now = BitMap(await self.library.ask(lambda index: index.ids(question)))
            entered, left = now - told, told - now
        else:
            near = BitMap()
            if touched:
                among = conjoin(ImageFilter(ids=tuple(f"image:{number}" for number in touched)), question)
                near = BitMap(await self.library.ask(lambda index: index.ids(among)))
            entered, left = near - told, (touched & told) - near
        changed = (watched.changed | (touched & told)) - left
        found = Matches(
            tuple(entered[:most]),
            tuple(changed[: max(0, most - len(entered) - len(left))]),
            tuple(left[: max(0, most - len(entered))]),
        )
        watched.cursor = cursor
        watched.told = (told | BitMap(found.entered)) - BitMap(found.left)
        watched.changed = changed - BitMap(found.changed)
        watched.behind = len(found.entered) < len(entered) or len(found.left) < len(left)
        return Matches(found.entered, found.changed, found.left, len(watched.told))

    async def matches(self, asked: ImageFilter, within_s: float) -> AsyncGenerator[Matches, None]:
        """How many there are now, then what is new as it happens. Who is slow to ask for the next hears of all
        meanwhile together; nothing is kept for them but which images they know. Raises TooSlow where to find out what
        is new takes longer than `within_s`."""
        versions = self.library.on_change()
        try:
            async with answered_within(within_s):
                watched = await self.watch(asked)
            yield Matches(total=len(watched.told))
            while True:
                before = watched.cursor
                async with answered_within(within_s):
                    found = await self.next_matches(asked, watched)
                if found:
                    yield found
                elif watched.cursor == before and not watched.has_more:
                    await anext(versions)
        finally:
            await versions.aclose()
