"""Everybody who may see something, in profiles of their own: the owner with a passkey, a second person by an identity
provider, a visitor of a link that ends, and an app that was shown a part.
"""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from PIL import Image as Picture

from tests.browser.conftest import DESKTOP, Gallery, serving

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect
PASSWORD = "a long engine of brass"
HIDDEN = "quokka"
"""A word of all pictures that the second person and the app may not see."""


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """Where `oidc-provider-mock` answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ben = json.dumps({"sub": "ben", "email": "ben@example.org", "email_verified": True, "name": "Ben"})
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--user-claims", ben]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, provider: str, data: Path) -> Iterator[Gallery]:
    """Two pictures in one folder and three in another, under a name that passkeys can be for."""
    folder = tmp_path_factory.mktemp("pictures")
    for number, name in enumerate(("family/a", "family/b", f"work/{HIDDEN} c", f"work/{HIDDEN} d", f"work/{HIDDEN} e")):
        file = folder / f"{name}.png"
        file.parent.mkdir(exist_ok=True)
        Picture.new("RGB", (320, 200), (40 * number, 120, 200 - 30 * number)).save(file)
    home = {"key": "home", "name": "Home", "issuer": provider, "client_id": "gallery", "client_secret": "s"}
    place = tmp_path_factory.mktemp("home")
    (place / "data").symlink_to(data)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PIGALLERY_OIDC", json.dumps([home | {"create": "viewer"}]))
        environment.setenv("PIGALLERY_WEBHOOK_NETWORKS", "127.0.0.1")
        with serving(place, folder, "--models", "none") as running:
            until = time.monotonic() + 60
            while running.ask("{ timeline { total } }")["timeline"]["total"] < 5:
                assert time.monotonic() < until
                time.sleep(0.2)
            running.url = running.url.replace("127.0.0.1", "localhost")
            yield running


def profile(browser: Any, gallery: Gallery) -> Any:
    """A page in a clean browser; the stylesheets of other sites are left out."""
    context = browser.new_context(base_url=gallery.url, viewport=DESKTOP, reduced_motion="reduce")
    context.route("https://**", lambda route: route.abort())
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


def owner(browser: Any, gallery: Gallery) -> Any:
    page = profile(browser, gallery)
    page.goto("/login")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{gallery.url}/")
    return page


def ask(page: Any, query: str, **variables: Any) -> Any:
    """As the person of that browser."""
    told = page.request.post("/graphql", data=json.dumps({"query": query, "variables": variables}), headers=JSON).json()
    assert "errors" not in told, told["errors"]
    return told["data"]


JSON = {"content-type": "application/json"}


def authenticator(page: Any) -> Any:
    """A device that is unlocked by its person; returns the way to speak about it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


def test_a_passkey_is_added_logs_in_and_ends(browser: Any, own: Gallery) -> None:
    page = profile(browser, own)
    session, device = authenticator(page)
    page.goto("/setup")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Login name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{own.url}/")

    page.goto("/account")
    form = page.locator("[data-form=passkey]")
    form.get_by_label("Name of the device").fill("Kitchen")
    form.get_by_label("Present password").fill("not that one, no")
    form.get_by_role("button").click()
    page.get_by_text("present password is not right").wait_for()
    form.get_by_label("Present password").fill(PASSWORD)
    form.get_by_role("button").click()
    page.locator("[data-list=passkeys] li", has_text="Kitchen").wait_for()
    assert len(session.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]) == 1

    page.locator("[data-act=logout]").click()
    page.wait_for_url("**/login")
    page.goto("/login?next=/account")
    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url("**/account")
    used = page.locator("[data-list=passkeys] li", has_text="last used")
    used.wait_for()

    # A device that nobody unlocks lets nobody in.
    page.locator("[data-act=logout]").click()
    page.wait_for_url("**/login")
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.get_by_role("button", name="Log in with a passkey").click()
    page.get_by_text("The device gave no passkey").wait_for()
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})

    # An answer that is caught on its way counts once, and only in the browser that was asked.
    with page.expect_request("**/auth/passkey/login") as caught:
        page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url(f"{own.url}/")
    headers = {"cookie": caught.value.all_headers()["cookie"], "content-type": "application/json"}
    again = httpx.post(f"{own.url}/auth/passkey/login", content=caught.value.post_data, headers=headers)
    assert again.status_code == 403 and "set-cookie" not in again.headers

    page.goto("/account")
    page.locator("[data-list=passkeys]").get_by_role("button", name="Remove").click()
    page.locator("[data-list=passkeys] li").wait_for(state="detached")
    page.locator("[data-act=logout]").click()
    page.wait_for_url("**/login")
    assert not page.get_by_role("button", name="Log in with a passkey").is_visible()
    page.context.close()


