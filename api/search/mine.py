"""What "me", "my daughter" and "at home" mean, to each who asks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from schema.errors import BadFilter, LoginNeeded
from schema.filter.nodes import Near
from schema.policy import ViewerKind
from schema.words import words

if TYPE_CHECKING:
    from schema.view import View

RELATIONS = (
    "daughter", "son", "child", "wife", "husband", "partner", "girlfriend", "boyfriend", "mother", "father", "sister",
    "brother", "grandmother", "grandfather", "aunt", "uncle", "friend", "boss",
)  # fmt: skip
"""What somebody can be to me; other words for the same are known by the rules."""
_SETTING = "search.about_me"
"""The setting of the local user; an account's has its key behind."""


class AboutMe(BaseModel):
    """Who asks, who is what to them, and where they live."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    person: int | None = None
    relations: dict[int, str] = {}
    """Person id -> what they are to me: `daughter`."""
    home: Near | None = None


def _setting(view: View) -> str | None:
    """Where it is kept; None for a viewer who is nobody in particular."""
    viewer = view.viewer
    if viewer.kind is ViewerKind.OWNER:
        return _SETTING
    return f"{_SETTING}:{viewer.account}" if viewer.account else None


async def about_me(view: View) -> AboutMe:
    """What is set, or nothing at all when what is stored cannot be read."""
    if (setting := _setting(view)) is None:
        return AboutMe()
    try:
        return AboutMe.model_validate(json.loads(await view.library.store.get_setting(setting) or "{}"))
    except (ValidationError, ValueError):
        return AboutMe()


async def save_about_me(view: View, about: AboutMe) -> None:
    """Keep it for this viewer. Raises BadFilter for what is no relation or no point, NotFound for people unseen."""
    from api.search.asking import forget

    setting = _setting(view)
    if setting is None or view.viewer.kind not in (ViewerKind.OWNER, ViewerKind.ACCOUNT):
        raise LoginNeeded("Log in first: who “me” is can only be told by somebody.")
    for relation in about.relations.values():
        if relation not in RELATIONS:
            raise BadFilter(f"“{relation[:40]}” is no relation; take one of {', '.join(RELATIONS)}.")
    for person in (about.person, *about.relations):
        if person is not None:
            await view.person(person)
    if about.home is not None and not _is_somewhere(about.home):
        raise BadFilter("A home is a point (lat and lon) or a place, and how many km around it belong to it.")
    await view.library.store.put_setting(setting, about.model_dump_json())
    forget(view.library)


def _is_somewhere(home: Near) -> bool:
    return (home.lat is not None and home.lon is not None) or bool(home.place and words(home.place))
