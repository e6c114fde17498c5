"""Two pictures and everybody who may ask for them: one picture that the narrow viewers see, one that they do not.

Everything that leads to the hidden one has "secret" in its name, so that any word of it in an answer is a leak.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from blake3 import blake3

from api.graphql.ids import to_global
from api.oauth.grants import DEVICE, USER_CODE, user_code_key
from schema.accounts import Account, audit, directory, session
from schema.accounts.passkeys import Passkey
from schema.apps import App, Grant
from schema.entries import Entry
from schema.filter import parse_filter
from schema.filter.nodes import ImageFilter
from schema.graph import (
    Album,
    AssetFile,
    Face,
    Image,
    PaletteColor,
    Person,
    Place,
    PlaceLevel,
    Stage,
    StageRecord,
    StageState,
    TagEdge,
    TagKind,
    TextLine,
)
from schema.library import Library
from schema.media import media_version
from schema.policy import NOBODY, OWNER, Capability, Role, Viewer, ViewerKind
from schema.shares import new_share
from schema.store import Imported
from schema.webhooks import Webhook, new_event

DONE = tuple(StageRecord(stage, StageState.DONE, detail="1") for stage in Stage)
BOX = (0.2, 0.2, 0.4, 0.4)
MINE = ("mine", "ours", "sedan.n.01", "country:HR", "geo:1", "Mytown", 42.64, 18.1)
SECRET = ("secret", "secretword", "gown.n.01", "country:SX", "geo:2", "Secretville", -42.64, -18.1)


def picture(folder: Path, name: str, *, secret: bool) -> Imported:
    word, keyword, concept, country, city, town, lat, lon = SECRET if secret else MINE
    path = folder / word / f"{word} {name}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(f"{word} {name}".encode())
    digest = blake3(path.read_bytes()).hexdigest()
    stat = path.stat()
    image = Image(
        content_hash=digest,
        name=path.name,
        format="jpeg",
        file_size=stat.st_size,
        width=60,
        height=40,
        taken=datetime(2021 if secret else 2020, 3, 4, 5),
        taken_offset=60,
        taken_source="exif.DateTimeOriginal",
        make=f"{word}make",
        model=f"{word}cam",
        lens=f"{word}lens",
        software=f"{word}soft",
        iso=100,
        aperture=2.8,
        exposure=0.01,
        focal=35,
        focal35=50,
        flash=True,
        lat=lat,
        lon=lon,
        altitude=12,
        place=city,
        near_city=city,
        title=f"{word} title",
        caption=f"{word} caption",
        metadata={"Exif.Photo.UserComment": f"{word} comment", "Iptc.City": f"{word} city"},
        conditions=("bright",),
        lens_words=("wide",),
        size_word="small",
        phash=1 if secret else 2**64 - 2,
        palette=(PaletteColor("#0a5aa0", 1.0),),
        thumbhash=b"\x01\x02\x03",
        rating=3,
        nsfw=0.1,
        added=datetime(2022, 1, 1),
        media_version=media_version(digest),
        tags=(
            TagEdge(concept, TagKind.CONCEPT, 0.9, boxes=(BOX,), colors=("#0a5aa0",), model="m", version="1"),
            TagEdge(keyword, TagKind.KEYWORD, model="", version=""),
            TagEdge(f"{word}folder", TagKind.WORD),
        ),
        faces=(Face(BOX, 0.9, age=25, model="m", version="1"),),
        texts=(TextLine(f"{word} sign", 0.9, BOX),),
    )
    file = AssetFile(
        str(path), str(folder), stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_dev, digest, stages=DONE
    )
    places = (
        Place(country, PlaceLevel.COUNTRY, f"{town} country", None, lat, lon, country[-2:]),
        Place(city, PlaceLevel.CITY, town, country, lat, lon, country[-2:], 1000),
    )
    return Imported(file, image, DONE, places=places)


def _account_viewer(role: Role, scope: ImageFilter | None = None) -> Viewer:
    account = Account(f"a-{role.value}", role.value, role)
    viewer = account.viewer()
    return viewer if scope is None else replace(viewer, scope=scope, account=f"{viewer.account}-part")


@dataclass
class World:
    """`ids` are what the rows of the table call `$mine`, `$secretAlbum` and so on."""

    library: Library
    folder: Path
    scope: ImageFilter
    ids: dict[str, Any]
    made: int = 0

    @property
    def viewers(self) -> dict[str, Viewer]:
        """In the order of the table's columns."""
        nothing = frozenset[Capability]()
        return {
            "anonymous": NOBODY,
            "closed": replace(NOBODY, name="share", kind=ViewerKind.SHARE, capabilities=nothing),
            "share": Viewer("share", self.scope, frozenset({Capability.READ}), ViewerKind.SHARE),
            "app": Viewer(
                "frame",
                self.scope,
                frozenset({Capability.READ, Capability.LOCATION}),
                ViewerKind.APP,
                account="a-admin",
                role=Role.ADMIN,
            ),
            "other": _account_viewer(Role.VIEWER, self.scope),
            "part": _account_viewer(Role.EDITOR, self.scope),
            "viewer": _account_viewer(Role.VIEWER),
            "editor": _account_viewer(Role.EDITOR),
            "admin": _account_viewer(Role.ADMIN),
            "owner": _account_viewer(Role.OWNER),
        }

    async def refresh(self) -> None:
        """New pictures, albums, people, accounts and edits for the next row: what a row destroys was only its own."""
        self.made += 1
        name, store, view = f"n{self.made}", self.library.store, self.library.view(OWNER)
        for word in ("mine", "secret"):
            number = (await store.write_imported([picture(self.folder, name, secret=word == "secret")]))[0]
            await self.library.refresh()
            whole = await view.image(int(number or 0))
            assert whole is not None
            album = await view.save_album(Album(f"{word} album {name}", cover_image_id=whole.id))
            count, undo = await view.edit(
                parse_filter({"ids": [f"image:{whole.id}"]}), {"rating": 5, "add_albums": [album.id]}
            )
            assert count == 1
            person = await view.save_person(Person(f"{word} person {name}", cover_face_id=whole.faces[0].id))
            await view.assign_faces([whole.faces[0].id], person.id)
            account = await directory.add(store, Account("", f"{word}-{name}", Role.VIEWER))
            self.ids |= {
                f"{word}NewRef": f"image:{whole.id}",
                f"{word}New": whole.id,
                f"{word}Face": whole.faces[0].id,
                f"{word}Album": album.id,
                f"{word}Person": person.id,
                f"{word}Undo": undo,
                f"{word}Account": account.key,
                f"{word}AlbumId": to_global("Album", album.id),
                f"{word}PersonId": to_global("Person", person.id),
            }

        await self._hand_out(name)

    async def _hand_out(self, name: str) -> None:
        """Somebody else's app, grant and share, and a device that waits with a code."""
        store, now = self.library.store, time.time()
        app = App(f"secret-app-{name}", "secret app", by="a-somebody-else")
        grant = Grant(f"secret-grant-{name}", "a-somebody-else", "secret", frozenset({Capability.READ}), app=app.key)
        share = replace(new_share("a-somebody-else", "secret", self.scope), key=f"secret-share-{name}")
        for entry in (app.to_entry(), grant.to_entry(), share.to_entry()):
            await store.put_entry(entry)
        code = "".join(secrets.choice("BCDFGHJK") for _ in range(8))
        waits = {"app": "frame", "scope": "read", "decision": "", "account": "", "filter": {}, "asked": 0.0}
        await store.put_entry(Entry(DEVICE, code, waits, expires=now + 60))
        await store.put_entry(Entry(USER_CODE, user_code_key(code), {"device": code}, expires=now + 60))
        await self._kept_elsewhere(name)
        self.ids |= {"secretApp": app.key, "secretGrant": grant.key, "secretShare": share.key, "deviceCode": code}

    async def _kept_elsewhere(self, name: str) -> None:
        """Somebody else's webhook, which was called before, and their passkey."""
        key = f"secret-webhook-{name}"
        webhook = Webhook(key, "a-somebody-else", "secret", "https://secret.example", self.scope, disabled="secret")
        event = new_event(key, "test")
        for entry in (webhook.to_entry(), event.to_entry()):
            await self.library.store.put_entry(entry)
        passkey = Passkey(f"secret-passkey-{name}", "a-somebody-else", "secret", "secret.example", b"")
        await self.library.store.put_entry(passkey.to_entry())
        self.ids |= {"secretWebhook": key, "secretEvent": event.key, "secretPasskey": passkey.key}

    async def own_session(self, viewer: Viewer) -> tuple[str, str]:
        """Keys of a session of this viewer's account and of somebody else's."""
        begin = session.begin
        mine, _ = await begin(self.library.store, viewer.account or "a-none", device="", address="")
        other, _ = await begin(self.library.store, "a-somebody-else", device="secret device", address="")
        return mine.key, other.key


