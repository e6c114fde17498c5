"""Apps, tokens and shares follow the people who gave them: fewer rights, another folder, a closed account."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image as Picture

from api.auth.oidc import link_key
from api.auth.passwords import hashed
from api.auth.providers import Provider
from schema.accounts import Account, directory
from schema.accounts.account import LINK
from schema.entries import Entry
from schema.policy import Role
from schema.settings import OidcProvider
from tests.api.conftest import Gallery, served
from tests.api.hostile_provider import HostileProvider, running

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "deploy" / "examples"
PASSWORD = "three small wooden boats"
COUNT = {"query": "{ images(first: 0) { totalCount } }"}


@pytest.fixture(scope="module")
def provider() -> Iterator[HostileProvider]:
    with running() as hostile:
        yield hostile


@pytest.fixture(scope="module")
def gallery(
    tmp_path_factory: pytest.TempPathFactory, data: Path, packages: Path, provider: HostileProvider
) -> Iterator[Gallery]:
    trusted = OidcProvider(
        key="trusted",
        name="Trusted",
        issuer=provider.address,
        client_id="gallery",
        audience="photos",
        token_rights=("read", "location"),
    )
    with served(tmp_path_factory.mktemp("people"), data, packages, oidc=(trusted,)) as running_:
        running_.run(_people(running_, trusted))
        yield running_


async def _people(gallery: Gallery, trusted: OidcProvider) -> None:
    store = gallery.library.store
    password = await hashed(PASSWORD)
    await directory.add_first(store, Account("", "owner", Role.OWNER, password=password))
    ben = await directory.add(store, Account("", "ben", Role.EDITOR, password=password))
    await store.put_entry(Entry(LINK, link_key(Provider(trusted), "eve"), {}, owner=ben.key))


def browser(gallery: Gallery, name: str) -> httpx.Client:
    client = httpx.Client(base_url=gallery.address, timeout=30)
    assert client.post("/auth/login", json={"name": name, "password": PASSWORD}).status_code == 200
    return client


def ask(client: httpx.Client, query: str, **variables: Any) -> Any:
    answer = client.post("/graphql", json={"query": query, "variables": variables}).json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


def change(gallery: Gallery, name: str, **fields: Any) -> None:
    async def work() -> None:
        account = await directory.named(gallery.library.store, name)
        assert account is not None
        await directory.change(gallery.library.store, replace(account, **fields))

    gallery.run(work())


def test_what_was_given_shrinks_with_its_giver(gallery: Gallery) -> None:
    ben = browser(gallery, "ben")
    add = 'mutation { addToken(name: "x", capabilities: ["edit", "names"]) { token } }'
    token = ask(ben, add)["addToken"]["token"]
    url = ask(ben, 'mutation { addShare(filter: {}, share: {name: "x", download: ORIGINAL}) { url } }')["addShare"][
        "url"
    ]
    program = httpx.Client(base_url=gallery.address, headers={"authorization": f"Bearer {token}"})
    rate = 'mutation { editImages(filter: {ids: ["image:2"]}, edit: {rating: 3}) { count } }'
    assert program.post("/graphql", json=COUNT).json()["data"]["images"]["totalCount"] == 30
    assert ask(program, rate)["editImages"]["count"] == 1
    change(gallery, "ben", role=Role.VIEWER, roots=(str(gallery.folder / "nowhere"),))
    try:
        assert program.post("/graphql", json={"query": rate}).json()["errors"]
        assert program.post("/graphql", json=COUNT).json()["data"]["images"]["totalCount"] == 0
        assert httpx.post(f"{url}/graphql", json=COUNT).json()["data"]["images"]["totalCount"] == 0
        change(gallery, "ben", disabled=True)
        assert program.post("/graphql", json=COUNT).status_code == 401
        assert httpx.post(f"{url}/graphql", json=COUNT).status_code == 401
        assert httpx.get(url).status_code == 404
    finally:
        change(gallery, "ben", role=Role.EDITOR, roots=(), disabled=False)
    assert program.post("/graphql", json=COUNT).json()["data"]["images"]["totalCount"] == 30


def test_nobody_sees_or_ends_what_others_gave(gallery: Gallery) -> None:
    ben, owner = browser(gallery, "ben"), browser(gallery, "owner")
    made = ask(owner, 'mutation { addToken(name: "owners", capabilities: ["read"]) { grant { key } } }')["addToken"]
    share = ask(owner, 'mutation { addShare(filter: {}, share: {name: "owners"}) { key } }')["addShare"]
    assert "owners" not in str(ask(ben, "{ appGrants { name } shares { name } }"))
    for query, key in (
        ("mutation($k: String!) { revokeGrant(key: $k) }", made["grant"]["key"]),
        ("mutation($k: String!) { revokeShare(key: $k) { key } }", share["key"]),
        ("mutation($k: String!) { deleteShare(key: $k) }", share["key"]),
        ("mutation($k: String!) { changeShare(key: $k, share: {location: true}) { key } }", share["key"]),
    ):
        answer = ben.post("/graphql", json={"query": query, "variables": {"k": key}}).json()
        assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND", query
    more = 'mutation { addToken(name: "x", capabilities: ["admin"]) { token } }'
    assert ben.post("/graphql", json={"query": more}).json()["errors"]
    actions = {event["action"] for event in ask(owner, "{ audit { nodes { action } } }")["audit"]["nodes"]}
    assert {"token.created", "share.created"} <= actions


def test_tokens_of_a_trusted_provider_are_taken_for_what_they_say(gallery: Gallery, provider: HostileProvider) -> None:
    right = {"aud": "photos", "scope": "read location edit", "client_id": "cli"}

    def asked(**forge: Any) -> httpx.Response:
        provider.forge = right | forge
        headers = {"authorization": f"Bearer {provider.signed('')}", "x-forwarded-for": f"192.0.2.{len(forge) + 1}"}
        query = {"query": "{ viewer { name kind capabilities } }"}
        return httpx.post(f"{gallery.address}/graphql", json=query, headers=headers)

    try:
        viewer = asked().json()["data"]["viewer"]
        assert viewer == {"name": "cli", "kind": "APP", "capabilities": ["location", "read"]}
        assert asked(aud="gallery").status_code == 401, "an id token is no access token"
        assert asked(aud=["other"]).status_code == 401
        assert asked(exp=int(time.time()) - 500).status_code == 401
        assert asked(iss=f"{provider.address}/other").status_code == 401
        assert asked(sub="stranger").status_code == 401
        for way in ("none", "other"):
            provider.sign_with = way
            assert asked().status_code == 401, way
    finally:
        provider.honest()


def test_the_notebook_example_reads_the_library_as_a_table(gallery: Gallery) -> None:
    owner = browser(gallery, "owner")
    add = 'mutation { addToken(name: "notebook", capabilities: ["location", "camera"]) { token } }'
    environment = os.environ | {"PIGALLERY_TOKEN": ask(owner, add)["addToken"]["token"]}
    command = [sys.executable, str(EXAMPLES / "notebook.py"), gallery.address, '{"tag": {"any": ["gown.n.01"]}}']
    told = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    rows = list(csv.DictReader(StringIO(told.stdout)))
    assert len(rows) == 15 and all("gown" in row["tags"] and row["camera"].startswith("Sony") for row in rows)


def test_the_frame_example_is_let_in_by_its_code_and_shows_a_picture(gallery: Gallery, tmp_path: Path) -> None:
    owner = browser(gallery, "owner")
    command = [sys.executable, "-u", str(EXAMPLES / "photo_frame.py"), gallery.address, str(tmp_path / "frame.jpg")]
    command += ["--every", "0", "--search", "gown"]
    frame = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert frame.stdout is not None
        code = frame.stdout.readline().split()[-1]
        decide = "mutation($c: String!, $f: ImageFilter) { decideDevice(code: $c, allow: true, filter: $f) }"
        narrowed = {"tag": {"any": ["gown.n.01"]}}
        assert ask(owner, decide, c=code, f=narrowed)["decideDevice"] == "Photo frame"
        shown, _ = frame.communicate(timeout=60)
        assert frame.returncode == 0 and shown.startswith("photo "), shown
    finally:
        frame.kill()
    with Picture.open(BytesIO((tmp_path / "frame.jpg").read_bytes())) as picture:
        assert picture.format == "JPEG"
    assert (tmp_path / "frame.token").stat().st_mode & 0o077 == 0
    again = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert again.stdout.startswith("photo "), "the second time it is known"


def test_tokens_on_the_command_line(gallery: Gallery) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "api.cli", "token", *words, "--home", str(gallery.settings.home)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    token = run("add", "backup script", "--right", "camera", "--days", "7").stdout.strip()
    program = httpx.Client(base_url=gallery.address, headers={"authorization": f"Bearer {token}"})
    assert program.post("/graphql", json=COUNT).json()["data"]["images"]["totalCount"] == 30
    line = next(line for line in run("list").stdout.splitlines() if "backup script" in line)
    assert "(owner)" in line and "until" in line
    assert "backup script sees nothing any more" in run("revoke", line.split()[0]).stdout
    assert program.post("/graphql", json=COUNT).status_code == 401
    assert "There is no right" in run("add", "x", "--right", "everything").stderr