def test_a_second_person_comes_by_a_provider_and_sees_their_folder(browser: Any, own: Gallery, provider: str) -> None:
    ada, ben = owner(browser, own), profile(browser, own)
    ben.goto("/?q=a")
    ben.wait_for_url("**/login?next=*")
    ben.get_by_role("link", name="Log in with Home").click()
    ben.get_by_role("button", name="Deny").click()
    ben.get_by_text("That login did not work").wait_for()
    ben.goto("/login?next=/places")
    ben.get_by_role("link", name="Log in with Home").click()
    assert ben.url.startswith(provider)
    ben.get_by_placeholder("sub").fill("ben")
    ben.get_by_role("button", name="Authorize").click()
    ben.wait_for_url(f"{own.url}/places")
    ben.goto("/")
    ben.wait_for_selector("photo-timeline a")
    assert ben.locator("photo-timeline a").count() == 5

    ada.goto("/accounts")
    ada.get_by_role("button", name="Change ben").click()
    ada.locator("dialog [name=roots]").fill(str(own.folder / "family"))
    ada.locator("dialog").get_by_role("button", name="Save").click()
    ada.locator("dialog").wait_for(state="hidden")
    expect(ben.locator("photo-timeline a")).to_have_count(2)  # by itself, on the page that is open
    assert ben.url == f"{own.url}/"
    assert HIDDEN not in json.dumps(ask(ben, EVERYTHING, q=HIDDEN)).replace(f'"{HIDDEN}"', "")
    ada.goto("/account")
    expect(ada.locator("[data-list=providers]")).to_contain_text("not linked")

    ben.goto("/account")
    ben.locator("[data-act=logout]").click()
    ben.wait_for_url(f"{provider}/**")
    ben.get_by_role("button", name="End session").click()
    ben.wait_for_url("**/login")
    ben.goto("/")
    ben.wait_for_url("**/login?next=%2F")
    for page in (ada, ben):
        page.context.close()


def test_a_link_with_a_password_ends_at_its_time_for_those_who_look_at_it(browser: Any, own: Gallery) -> None:
    ada, visitor = owner(browser, own), profile(browser, own)
    until = datetime.now(UTC) + timedelta(seconds=8)
    share = {"name": "For a moment", "password": "blue garden gate", "expires": until.isoformat()}
    add = "mutation($s: ShareInput!) { addShare(filter: {}, share: $s) { url } }"
    link = ask(ada, add, s=share)["addShare"]["url"]
    visitor.goto(link)
    visitor.fill("[name=password]", "blue garden gate")
    visitor.click("[type=submit]")
    visitor.wait_for_selector("photo-timeline img")
    assert datetime.now(UTC) < until
    visitor.wait_for_selector("text=This link is over", timeout=15_000)
    assert -0.1 < (datetime.now(UTC) - until).total_seconds() < 3, "a second to notice, and the page loads again"
    assert httpx.get(link).status_code == 404
    for page in (ada, visitor):
        page.context.close()


EVERYTHING = """query($q: String!) {
  images(first: 50) { totalCount nodes { key name alt tags { label } files { path } place { name } } }
  search(text: $q, first: 50) { totalCount nodes { name } wider { images { nodes { name } } } }
  suggest(text: $q) { text count }
  facets(by: [TAG, YEAR, FORMAT, SIZE, RATING]) { values { value label count } }
  timeline { total buckets { count } } grid { count } tags(search: $q) { name } people { name } albums { name count }
  changes { changes { kind key } } duplicates(kind: SAME_PICTURE) { totalCount nodes { images { name } } }
}"""


