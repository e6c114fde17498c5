"""Pictures that are there more than once: groups of them, and what is to stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schema.duplicates import KEPT, kept_entries, kept_files
from schema.entries import Entry
from schema.errors import BadEdit, NotFound
from schema.filter.compose import conjoin
from schema.filter.nodes import DuplicateKind, ImageFilter
from schema.graph import Image
from schema.likeness import NOBODY, Alike
from schema.policy import Capability
from schema.view.images import EDGES, MOST_DUPLICATES
from schema.view.people import PeopleView


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    kind: DuplicateKind
    images: tuple[Image, ...]
    """The best first; one alone for files with the same bytes."""


class View(PeopleView):
    """Reads and edits for one viewer. Cheap to make: one for each request.

    After an edit the index is brought up to date before the call returns, so that its author's next question sees it.
    """

    async def duplicates(
        self,
        kind: DuplicateKind,
        asked: ImageFilter,
        *,
        offset: int = 0,
        limit: int = 50,
        fields: frozenset[str] = EDGES,
    ) -> tuple[list[DuplicateGroup], int]:
        """Groups of a kind with a picture in the answer to a filter, the newest first; and how many there are."""
        ids = (await self.ids(conjoin(asked, ImageFilter(duplicate=(kind,)))))[:MOST_DUPLICATES].tolist()
        if kind is DuplicateKind.SAME_BYTES:
            kept = kept_files(await self._kept())
            groups = [[number] for number in ids if number not in kept]
        else:
            groups = await self._alike(kind, ids)
        groups.sort(key=lambda group: -max(group))
        page = groups[offset : offset + limit]
        images = await self.images([number for group in page for number in group], fields | {"files"})
        found = {image.id: image for image in images if image is not None}
        told = [DuplicateGroup(kind, tuple(found[number] for number in group if number in found)) for group in page]
        return told, len(groups)

    async def _alike(self, kind: DuplicateKind, ids: Sequence[int]) -> list[list[int]]:
        """Ids by group, the best of each first; groups of which the viewer sees one picture only are none."""
        groups: dict[int, list[int]] = {}
        async for rows in self.library.store.look_rows(ids):
            column = rows.duplicate_of if kind is DuplicateKind.SAME_PICTURE else rows.burst_of
            for number, leader in zip(rows.id.tolist(), column.tolist(), strict=True):
                groups.setdefault(number if leader == NOBODY else leader, []).append(number)
        several = {leader: sorted(group) for leader, group in groups.items() if len(group) > 1}
        return [
            [leader, *(number for number in group if number != leader)] if leader in group else group
            for leader, group in several.items()
        ]

    async def keep_all(self, image_ids: Sequence[int]) -> None:
        """These pictures stay, all of them (of one picture: all its files), and are never again called duplicates."""
        self.viewer.require(Capability.EDIT)
        if not image_ids:
            raise BadEdit("Say which pictures are to stay.")
        for number, there in zip(image_ids, await self.visible(image_ids), strict=True):
            if not there:
                raise NotFound(f"There is no image {number}.")
        store = self.library.store
        for entry in kept_entries(image_ids):
            await store.put_entry(entry)
        if len(image_ids) > 1:
            await store.mark_alike(dict.fromkeys(image_ids, Alike()))
            await self.library.refresh()

    async def _kept(self) -> list[Entry]:
        entries: list[Entry] = []
        while page := await self.library.store.entries(KEPT, after=entries[-1].key if entries else ""):
            entries += page
        return entries
