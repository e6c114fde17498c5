"""The schema, put together."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError
from strawberry import Schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

import api.graphql.enums  # noqa: F401  (before the types that use them)
from api.graphql.context import Context, OwnContext
from api.graphql.deadlines import Deadlines, TimedEvents
from api.graphql.documents import Documents
from api.graphql.errors import shown, without_suggestion
from api.graphql.image import Image
from api.graphql.limits import MAX_ERRORS, STRANGERS, Limits
from api.graphql.mutation import Mutation
from api.graphql.person import Album, Person
from api.graphql.place import Place
from api.graphql.query import Query
from api.graphql.scalars import SCALARS
from api.graphql.subscription import Subscription
from api.graphql.tag import Synset


class GallerySchema(Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Every error of every result, also of a subscription's: as clients may see it."""
        asks = execution_context.context if execution_context is not None else None
        strange = isinstance(asks, Context) and asks.view.viewer.kind in STRANGERS
        errors[:] = [without_suggestion(shown(error)) if strange else shown(error) for error in errors]

    def _get_custom_context_kwargs(
        self, operation_extensions: dict[str, Any] | None = None, *, sync: bool = False
    ) -> dict[str, Any]:
        """Wrong variables are told shortly: looking for what each may have meant takes longer than any question."""
        more = super()._get_custom_context_kwargs(operation_extensions, sync=sync)
        return more | {"hide_suggestions": True, "max_coercion_errors": MAX_ERRORS}


schema = GallerySchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Image, Person, Album, Place, Synset],
    extensions=[OwnContext, Limits, Documents, Deadlines],
    execution_context_class=TimedEvents,
    config=StrawberryConfig(scalar_map=SCALARS),
)
