"""People, duplicates and explicit photos as a visitor of the pages sorts them out, in a gallery whose faces and scores
were written by the test as models would; the program itself finds who is who, and what is alike."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pil
from playwright.sync_api import expect

from inference.fetch import fetch
from schema.graph import Face, Image, Stage, StageRecord, StageState
from schema.settings import Settings
from schema.sqlite import SqliteStore
from schema.store import Imported
from tests.browser.conftest import DESKTOP, PHONE, Gallery, complaints, serving
from tests.inference.small_models import card, nan_when_dark, plain

T = TypeVar("T")
WHO = {
    "ana": (0, 1, 2, 3), "ana in a hat": (4, 5), "bob": (6, 7, 8), "his cousin": (9, 10), "cleo": (11, 12, 13, 14),
    "dan": (15, 16), "dan as a child": (17, 18), "statue": (19, 20),
}  # fmt: skip
expect.set_options(timeout=15_000)
LOOKS_LIKE = {"ana in a hat": "ana", "his cousin": "bob"}
EXPLICIT = 18
SEEN = (
    "query($who: ImageFilter) { images(filter: $who, first: 50) { nodes { name faces { id person { key name } } } } }"
)


def own(who: str) -> NDArray[np.float32]:
    """Where the faces of somebody lie; those who look alike at a mean cosine of about 0.37, which is asked about."""
    direction = np.random.default_rng(sorted(WHO).index(who)).standard_normal(128)
    direction /= np.linalg.norm(direction)
    if who in LOOKS_LIKE:
        other = own(LOOKS_LIKE[who])
        direction -= (direction @ other) * other
        direction = 0.403 * other + 0.915 * direction / np.linalg.norm(direction)
    return np.asarray(direction, np.float32)


def face(who: str, photo: int) -> Face:
    away = np.random.default_rng((7, photo)).standard_normal(128)
    vector = own(who) + 0.3 * away / np.linalg.norm(away)
    told = np.asarray(vector / np.linalg.norm(vector), np.float32).tobytes()
    return Face((0.3, 0.2, 0.7, 0.8), 0.95, embedding=told, embedding_model="sface@1", model="yunet", version="1")


def picture(seed: int) -> Pil.Image:
    """Blotches of every size, as photos have them."""
    rng = np.random.default_rng(seed)
    total = np.zeros((300, 400, 3))
    for octave in range(1, 7):
        grain = rng.uniform(0, 255, (2**octave + 1, 2**octave + 2, 3)).astype(np.uint8)
        total += np.asarray(Pil.fromarray(grain).resize((400, 300), Pil.Resampling.BICUBIC)) / octave
    total -= total.min()
    return Pil.fromarray((total * (255 / total.max())).astype(np.uint8))


def outside(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """In a thread of its own: the one of the test has the browser's loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(work())).result()


async def look(database: Path) -> None:
    """Faces into the library, as an import of the photos would bring them."""
    store = SqliteStore(database)
    await store.open()
    done = StageRecord(Stage.ANALYSIS, StageState.DONE, detail="yunet@1 sface@1")
    whose = {photo: who for who, photos in WHO.items() for photo in photos}
    found = []
    for image in await store.images(range(1, 60), frozenset({"files"})):
        if image is None or not image.name[:2].isdigit():
            continue
        photo = int(image.name[:2])
        faces = (face(whose[photo], photo),) if photo in whose and "copy" not in image.name else ()
        bare = Image(image.content_hash, "", "", 0, faces=faces, nsfw=0.97 if photo == EXPLICIT else 0.01)
        found.append(Imported(image.files[0], bare, (done,)))
    await store.write_imported(found)
    await store.close()


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Iterator[Gallery]:
    folder, home = tmp_path_factory.mktemp("pictures"), tmp_path_factory.mktemp("home")
    (home / "data").symlink_to(data)
    settings = Settings(home=home)
    for name, make in (("plain", plain), ("twin", plain), ("broken", nan_when_dark)):
        card(settings, name, make(home / f"{name}.onnx"))
    fetch(settings, ["plain", "twin", "broken"])
    for photo in range(24):
        picture(photo).save(folder / f"{photo:02}.jpg", quality=90)
    for photo in (21, 22):
        picture(photo).resize((320, 240)).save(folder / f"{photo:02} copy.jpg", quality=70)
    with serving(home, folder, "--models", "none") as running:
        outside(lambda: look(home / "library.sqlite"))
        until(lambda: running.ask("{ peopleList { totalCount } }")["peopleList"]["totalCount"] == len(WHO))
        until(lambda: len(running.ask("{ maybeSame { cosine } }")["maybeSame"]) == len(LOOKS_LIKE))
        yield running


