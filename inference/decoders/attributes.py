"""What single numbers say: age, gender, emotion, safety."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.decoders.classify import softmax
from inference.decoders.settings import AgeGender, Emotions, Unsafe
from schema.filter.nodes import Emotion, Gender

Row = Mapping[str, NDArray[Any]]


def only(row: Row, name: str) -> NDArray[Any]:
    """The named output, or the first one."""
    return np.asarray(row[name] if name else next(iter(row.values())))


def age(row: Row, settings: AgeGender) -> float:
    """Years: mean of the two likeliest, weighted by their probabilities (as HSE-FaceRes was published with)."""
    bins = row[settings.age].ravel()
    top = np.argsort(-bins, kind="stable")[:2]
    weight = float(bins[top].sum())
    return settings.first_age + (float((top * bins[top]).sum()) / weight if weight > 0 else float(top[0]))


def gender(row: Row, settings: AgeGender) -> tuple[Gender | None, float]:
    """The likelier one and its probability; nothing when both are nearly as likely."""
    male = float(row[settings.gender].ravel()[0])
    score = max(male, 1 - male)
    if score < settings.gender_score:
        return None, score
    return (Gender.MALE if male > 0.5 else Gender.FEMALE), score


def emotion(row: Row, settings: Emotions) -> tuple[Emotion | None, float]:
    """The likeliest one and its probability; nothing when that is below its own threshold."""
    scores = only(row, settings.output).ravel()
    index = int(scores.argmax())
    score = float(scores[index])
    return (Emotion(settings.names[index]) if score >= settings.thresholds[index] else None), score


def unsafe(row: Row, settings: Unsafe) -> float:
    scores = only(row, settings.output).ravel()
    if settings.activation == "softmax":
        scores = softmax(scores)
    return float(np.clip(scores[list(settings.unsafe)].sum(), 0, 1))
