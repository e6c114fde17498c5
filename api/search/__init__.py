"""Sentences become filters: `ask` for a library, `understand` for a vocabulary; suggestions while typing."""

from api.search.asking import AboutMe, about_me, ask, save_about_me, suggestions, vocabulary_of, warm_up
from api.search.pieces import Alternative
from api.search.suggesting import Suggestion, suggest
from api.search.understanding import understand
from api.search.understood import Chip, Understood
from api.search.vocabulary import Vocabulary

__all__ = [
    "AboutMe",
    "Alternative",
    "Chip",
    "Suggestion",
    "Understood",
    "Vocabulary",
    "about_me",
    "ask",
    "save_about_me",
    "suggest",
    "suggestions",
    "understand",
    "vocabulary_of",
    "warm_up",
]
