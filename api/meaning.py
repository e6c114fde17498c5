"""What texts mean, for `semantic` filters: the model is loaded by the first question that needs it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from schema.errors import BadFilter
from schema.filter.photo import Embed, Meaning
from schema.settings import Settings


def text_meanings(settings: Settings) -> Embed:
    """Raises `BadFilter` at a text that cannot be embedded."""
    opened: list[Callable[[str], Meaning]] = []
    lock = threading.Lock()

    def embed(text: str) -> Meaning:
        with lock:
            if not opened:
                try:
                    from inference.meaning import TextMeanings
                except ImportError as error:
                    sentence = f"the model runtime is not installed ({error.name}); run deploy/install"
                    raise BadFilter(sentence, "semantic.text") from None
                opened.append(TextMeanings(settings))
        return opened[0](text)

    return embed
