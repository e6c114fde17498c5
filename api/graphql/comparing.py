"""Models side by side on pictures of the library, with what each says, how fast, and how often they agree."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import strawberry
from graphql import GraphQLError
from strawberry.types.unset import UNSET

from api.graphql.context import Context, Info
from api.graphql.fields import subscription
from api.graphql.filter_input import ImageFilterInput, to_json
from api.graphql.limits import clamp
from api.graphql.models import require_member
from api.paths import media_url
from schema.errors import Conflict, NotFound
from schema.filter import parse_filter
from schema.media import LARGE, thumbnail_path
from schema.policy import Capability
from schema.query import Sort

if TYPE_CHECKING:
    from inference.comparing import Compared

MOST = 50
MOST_MODELS = 4
MOST_WORDS = 6
_one = ThreadPoolExecutor(1, "compare")
_busy = asyncio.Lock()


@strawberry.type(description="What one model says of one picture.")
class ModelAnswer:
    words: list[str]
    scores: list[float]
    ms: float
    error: str | None


@strawberry.type
class ComparedPicture:
    image_key: int
    name: str
    url: str
    answers: list[ModelAnswer] = strawberry.field(description="One for each model, in their order.")
    agreement: float = strawberry.field(description="0..1: of all that any model says, the share that all of them say.")


@strawberry.type
class ComparedModel:
    name: str
    ms: float = strawberry.field(description="For each picture, the median.")
    agreement: list[float] = strawberry.field(description="0..1 with each of the models, in their order.")


@strawberry.type(description="How far a comparison is; models and pictures come with the last one.")
class Comparison:
    done: int
    total: int
    task: str | None = None
    models: list[ComparedModel] = strawberry.field(default_factory=list)
    pictures: list[ComparedPicture] = strawberry.field(default_factory=list)


@strawberry.type
class CompareSubscription:
    @subscription
    async def compare_models(
        self, info: Info, models: list[str], filter: ImageFilterInput | None = UNSET, first: int = 20
    ) -> AsyncGenerator[Comparison, None]:
        """Runs models of one task on the first pictures that a filter finds. Needs the right `edit`."""
        async with contextlib.aclosing(_compared(info.context, models, to_json(filter), first)) as steps:
            async for step in steps:
                yield step


async def _compared(context: Context, models: list[str], filter: Any, first: int) -> AsyncGenerator[Comparison, None]:
    from inference.comparing import compare, same_task

    require_member(context)
    context.view.viewer.require(Capability.EDIT)
    clamp(first, MOST)
    names = list(dict.fromkeys(models))
    if not 1 <= len(names) <= MOST_MODELS:
        raise GraphQLError(f"Compare 1 to {MOST_MODELS} models.")
    cards = same_task(context.settings, names)
    _, images = await context.view.page(parse_filter(filter), Sort(), first, fields=frozenset())
    found = {image.id: image for image in images if image.media_version}
    if not found:
        raise NotFound("No picture to compare on was found; widen the search.")
    if _busy.locked():
        raise Conflict("Models are being compared already; wait until that is done.")
    async with _busy:
        loop = asyncio.get_running_loop()
        news: asyncio.Queue[int | None] = asyncio.Queue()
        over = False

        def pictures() -> Iterator[tuple[str, Any]]:
            for number, image in enumerate(found.values()):
                if over:
                    return
                loop.call_soon_threadsafe(news.put_nowait, number)
                picture = _opened(thumbnail_path(context.settings.thumbnails, image.content_hash, LARGE))
                if picture is not None:
                    yield str(image.id), picture

        work = loop.run_in_executor(_one, compare, context.settings, cards, pictures(), context.lexicon)
        work.add_done_callback(lambda _: news.put_nowait(None))
        try:
            async for done in _steps(news):
                yield Comparison(done=done, total=len(found))
            told = await work
        finally:
            over = True  # what runs still ends with its picture; the next comparison waits for that
            with contextlib.suppress(Exception):
                await asyncio.shield(work)
    names_of = {
        number: (image.name, context.media(media_url(image.id, image.media_version, "small.jpg")))
        for number, image in found.items()
    }
    yield _shown(told, len(found), names_of)


async def _steps(news: asyncio.Queue[int | None]) -> AsyncIterator[int]:
    while (done := await news.get()) is not None:
        yield done


def _opened(path: Path) -> Any:
    picture = cv2.imread(str(path))
    return None if picture is None else cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def _shown(told: Compared, total: int, names: dict[int, tuple[str, str]]) -> Comparison:
    every = range(len(told.models))
    return Comparison(
        done=total,
        total=total,
        task=told.task,
        models=[
            ComparedModel(name=name, ms=told.ms(k), agreement=[told.agreement(k, other) for other in every])
            for k, name in enumerate(told.models)
        ],
        pictures=[
            ComparedPicture(
                image_key=int(key),
                name=names[int(key)][0],
                url=names[int(key)][1],
                answers=[
                    ModelAnswer(
                        words=list(one.words[:MOST_WORDS]),
                        scores=list(one.scores[:MOST_WORDS]),
                        ms=one.ms,
                        error=one.error or None,
                    )
                    for one in row
                ],
                agreement=_together([set(one.words) for one in row]),
            )
            for key, row in told.said.items()
        ],
    )


def _together(words: list[set[str]]) -> float:
    either = set.union(*words)
    return len(set.intersection(*words)) / len(either) if either else 1.0