def test_an_app_that_was_shown_a_part_sees_not_one_thing_more(browser: Any, own: Gallery) -> None:
    ada = owner(browser, own)
    images = "{ images(first: 50) { nodes { key id name mediaVersion smallUrl } } }"
    nodes = {node["name"]: node for node in ask(ada, images)["images"]["nodes"]}
    seen, hidden = nodes["a.png"], [node for name, node in nodes.items() if HIDDEN in name]
    edit = "mutation($k: [String!]) { editImages(filter: {ids: $k}, edit: {rating: 5}) { count } }"
    ask(ada, edit.replace("[String!]", "[String!]!"), k=[f"image:{seen['key']}"])
    ask(ada, f'mutation {{ saveAlbum(album: {{name: "{HIDDEN} album"}}) {{ key }} }}')

    verifier = "v" * 50
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    back = f"{own.url}/back-to-the-app"  # nobody is there; the address is all that is needed
    about = {"client_name": "Frame", "redirect_uris": [back], "token_endpoint_auth_method": "none"}
    client = httpx.post(f"{own.url}/oauth/register", json=about).json()["client_id"]
    asked = {
        "response_type": "code",
        "client_id": client,
        "redirect_uri": back,
        "state": "s",
        "scope": "read names location camera originals edit webhooks",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    ada.goto(f"/oauth/authorize?{urlencode(asked)}")
    ada.wait_for_selector(".decide:not([hidden])")
    for right in ("edit", "originals", "webhooks", "names"):
        ada.uncheck(f"[name=right][value={right}]")
    ada.check("[name=part][value=search]")
    ada.fill("[name=search]", "rating:5")
    expect(ada.locator(".comes-to")).to_contain_text("5")
    ada.click(".decide [type=submit]")
    ada.wait_for_url(f"{back}?**")
    code = parse_qs(urlsplit(ada.url).query)["code"][0]
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    token = httpx.post(f"{own.url}/oauth/token", data=fields | {"client_id": client}).json()["access_token"]
    app = httpx.Client(base_url=own.url, headers={"authorization": f"Bearer {token}"}, timeout=30)

    def by_app(query: str, **variables: Any) -> Any:
        return app.post("/graphql", json={"query": query, "variables": variables}).json()

    told = by_app(EVERYTHING, q=HIDDEN)
    assert "errors" not in told, told["errors"]
    assert [node["name"] for node in told["data"]["images"]["nodes"]] == ["a.png"]
    assert told["data"]["timeline"]["total"] == told["data"]["grid"]["count"] == 1
    assert {change["key"] for change in told["data"]["changes"]["changes"] if change["kind"] == "IMAGE"} == {
        str(seen["key"])
    }
    keys, ids = [node["key"] for node in hidden], [node["id"] for node in hidden]
    some = [f"image:{key}" for key in keys]
    attempts: list[tuple[str, dict[str, Any]]] = [
        ("query($i: [ID!]!) { nodes(ids: $i) { ... on Image { name } } }", {"i": ids}),
        ("query($k: Int!) { image(key: $k) { name } }", {"k": keys[0]}),
        ("query($i: [String!]) { images(filter: {ids: $i}) { totalCount nodes { name } } }", {"i": some}),
        ("query($i: [String!]) { images(filter: {not: {ids: $i}}) { nodes { name } } }", {"i": some}),
        (
            "query($r: String!) { images(filter: {similar: {to: $r, by: HASH, distance: 64}}) { totalCount } }",
            {"r": some[0]},
        ),
        ("{ images(filter: {or: [{}, {rating: {max: 4}}]}) { nodes { name } } }", {}),
        ("{ images(filter: {trashed: true}) { nodes { name } } }", {}),
        ('{ images(filter: {text: {words: "quokka"}}) { totalCount } }', {}),
        ("{ facets(by: [FOLDER]) { values { label } } }", {}),
        ("{ albums { name } people { name } }", {}),
        ("{ accounts { name } }", {}),
        ("{ shares { name } }", {}),
        ("{ webhooks { name } }", {}),
        ("{ audit { nodes { about } } }", {}),
        ("{ appGrants { name filter } }", {}),
        ('mutation { addToken(name: "more", capabilities: ["read"]) { token } }', {}),
        ('mutation { addShare(filter: {}, share: {name: "x"}) { url } }', {}),
        ("mutation { editImages(filter: {}, edit: {rating: 5}) { count } }", {}),
        ('mutation { addWebhook(name: "x", url: "https://example.org", filter: {}) { signingKey } }', {}),
    ]
    for query, variables in attempts:
        answer = by_app(query, **variables)
        words = json.dumps(answer.get("data")).casefold()
        assert HIDDEN not in words and "b.png" not in words and '"totalcount": 1' not in words, (query, answer)
    for node in hidden:
        for path in (f"/media/{node['key']}/{node['mediaVersion']}/small.jpg", f"/media/{node['key']}/original"):
            assert app.get(path).status_code in (403, 404), path
    mine = by_app("{ images { nodes { smallUrl } } }")["data"]["images"]["nodes"][0]["smallUrl"]
    assert httpx.get(own.url + mine).status_code == 200, "a signed address needs no token"
    other = mine.replace(f"/media/{seen['key']}/", f"/media/{hidden[0]['key']}/")
    assert httpx.get(own.url + other).status_code in (401, 403, 404)
    assert app.get(f"/media/{seen['key']}/original").status_code == 403
    ada.context.close()


def test_a_webhook_is_made_tried_and_deleted_on_the_page(browser: Any, own: Gallery) -> None:
    heard: list[str] = []

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["content-length"])))["type"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ada = owner(browser, own)
    ada.goto("/apps")
    hooks = ada.locator("webhook-list")
    hooks.locator(".adder summary").click()
    hooks.get_by_label("Name").fill("Hall frame")
    hooks.get_by_label("Address to call").fill("http://10.0.0.7/")
    hooks.get_by_role("button", name="Make the webhook").click()
    ada.get_by_text("leads into a private network").wait_for()
    hooks.get_by_label("Address to call").fill(f"http://127.0.0.1:{server.server_port}/")
    hooks.get_by_role("button", name="Make the webhook").click()
    assert hooks.locator(".told-once pre").inner_text().startswith("whsec_")
    card = hooks.locator(".card", has_text="Hall frame")
    card.get_by_role("button", name="Test").click()
    card.get_by_text("Last calls").click()
    card.locator(".badge", has_text="Delivered").wait_for()
    assert heard == ["test"]
    card.get_by_role("button", name="Delete").click()
    card.wait_for(state="detached")
    server.shutdown()
    server.server_close()
    ada.context.close()


def test_pictures_are_added_on_the_page_by_who_may(browser: Any, own: Gallery, tmp_path: Path) -> None:
    ada, ben = owner(browser, own), profile(browser, own)
    ben.goto("/login")
    ben.get_by_role("link", name="Log in with Home").click()
    ben.get_by_placeholder("sub").fill("ben")
    ben.get_by_role("button", name="Authorize").click()
    ben.wait_for_selector("photo-timeline a")
    before = int(ada.locator(".total").inner_text().split()[0])
    new = tmp_path / "new.png"
    Picture.new("RGB", (300, 220), (250, 10, 10)).save(new)
    words = tmp_path / "words.jpg"
    words.write_text("no picture")
    same = own.folder / "family" / "a.png"
    ada.locator("add-pictures input").set_input_files([new, words, same])
    told = ada.locator(".toast:not(.adding)")
    expect(told).to_contain_text(
        "1 photo was added. 1 photo is here already. 1 photo not added: words.jpg: This is no picture"
    )
    expect(ada.locator(".total")).to_have_text(f"{before + 1} photos", timeout=30_000)
    assert (own.folder / "Uploads" / "new.png").read_bytes() == new.read_bytes()

    data = ada.evaluate_handle("""async () => {
        const canvas = Object.assign(document.createElement('canvas'), { width: 200, height: 100 });
        canvas.getContext('2d').fillRect(0, 0, 9, 9);
        const data = new DataTransfer();
        const blob = await new Promise((done) => canvas.toBlob(done));
        data.items.add(new File([blob], 'dropped.png', { type: 'image/png' }));
        return data;
    }""")
    ada.dispatch_event("photo-timeline", "dragover", {"dataTransfer": data})
    ada.get_by_text("Drop pictures to add them").wait_for()
    ada.dispatch_event("photo-timeline", "drop", {"dataTransfer": data})
    expect(ada.locator(".total")).to_have_text(f"{before + 2} photos", timeout=30_000)
    assert not ben.locator("add-pictures").is_visible()

    share = {"name": "Add yours", "contribute": str(own.folder / "friends")}
    link = ask(ada, "mutation($s: ShareInput!) { addShare(filter: {}, share: $s) { url } }", s=share)["addShare"]["url"]
    visitor = profile(browser, own)
    visitor.goto(link)
    visitor.locator("add-pictures input").set_input_files(new)
    visitor.get_by_text("1 photo was added.").wait_for()
    assert (own.folder / "friends" / "new.png").is_file()
    visitor.context.close()
    for page in (ada, ben):
        page.context.close()
