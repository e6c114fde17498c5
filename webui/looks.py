"""What a person set for the page itself. It travels in one cookie, so that the first paint is already right."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request

COOKIE = "look"
THEMES = {"system": "System", "light": "Light", "dark": "Dark", "paper": "Paper", "midnight": "Midnight"}
TEXTS = {"small": "Small", "normal": "Normal", "large": "Large"}


@dataclass(frozen=True, slots=True)
class Look:
    theme: str = "system"
    text: str = "normal"
    rail: str = "open"

    @classmethod
    def of(cls, request: Request) -> Look:
        """From the cookie `theme=dark&rail=closed`; anything unknown falls back to the default."""
        given = dict(parse_qsl(unquote(request.cookies.get(COOKIE, ""))))
        theme, text, rail = given.get("theme", ""), given.get("text", ""), given.get("rail", "")
        return cls(
            theme if theme in THEMES else "system",
            text if text in TEXTS else "normal",
            rail if rail in ("open", "closed") else "open",
        )
