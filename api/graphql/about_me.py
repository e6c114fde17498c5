"""Who "me" is: told once by whoever asks, and used by every sentence after."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import strawberry

from api.graphql.context import Context, Info
from api.graphql.fields import field, mutation
from api.graphql.person import Person
from schema.filter.nodes import Near

if TYPE_CHECKING:
    from api import search


@strawberry.type(description="A circle on the map.")
class Home:
    lat: float | None
    lon: float | None
    place: str | None = strawberry.field(description="A place's key, where no point is given.")
    km: float


@strawberry.type(description="What somebody is to me.")
class Relation:
    relation: str
    person: Person


@strawberry.type(description='What "me", "my daughter" and "at home" mean in sentences of this viewer.')
class AboutMe:
    person: Person | None
    relations: list[Relation]
    home: Home | None
    choices: list[str] = strawberry.field(description="What can be said of relations.")


@strawberry.input
class RelationInput:
    person_key: int
    relation: str = strawberry.field(description="daughter, son, wife ...: one of `AboutMe.choices`.")


@strawberry.input
class HomeInput:
    lat: float | None = None
    lon: float | None = None
    place: str | None = None
    km: float = 0.3


@strawberry.input(description="All of it at once: what is not given is forgotten.")
class AboutMeInput:
    person: int | None = strawberry.field(default=None, description="Key of the person who asks.")
    relations: list[RelationInput] = strawberry.field(default_factory=list)
    home: HomeInput | None = None


async def told(context: Context) -> AboutMe:
    from api import search

    about: search.AboutMe = await search.about_me(context.view)
    wanted = [person for person in (about.person, *about.relations) if person is not None]
    seen = {person.id: person for person in await context.view.people(wanted)} if wanted else {}
    home = about.home
    return AboutMe(
        person=cast("Person | None", seen.get(about.person or 0)),
        relations=[
            Relation(relation=relation, person=cast("Person", seen[number]))
            for number, relation in about.relations.items()
            if number in seen
        ],
        home=None if home is None else Home(lat=home.lat, lon=home.lon, place=home.place, km=home.km),
        choices=list(search.RELATIONS),
    )


@strawberry.type
class AboutMeQuery:
    @field
    async def about_me(self, info: Info) -> AboutMe:
        """Who "me" is in sentences, who is what to me, and where home is."""
        return await told(info.context)


@strawberry.type
class AboutMeMutation:
    @mutation
    async def save_about_me(self, info: Info, me: AboutMeInput) -> AboutMe:
        """Tell who "me" is, for this account alone (or for the gallery's one user, where there are no accounts)."""
        from api import search

        home = me.home
        about = search.AboutMe(
            person=me.person,
            relations={each.person_key: each.relation.strip().casefold() for each in me.relations},
            home=None if home is None else _near(home),
        )
        await search.save_about_me(info.context.view, about)
        return await told(info.context)


def _near(home: HomeInput) -> Near:
    from schema.filter import parse_filter

    given = {name: getattr(home, name) for name in ("lat", "lon", "place", "km")}
    place = parse_filter({"place": {"near": {name: value for name, value in given.items() if value is not None}}}).place
    assert place is not None and place.near is not None
    return place.near