async def make_world(library: Library, folder: Path) -> World:
    store = library.store
    numbers = await store.write_imported([picture(folder, "one", secret=secret) for secret in (False, True)])
    for role in Role:
        for key in (f"a-{role.value}", f"a-{role.value}-part"):
            await store.put_entry(Account(key, key, role).to_entry())
    await library.refresh()
    mine, secret = (int(number or 0) for number in numbers)
    ids: dict[str, Any] = {"mine": mine, "secret": secret}
    ids |= {f"{word}Id": to_global("Image", number) for word, number in (("mine", mine), ("secret", secret))}
    ids |= {"minePlaceId": to_global("Place", "geo:1"), "secretPlaceId": to_global("Place", "geo:2")}
    ids |= {"mineRef": f"image:{mine}", "secretRef": f"image:{secret}"}
    ids["start"] = await store.head()
    await audit.write(store, "login", OWNER, "secret")
    await store.put_entry(App("frame", "Frame", ("https://frame.example/back",)).to_entry())
    asked = {"response_type": "code", "client_id": "frame", "redirect_uri": "https://frame.example/back"}
    ids["request"] = urlencode({**asked, "code_challenge": "c" * 43, "code_challenge_method": "S256", "scope": "read"})
    world = World(library, folder, parse_filter({"path": {"under": [str(folder / "mine")]}}), ids)
    await world.refresh()
    return world
