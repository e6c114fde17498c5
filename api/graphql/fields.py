"""Typed ways to declare fields; the docstring is what the playground shows."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry

F = TypeVar("F", bound=Callable[..., Any])


def _description(function: Callable[..., Any]) -> str | None:
    return " ".join((inspect.getdoc(getattr(function, "__func__", function)) or "").split()) or None


def field(function: F) -> F:
    """A field answered by a function: a method, or a static one that takes the parent as `strawberry.Parent`."""
    return cast("F", strawberry.field(function, description=_description(function)))


def mutation(function: F) -> F:
    return cast("F", strawberry.mutation(function, description=_description(function)))


def subscription(function: F) -> F:
    return cast("F", strawberry.subscription(function, description=_description(function)))
