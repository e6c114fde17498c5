"""Words to vectors: a text-embed model with its tokenizer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from inference import tasks
from inference.decoders.settings import Sentences
from inference.model import Model
from inference.runtime import ModelFailed
from schema.errors import BadConfig
from schema.settings import Settings

Floats = NDArray[np.float32]

BATCH = 64


class TextTower:
    """Safe to call from several threads."""

    def __init__(self, model: Model, settings: Settings) -> None:
        """Raises `BadConfig` when the tokenizer cannot be read or does not know the card's `fill_token`."""
        self.model = model
        self.settings = tasks.decoding(model, Sentences)
        path = settings.weights / model.card.tokenizer_name
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises plain exceptions
            raise BadConfig(
                f"The tokenizer of model {model.name} cannot be read ({error}); correct its card."
            ) from None
        filler = 0
        if self.settings.fill_token:
            known = self._tokenizer.token_to_id(self.settings.fill_token)
            if known is None:
                raise BadConfig(f"Model card {model.name}: its tokenizer knows no {self.settings.fill_token!r}.")
            filler = known
        self._tokenizer.enable_truncation(self.settings.tokens)
        length = self.settings.tokens if self.settings.fill else None
        self._tokenizer.enable_padding(pad_id=filler, pad_token=self.settings.fill_token or "[PAD]", length=length)

    def embed(self, texts: Sequence[str]) -> Floats:
        """(n, d), each L2-normalized. Raises `ModelFailed`."""
        order = sorted(range(len(texts)), key=lambda k: len(texts[k]))  # alike lengths need little filling up
        vectors: list[Floats] = [np.empty(0, np.float32)] * len(texts)
        for at in range(0, len(order), BATCH):
            some = order[at : at + BATCH]
            for k, vector in zip(some, self._batch([texts[k] for k in some]), strict=True):
                vectors[k] = vector
        return np.stack(vectors) if vectors else np.empty((0, 0), np.float32)

    def _batch(self, texts: Sequence[str]) -> Floats:
        found = self._tokenizer.encode_batch([self.settings.prompt.format(text) for text in texts])
        mask = np.array([one.attention_mask for one in found], np.int64)
        given = {"ids": np.array([one.ids for one in found], np.int64), "mask": mask}
        given["types"] = np.zeros_like(mask)
        session = self.model.session
        outputs = session.ask({name: given[_meant(name, k)] for k, name in enumerate(session.inputs)})
        vectors = np.asarray(outputs[self.settings.output or session.outputs[0]], np.float32)
        if vectors.ndim == 3:
            if self.settings.pool == "mean":
                weights = mask[:, :, None].astype(np.float32)
                vectors = (vectors * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
            else:
                vectors = vectors[:, 0]
        if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise ModelFailed(f"Model {self.model.name} gives no usable vector for a text; correct its card.")
        return np.stack([tasks.unit(vector) for vector in vectors])


def _meant(name: str, position: int) -> str:
    """What an input is for, as exporters name them."""
    if "mask" in name:
        return "mask"
    return "types" if "type" in name else "ids" if "id" in name or position == 0 else "mask"
