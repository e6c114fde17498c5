"""Floor 2: pixels to tags, boxes, faces and vectors. Knows `schema` and the cards in `models`, nothing else of ours.

The doors: `Analyzer` looks at pictures; `list_models`, `fetch` and `check` keep the model files.
"""

from __future__ import annotations
