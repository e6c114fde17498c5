"""Sentences become filters: `understand(text, vocabulary, today)`, and suggestions while typing."""

from api.search.understanding import understand
from api.search.understood import Chip, Understood
from api.search.vocabulary import Vocabulary

__all__ = ["Chip", "Understood", "Vocabulary", "understand"]
