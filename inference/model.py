"""A card with its loaded session: pictures of tensor size in, one row of outputs per picture out."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from numpy.typing import NDArray

from inference.cards import Card, Label, Task, read_labels
from inference.digest import file_digest
from inference.preprocess import Picture, Pyramid, tensor, view
from inference.runtime import ModelFailed, Session, open_session
from schema.errors import BadConfig, PiGalleryError
from schema.settings import Settings

T = TypeVar("T")
Row = Mapping[str, NDArray[Any]]
"""Output name -> the part of one batch entry."""

CPU_PIXELS = 512 * 512
"""Input pixels of one run on a CPU: larger batches are no faster there, they only take more memory."""
GPU_BATCH = 64


@dataclass(frozen=True)
class Model:
    card: Card
    session: Session
    labels: tuple[Label, ...] = ()

    @classmethod
    def open(cls, card: Card, settings: Settings) -> Self:
        """Raises `BadConfig` when the weights are missing, changed on disk, or do not fit the card."""
        path = settings.weights / card.file_name
        if not path.is_file():
            raise BadConfig(f"The weights of model {card.name} are not there; run: pigallery models fetch {card.name}")
        verify(card, path)
        session = open_session(path, settings)
        _fits(card, session)
        return cls(card, session, read_labels(card) if card.labels else ())

    @property
    def name(self) -> str:
        return self.card.name

    @property
    def version(self) -> str:
        return self.card.version

    def read(
        self, pictures: Sequence[Picture], decode: Callable[[int, Row], T | PiGalleryError]
    ) -> list[T | PiGalleryError]:
        """`decode(index, row of outputs)` for every picture; pictures of one size run together.

        Rows are decoded as they come, so that only one run's outputs are ever held. A picture that breaks the model, or
        for which it gives NaN or infinity, gets a `ModelFailed` of its own.
        """
        result: list[T | PiGalleryError] = [ModelFailed("")] * len(pictures)
        by_shape: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for index, picture in enumerate(pictures):
            by_shape[picture.shape].append(index)
        for members in by_shape.values():
            step = self.step(pictures[members[0]])
            for at in range(0, len(members), step):
                some = members[at : at + step]
                for index, row in zip(some, self._batch([pictures[index] for index in some]), strict=True):
                    result[index] = row if isinstance(row, PiGalleryError) else decode(index, row)
        return result

    def step(self, picture: Picture) -> int:
        """How many pictures of this size run together."""
        if self.session.on_gpu:
            return min(self.session.batch, GPU_BATCH)
        return min(self.session.batch, max(1, CPU_PIXELS // int(picture.shape[0] * picture.shape[1])))

    def _batch(self, pictures: Sequence[Picture]) -> list[Row | PiGalleryError]:
        try:
            outputs = self.session.run(tensor(pictures, self.card.input))
        except ModelFailed as error:
            if len(pictures) == 1:
                return [error]
            return [row for picture in pictures for row in self._batch([picture])]
        if any(len(output) != len(pictures) for output in outputs.values()):
            return [ModelFailed(f"Model {self.name} does not keep pictures apart; correct its card.")] * len(pictures)
        rows: list[Row | PiGalleryError] = []
        for index in range(len(pictures)):
            row = {name: output[index] for name, output in outputs.items()}
            if all(math.isfinite(float(part.sum(dtype="float64"))) for part in row.values()):
                rows.append(row)
            else:
                rows.append(ModelFailed(f"Model {self.name} gave no usable numbers for this picture."))
        return rows

    def read_views(
        self,
        pyramids: Sequence[Pyramid],
        decode: Callable[[Row], T],
        merge: Callable[[Sequence[T]], T | PiGalleryError],
    ) -> list[T | PiGalleryError]:
        """For each picture what `merge` makes of its views (those the card asks for), or the first error among them."""
        kinds = self.card.input.views
        pictures = [view(pyramid, self.card.input, kind)[0] for pyramid in pyramids for kind in kinds]
        flat = self.read(pictures, lambda _, row: decode(row))
        result: list[T | PiGalleryError] = []
        for at in range(0, len(flat), len(kinds)):
            views = [answer for answer in flat[at : at + len(kinds)] if not isinstance(answer, PiGalleryError)]
            errors = [answer for answer in flat[at : at + len(kinds)] if isinstance(answer, PiGalleryError)]
            result.append(errors[0] if errors else merge(views))
        return result


def verify(card: Card, path: Path) -> None:
    """Raises `BadConfig` unless the file is what fetch left there."""
    try:
        written = json.loads(path.with_suffix(".json").read_text("utf-8"))["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        written = ""
    whole = written == file_digest(path)
    if card.tokenizer is not None:
        tokens = path.with_name(card.tokenizer_name)
        whole = whole and tokens.is_file() and file_digest(tokens) == card.tokenizer.files[0].sha256
    if not whole:
        raise BadConfig(f"The weights of model {card.name} were changed on disk; run: pigallery models fetch")


def _fits(card: Card, session: Session) -> None:
    """The model must have the outputs that the card names, and its input shape allow what the card will feed it."""
    lacks = [name for name in card.decoder.outputs() if name not in session.outputs]
    if lacks:
        raise BadConfig(
            f"Model card {card.name}: the model has no output {lacks[0]}, only {', '.join(session.outputs)}; "
            "correct its decoder."
        )
    if card.task is Task.TEXT_EMBED:
        return
    size = (card.input.height, card.input.width)
    want = (3, *size) if card.input.layout == "NCHW" else (*size, 3)
    have = session.shape[1:]
    # Sides that change from picture to picture.
    across = 2 if card.input.layout == "NCHW" else 1
    free = {across - 1, across} if "fit" in card.input.views else {across} if "line" in card.input.views else set()
    for k, (side, real) in enumerate(zip(want, have, strict=False)):
        fixed = isinstance(real, int) and real > 0
        if len(have) != 3 or (fixed and (real != side or k in free)):
            raise BadConfig(
                f"Model card {card.name}: its input gives (n, {', '.join(map(str, want))}), "
                f"the model takes ({', '.join(map(str, session.shape))}); correct width, height or layout."
            )
