"""Which models are here: for the live camera and for comparing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio.to_thread
import strawberry

from api.graphql.context import Context, Info
from api.graphql.fields import field
from schema.errors import LoginNeeded, Refused
from schema.policy import Capability, ViewerKind

if TYPE_CHECKING:
    from schema.settings import Settings


@strawberry.type(description="A model whose weights are here.")
class Model:
    name: str
    task: str = strawberry.field(description="face-detect, face-attributes, emotion, detect, classify or nsfw.")
    title: str
    default: bool = strawberry.field(description="Whether it is the usual one for its task.")
    threshold: float | None = strawberry.field(
        description="From which score on it speaks, unless told otherwise; null where it says something always."
    )


def require_member(context: Context) -> None:
    """Models cost the server's time: for those who are logged in, not for visitors and apps."""
    viewer = context.view.viewer
    viewer.require(Capability.READ)
    if viewer.kind is ViewerKind.ANONYMOUS:
        raise LoginNeeded("Log in to use the models.")
    if viewer.kind not in (ViewerKind.OWNER, ViewerKind.ACCOUNT):
        raise Refused(f"The models are for those who are logged in, not for {viewer.name}.")


def _here(settings: Settings) -> list[Model]:
    from inference.live import live_cards, threshold

    return [
        Model(name=card.name, task=card.task.value, title=card.title, default=card.default, threshold=threshold(card))
        for card in live_cards(settings)
    ]


@strawberry.type
class ModelQueries:
    @field
    async def models(self, info: Info) -> list[Model]:
        """Models that can look at a camera's frames, or be compared on pictures; empty while none was fetched."""
        require_member(info.context)
        return await anyio.to_thread.run_sync(_here, info.context.settings)
