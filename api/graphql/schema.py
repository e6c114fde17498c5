"""The schema, put together."""

from __future__ import annotations

from graphql import GraphQLError
from strawberry import Schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

import api.graphql.enums  # noqa: F401  (before the types that use them)
from api.graphql.context import OwnContext
from api.graphql.documents import Documents
from api.graphql.errors import Errors
from api.graphql.image import Image
from api.graphql.limits import Limits
from api.graphql.mutation import Mutation
from api.graphql.person import Album, Person
from api.graphql.place import Place
from api.graphql.query import Query
from api.graphql.scalars import SCALARS
from api.graphql.subscription import Subscription
from api.graphql.tag import Synset


class GallerySchema(Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """`Errors` logs what is unexpected; a client's mistake is no event of the server."""


schema = GallerySchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Image, Person, Album, Place, Synset],
    extensions=[Errors, OwnContext, Documents, Limits],
    config=StrawberryConfig(scalar_map=SCALARS),
)
