"""Model cards (`*.toml`) and label maps (`labels/*.tsv`). Weights are fetched, never kept here."""

from __future__ import annotations
