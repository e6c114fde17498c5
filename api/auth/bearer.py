"""Programs that ask with a token: of an app, personal, or of the identity provider that the operator trusts."""

from __future__ import annotations

from api.auth.caller import Caller
from schema import apps
from schema.errors import LoginNeeded
from schema.policy import Viewer

OURS = "pga_"
GONE = "This token is not good any more: it ran out or was revoked. Ask for a new one."


async def identify(caller: Caller) -> Viewer | None:
    """The viewer of `Authorization: Bearer …`; None for what is no token of ours. Raises LoginNeeded."""
    kind, _, token = caller.connection.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if kind.lower() != "bearer" or not token.startswith((OURS, apps.PERSONAL)):
        return None
    store = caller.library.store
    find = apps.viewer_of_personal if token.startswith(apps.PERSONAL) else apps.viewer_of_access
    viewer = await find(store, token)
    if viewer is None:
        raise LoginNeeded(GONE)
    return viewer
