"""A gallery that has something to hide, and everybody who wants to see it, with real cookies, tokens and links."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from api.auth import passwords
from api.graphql.ids import to_global
from api.shares.links import link_path
from schema import apps
from schema.accounts import Account, directory, session
from schema.apps_view import UNUSED_S, new_app
from schema.filter import parse_filter
from schema.library import Library
from schema.media import LARGE, SMALL, thumbnail_path
from schema.policy import OWNER, Capability, Role, Viewer
from schema.settings import Settings
from schema.shares import new_share
from tests.api.attacking import Target
from tests.api.policy_world import make_world

CANARIES = (
    *("secret title", "secret caption", "secret comment", "secret city", "secret sign", "secretmake", "secretcam"),
    *("secretlens", "secretsoft", "secretfolder", "secretword", "secretville", "secret album", "secret person"),
    *("secret app", "secret device", "secret n1.jpg", "secret one.jpg", "root:x:0", "argon2id", "pgt_", "pgl_"),
)


async def make(library: Library, settings: Settings, folder: Path, address: str) -> Target:
    """Into an empty library. `folder`: for the originals."""
    world = await make_world(library, folder)
    secret = await passwords.hashed(token_urlsafe())
    store = library.store
    scope = world.scope
    for word in ("mine", "secret"):
        (image,) = await store.images([world.ids[f"{word}New"]])
        assert image is not None
        world.ids[f"{word}Version"] = image.media_version
        for size in (SMALL, LARGE):
            path = thumbnail_path(settings.thumbnails, image.content_hash, size)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(f"{word} title".encode())

    async def account(name: str, role: Role, roots: tuple[str, ...] = ()) -> str:
        made = await directory.add(store, Account("", name, role, password=secret, roots=roots))
        return (await session.begin(store, made.key, device="", address=""))[1]

    owner = Account("owner-of-all", "ada", Role.OWNER)
    await store.put_entry(owner.to_entry())
    album = new_share(owner.key, "album", scope)
    locked = replace(new_share(owner.key, "locked", scope), password=secret)
    ended = replace(new_share(owner.key, "ended", scope), revoked=True)
    links: dict[str, str] = {}
    for name, share in (("visitor", album), ("locked", locked), ("ended", ended)):
        await store.put_entry(share.to_entry())
        links[name] = link_path(settings, share)
    _, token = await apps.add_token(store, owner.key, "frame", frozenset({Capability.READ}), scope)
    _, spent = await apps.add_token(store, owner.key, "spent", frozenset({Capability.READ}), scope)
    await store.delete_entry(apps.GRANT, spent.removeprefix(apps.PERSONAL).partition("_")[0])
    made, _ = new_app("Frames", ("https://signpost.example/",))
    await store.put_entry(made.to_entry(time.time() + UNUSED_S), expected=0)
    cookies = {
        "part": await account("part", Role.EDITOR, (str(folder / "mine"),)),
        "viewer": await account("viewer", Role.VIEWER),
        "owner": (await session.begin(store, owner.key, device="", address=""))[1],
    }
    _, other = await world.own_session(Viewer("x", scope, frozenset(), account="x"))
    ids: dict[str, Any] = {
        **world.ids,
        "secretSession": other,
        "link": links["visitor"],
        "locked": links["locked"],
        "ended": links["ended"],
        "token": token,
        "spent": spent,
        "ownerCookie": cookies["owner"],
        "selfMade": made.key,
        "home": str(settings.home),
        "secretUserId": to_global("Account", world.ids["secretAccount"]),
    }
    await library.view(OWNER).count(parse_filter({}))
    canaries = (*CANARIES, world.ids["secretRef"], world.ids["secretId"].casefold())
    return Target(
        address,
        ids,
        {name: {"cookie": f"pigallery={cookie}"} for name, cookie in cookies.items()}
        | {"frame": {"authorization": f"Bearer {token}"}},
        links,
        canaries,
    )
