"""Numbers as people write and say them."""

from __future__ import annotations

import math

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
)
SMALL = {word: value for value, word in enumerate((_ONES + " eighteen nineteen").split())}
TENS = {
    word: value
    for value, word in zip(
        range(20, 100, 10), ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], strict=True
    )
} | {"fourty": 40}
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
)
ORDINALS = {word: value for value, word in enumerate(_ORDINALS.split(), 1)} | {"thirtieth": 30}
DECADES = {
    word: value
    for value, word in zip(
        range(10, 100, 10),
        ["teens", "twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties"],
        strict=True,
    )
} | {"fourties": 40}
ROUGHLY = {"couple": 2, "few": 3, "several": 3, "dozen": 12}
WORDS = frozenset([*SMALL, *TENS, *ORDINALS, *DECADES, "hundred"])


def parse_number(text: str) -> float | None:
    """`1,000` `2.8` `2,8`; None when it is none, or too large to mean anything."""
    plain = text
    if "," in text:
        head, *groups = text.split(",")
        thousands = "." not in head and len(head) <= 3 and all(len(group.split(".")[0]) == 3 for group in groups)
        plain = text.replace(",", "") if thousands else text.replace(",", ".", 1)
    try:
        value = float(plain)
    except ValueError:
        return None
    return value if math.isfinite(value) and value < 1e15 else None


def at_number(norms: list[str], i: int) -> tuple[float, int] | None:
    """The number that begins at token i, and how many tokens it takes: `12`, `twenty one`, `a hundred`."""
    if i >= len(norms):
        return None
    word = norms[i]
    if word[:1].isdigit():
        value = parse_number(word)
        return None if value is None else (value, 1)
    if word in TENS:
        if i + 1 < len(norms) and 0 < SMALL.get(norms[i + 1], 0) < 10:
            return TENS[word] + SMALL[norms[i + 1]], 2
        return TENS[word], 1
    if word in SMALL:
        if i + 1 < len(norms) and norms[i + 1] == "hundred":
            return SMALL[word] * 100, 2
        return SMALL[word], 1
    if word == "hundred":
        return 100, 1
    return None


def at_ordinal(norms: list[str], i: int) -> tuple[int, int] | None:
    """`3rd`, `third`; value and tokens."""
    if i >= len(norms):
        return None
    if norms[i] in ORDINALS:
        return ORDINALS[norms[i]], 1
    if norms[i].isdecimal() and len(norms[i]) < 4 and i + 1 < len(norms) and norms[i + 1] in ("st", "nd", "rd", "th"):
        return int(norms[i]), 2
    return None