def until(is_so: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.3)


def who(crowd: Gallery) -> dict[int, int | None]:
    """Photo -> the person in it."""
    nodes = crowd.ask(SEEN)["images"]["nodes"]
    return {
        int(node["name"][:2]): node["faces"][0]["person"] and node["faces"][0]["person"]["key"]
        for node in nodes
        if node["faces"]
    }


@pytest.fixture
def visit(browser: Any, crowd: Gallery, wrongs: list[str]) -> Iterator[Callable[..., Any]]:
    opened = []

    def open_page(path: str, **options: Any) -> Any:
        context = browser.new_context(
            base_url=crowd.url, **{"viewport": DESKTOP, "reduced_motion": "reduce", **options}
        )
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        complaints(page, wrongs)
        page.goto(path)
        return page

    yield open_page
    for context in opened:
        context.close()
    assert not wrongs


def test_questions_who_is_who_are_answered_once(visit: Any, crowd: Gallery) -> None:
    before = who(crowd)
    page = visit("/people", viewport=PHONE, has_touch=True)
    asked = page.get_by_role("region", name="Maybe the same").get_by_role("listitem")
    expect(asked).to_have_count(2)
    keys = {person["key"]: name for name, photos in WHO.items() for person in [{"key": before[photos[0]]}]}
    for answer in ("Yes", "No"):
        card = asked.first
        pair = card.get_attribute("data-pair").split("-")
        faces = crowd.ask("{ maybeSame { a { id person { key } } b { id person { key } } } }")["maybeSame"]
        (two,) = [{keys[p[x]["person"]["key"]] for x in "ab"} for p in faces if str(p["a"]["id"]) in pair]
        if "ana" in two:
            card.get_by_role("button", name="Yes").click()
        else:
            card.get_by_role("button", name="No").click()
        expect(asked).to_have_count(1 if answer == "Yes" else 0)
    until(lambda: who(crowd)[4] == who(crowd)[0])
    after = who(crowd)
    assert after[9] == before[9] != after[6], "two people stay two"
    page.reload()
    expect(page.locator(".person-card")).to_have_count(len(WHO) - 1)
    expect(asked).to_have_count(0)


def test_people_are_merged_named_and_left_aside(visit: Any, crowd: Gallery) -> None:
    before = who(crowd)
    page = visit("/people")
    namer = page.locator(f"[data-person='{before[15]}']").get_by_role("combobox", name="Name")
    namer.fill("Dan")
    namer.press("Enter")
    expect(page.locator(f".named [data-person='{before[15]}']")).to_contain_text("Dan")
    for photo in (15, 17):
        page.locator(f"[data-person='{before[photo]}'] .choose").click()
    page.get_by_role("button", name="Same person").click()
    expect(page.locator(f"[data-person='{before[17]}']")).to_have_count(0)
    assert {who(crowd)[photo] for photo in WHO["dan"] + WHO["dan as a child"]} == {before[15]}

    page.locator(f"[data-person='{before[19]}'] .choose input").check()
    page.get_by_role("button", name="Not a person").click()
    expect(page.locator(f"[data-person='{before[19]}']")).to_have_count(0)
    assert who(crowd)[19] is None

    page.locator(f"[data-person='{before[6]}'] .choose input").check()
    page.get_by_role("toolbar").get_by_role("button", name="Hide").click()
    expect(page.locator(f"[data-person='{before[6]}']")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f"[data-person='{before[6]}']")).to_have_count(1)


