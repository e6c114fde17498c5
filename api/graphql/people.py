"""People as a whole: lists, suggestions, and what is said of faces."""

from __future__ import annotations

from typing import cast

import strawberry

from api.graphql.context import Info
from api.graphql.fields import field, mutation
from api.graphql.limits import clamp
from api.graphql.person import Face, Person


@strawberry.type(description="A page of people, those with a name first, then by how often they were photographed.")
class PeopleList:
    total_count: int
    nodes: list[Person]


@strawberry.type(
    description="Two faces that may be one person's: to be confirmed or refused, and then never asked again."
)
class MaybeSame:
    a: Face
    b: Face
    cosine: float = strawberry.field(description="How near all faces of the one are to those of the other, on average.")


@strawberry.type
class PeopleQueries:
    @field
    async def people_list(
        self,
        info: Info,
        named: bool | None = None,
        hidden: bool = False,
        search: str = "",
        first: int = 100,
        offset: int = 0,
    ) -> PeopleList:
        """People with or without a name, or those who were hidden; `search`: beginnings of words of the name."""
        view = info.context.view
        found, total = await view.list_people(
            named=named, hidden=hidden, search=search, offset=max(0, offset), limit=clamp(first)
        )
        info.context.covers.update(await view.covers(found))
        return PeopleList(total_count=total, nodes=cast("list[Person]", found))

    @field
    async def person(self, info: Info, key: int) -> Person | None:
        """Somebody by their plain number."""
        found = await info.context.view.people([key])
        info.context.covers.update(await info.context.view.covers(found))
        return cast("Person | None", next(iter(found), None))

    @field
    async def maybe_same(self, info: Info, first: int = 20) -> list[MaybeSame]:
        """Who may be the same person, the likeliest first."""
        pairs = await info.context.view.suggested(clamp(first))
        await info.context.fetch_people(face.person_id for pair in pairs for face in (pair.a, pair.b))
        info.context.covers.update(await info.context.view.covers(list(info.context.people.values())))
        return cast("list[MaybeSame]", pairs)


@strawberry.type
class PeopleMutations:
    @mutation
    async def name_faces(self, info: Info, face_ids: list[int], name: str) -> Person:
        """These faces are the person of that name, who is made if there is none."""
        return cast("Person", await info.context.view.name_faces(face_ids, name))

    @mutation
    async def split_person(self, info: Info, key: int, face_ids: list[int], name: str = "") -> Person:
        """Some faces of a person are somebody else; the two are never taken for one again."""
        return cast("Person", await info.context.view.split_person(key, face_ids, name))

    @mutation
    async def dismiss_person(self, info: Info, key: int) -> int:
        """None of these faces is a person, or nobody wants to know; returns how many faces."""
        return await info.context.view.dismiss_person(key)

    @mutation
    async def answer_maybe_same(self, info: Info, a: int, b: int, same: bool) -> bool:
        """Two faces are one person's, or never are. Remembered for ever."""
        await info.context.view.answer(a, b, same=same)
        return True
