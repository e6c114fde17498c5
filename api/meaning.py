"""What texts mean, for `semantic` filters: the model is loaded by the first question that needs it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from time import monotonic

from schema.errors import BadFilter
from schema.filter.photo import Embed, Meaning
from schema.settings import Settings

FRESH_S = 60.0
"""So long an answer is used without looking whether another model was chosen; and so long none is looked for."""
REMEMBERED = 512


def text_meanings(settings: Settings) -> Embed:
    """Raises `BadFilter` at a text that cannot be embedded."""
    opened: list[Callable[[str], Meaning]] = []
    known: OrderedDict[str, tuple[float, Meaning | BadFilter]] = OrderedDict()
    lock = threading.Lock()

    def open_model() -> Callable[[str], Meaning]:
        if not opened:
            try:
                from inference.meaning import TextMeanings
            except ImportError as error:
                sentence = f"the model runtime is not installed ({error.name}); run deploy/install"
                raise BadFilter(sentence, "semantic.text") from None
            opened.append(TextMeanings(settings))
        return opened[0]

    def embed(text: str) -> Meaning:
        with lock:
            made, found = known.get(text, (-FRESH_S, None))
            if found is None or monotonic() - made > FRESH_S:
                try:
                    found = open_model()(text)
                except BadFilter as error:
                    found = error
                known[text] = monotonic(), found
                known.move_to_end(text)
                while len(known) > REMEMBERED:
                    known.popitem(last=False)
        if isinstance(found, BadFilter):
            raise found
        return found

    return embed


def can_embed(embed: Embed, texts: Iterable[str]) -> bool:
    """Whether all of these have a meaning here; they are embedded, so that the question need not wait for it."""
    try:
        for text in texts:
            embed(text)
    except BadFilter:
        return False
    return True
