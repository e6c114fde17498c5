"""Sentences become filters: `ask` for a library, `understand` for a vocabulary; suggestions while typing."""

from api.search.asking import (
    ask,
    ask_filter,
    suggestions,
    vocabulary_of,
    warm_up,
)
from api.search.chips import described
from api.search.flipping import Variant, variants
from api.search.loosening import Relaxation, Wider, relaxations, wider
from api.search.mine import RELATIONS, AboutMe, about_me, save_about_me
from api.search.pieces import Alternative
from api.search.suggesting import Suggestion, suggest
from api.search.understanding import understand
from api.search.understood import Chip, Understood
from api.search.vocabulary import Vocabulary
from api.turning import Edit, How

__all__ = [
    "RELATIONS",
    "AboutMe",
    "Alternative",
    "Chip",
    "Edit",
    "How",
    "Relaxation",
    "Suggestion",
    "Understood",
    "Variant",
    "Vocabulary",
    "Wider",
    "about_me",
    "ask",
    "ask_filter",
    "described",
    "relaxations",
    "save_about_me",
    "suggest",
    "suggestions",
    "understand",
    "variants",
    "vocabulary_of",
    "warm_up",
    "wider",
]