def test_faces_of_somebody_else_are_split_off(visit: Any, crowd: Gallery) -> None:
    cleo = who(crowd)[11]
    page = visit(f"/people/{cleo}")
    card = page.locator(".face-card", has=page.get_by_label("Choose the face in 12.jpg"))
    card.get_by_role("checkbox").check()
    page.get_by_role("button", name="Use as cover").click()
    expect(page.locator(".person-cover")).to_have_attribute("src", card.locator("img").get_attribute("src"))
    chosen = crowd.ask("query($k: Int!) { person(key: $k) { cover { imageKey } } }", k=cleo)["person"]["cover"]
    assert str(chosen["imageKey"]) in card.locator("a").get_attribute("href")

    for photo in (13, 14):
        page.get_by_label(f"Choose the face in {photo}.jpg").check()
    page.get_by_role("button", name="Somebody else").first.click()
    page.get_by_label("Who is it instead?").fill("Her twin")
    page.keyboard.press("Enter")
    expect(page.locator(".face-card")).to_have_count(2)
    after = who(crowd)
    assert after[11] == after[12] == cleo and after[13] == after[14] != cleo
    time.sleep(1.5)  # the program looks again, and leaves it
    assert who(crowd) == after


def test_what_somebody_keeps_is_asked_once(visit: Any, crowd: Gallery) -> None:
    until(lambda: crowd.ask("{ duplicates(kind: SAME_PICTURE) { totalCount } }")["duplicates"]["totalCount"] == 2)
    page = visit("/duplicates")
    groups = page.locator(".group")
    expect(groups).to_have_count(2)
    expect(groups.first.locator("figure")).to_have_count(2)
    groups.filter(has_text="21 copy.jpg").get_by_role("button", name="Keep both").click()
    expect(groups).to_have_count(1)
    groups.first.locator("figure", has_text="22.jpg").get_by_role("button", name="Keep this").click()
    expect(page.get_by_text("Nothing to decide")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(groups).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("2")
    expect(groups).to_have_count(0)
    page.reload()
    expect(page.get_by_text("Nothing to decide")).to_be_visible()
    trash = crowd.ask("{ images(filter: {trashed: true}) { nodes { name } } }")["images"]["nodes"]
    assert [image["name"][:2] for image in trash] == ["22"]


def test_explicit_photos_are_what_somebody_chose(visit: Any, crowd: Gallery) -> None:
    asked = "query($f: ImageFilter) { images(filter: $f) { nodes { key name } } }"
    (image,) = crowd.ask(asked, f={"nsfw": {"min": 0.9}})["images"]["nodes"]
    page = visit("/account")
    choice = page.get_by_role("group", name="Explicit photos")
    expect(choice.get_by_label("Blur")).to_be_checked()
    photo = visit(f"/photo/{image['key']}")
    photo.get_by_role("button", name="Explicit: show this photo").click()
    expect(photo.locator(".uncover")).to_have_count(0)
    expect(photo.locator("img[src*='shown=1']").first).to_be_visible()
    for name, count in (("Hide", 0), ("Show", 1)):
        choice.get_by_label(name).check(force=True)
        expect(page.get_by_text("Explicit photos are", exact=False).last).to_be_visible()
        until(
            lambda count=count: len(crowd.ask(asked, f={"path": {"name": image["name"]}})["images"]["nodes"]) == count
        )
    photo.reload()
    photo.locator(".stage img, photo-stage img").first.wait_for()
    expect(photo.locator(".uncover")).to_have_count(0)
    choice.get_by_label("Blur").check(force=True)


def test_models_are_compared_side_by_side(visit: Any) -> None:
    page = visit("/live", viewport=PHONE, has_touch=True, color_scheme="dark")
    page.get_by_role("link", name="Compare models").click()
    page.get_by_label("Photos", exact=True).fill("name:21")
    page.get_by_label("How many").fill("3")
    models = page.get_by_role("group", name="Models")
    for name in ("plain", "twin"):
        models.get_by_label(name).check()
    models.get_by_label("broken").uncheck()
    page.get_by_role("button", name="Compare", exact=True).click()
    table = page.get_by_role("region", name="In short").get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(3)
    expect(table).to_contain_text("100 %")
    expect(page.locator(".compare-row").first).to_contain_text("all agree on 100 %")
    expect(page.get_by_role("button", name="Compare", exact=True)).to_be_enabled()
    models.get_by_label("plain").uncheck()
    models.get_by_label("twin").uncheck()
    expect(page.get_by_role("button", name="Compare", exact=True)).to_be_disabled()
