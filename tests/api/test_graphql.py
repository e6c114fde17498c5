"""GraphQL over HTTP against a running server."""

from __future__ import annotations

import struct
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from api.graphql.ids import to_global
from api.graphql.sdl import SDL, sdl
from tests.api.conftest import PHOTOS, Gallery

PAGE = """
query($f: ImageFilter, $n: Int, $a: String, $s: SortInput) {
  images(filter: $f, first: $n, after: $a, sort: $s) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { key taken } }
  }
}
"""


def test_the_schema_file_is_up_to_date() -> None:
    assert SDL.read_text("utf-8") == sdl(), "run: python -m api.graphql.sdl"


def test_pages_follow_each_other_without_gap_or_overlap(gallery: Gallery) -> None:
    keys: list[int] = []
    after: str | None = None
    while True:
        page = gallery.ask(PAGE, n=7, a=after)["images"]
        assert page["totalCount"] == PHOTOS
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        keys += [edge["node"]["key"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(keys) == len(set(keys)) == PHOTOS
    back = gallery.ask(
        "query($b:String!){images(last:3,before:$b){pageInfo{hasNextPage} nodes{key}}}", b=page["edges"][0]["cursor"]
    )["images"]
    first_of_last = keys.index(page["edges"][0]["node"]["key"])
    assert [node["key"] for node in back["nodes"]] == keys[first_of_last - 3 : first_of_last]


def test_newest_first_and_undated_last(gallery: Gallery) -> None:
    edges = gallery.ask(PAGE, n=200)["images"]["edges"]
    times = [edge["node"]["taken"] for edge in edges]
    assert times[-1] is None
    assert times[:-1] == sorted(times[:-1], reverse=True)
    assert times[0] == "2019-12-03T10:23:00"


def test_an_image_with_everything_it_is_connected_to(gallery: Gallery) -> None:
    image = gallery.ask(
        """query($f: ImageFilter!) { images(filter: $f) { nodes {
             id key name format fileSize width height orientation taken make conditions sizeWord thumbhash mediaVersion
             smallUrl largeUrl originalUrl alt palette { hex share } metadata offline favorite
             place { key name level chain { key name } parent { name } }
             tags { label kind score boxes { x0 y1 } synset { definition chain { label } } }
             faces { age gender emotion box { x0 } person { name } }
             files { path present stages { stage state } }
             why(filter: $f) { text via }
        } } }""",
        f={"tag": {"any": ["clothing"]}, "place": {"within": ["country:HR"]}, "path": {"name": ["photo 03"]}},
    )["images"]["nodes"][0]
    assert (image["name"], image["width"], image["height"], image["make"]) == ("photo 03.jpg", 60, 40, "Sony")
    assert image["smallUrl"] == f"/media/{image['key']}/{image['mediaVersion']}/small.jpg"
    assert b64decode(image["thumbhash"]) == b"\x01\x02\x03"
    assert [step["name"] for step in image["place"]["chain"]] == [
        "Dubrovnik",
        "Dubrovačko-Neretvanska",
        "Croatia",
        "Europe",
    ]
    assert image["tags"][0]["label"] == "gown"
    assert "clothing" in [step["label"] for step in image["tags"][0]["synset"]["chain"]]
    assert image["files"][0]["path"] == str(gallery.folder / "photo 03.jpg")
    assert {stage["state"] for stage in image["files"][0]["stages"]} == {"done"}
    assert image["offline"] is False
    assert "gown" in image["alt"] and "Dubrovnik" in image["alt"]
    assert any(
        via.startswith("gown > ") and via.endswith("clothing") for reason in image["why"] for via in reason["via"]
    )


def test_size_is_upright(gallery: Gallery) -> None:
    query = "query($f: ImageFilter) { images(filter: $f) { nodes { width height orientation } } }"
    assert gallery.ask(query, f={"path": {"name": ["photo 05"]}})["images"]["nodes"] == [
        {"width": 40, "height": 60, "orientation": 6}
    ]


def test_nodes_by_global_id(gallery: Gallery) -> None:
    key = gallery.ask("{images(first:1){nodes{key}}}")["images"]["nodes"][0]["key"]
    ids = [
        to_global("Image", key),
        to_global("Place", "country:HR"),
        to_global("Synset", "gown.n.01"),
        to_global("Image", 4_000_000),
    ]
    found = gallery.ask(
        "query($i:[ID!]!){nodes(ids:$i){__typename id ...on Image{tags{label}} ...on Place{name} ...on Synset{label}}}",
        i=ids,
    )["nodes"]
    assert [node and node["__typename"] for node in found] == ["Image", "Place", "Synset", None]
    assert [node["id"] for node in found[:3]] == ids[:3]
    assert found[0]["tags"]
    assert gallery.refused('{node(id:"nonsense"){id}}')["extensions"]["code"] == "NOT_FOUND"


def test_a_filter_takes_global_ids_and_an_empty_list_matches_nothing(gallery: Gallery) -> None:
    count = "query($f: ImageFilter) { images(filter: $f, first: 0) { totalCount } }"
    key = gallery.ask("{images(first:1){nodes{key}}}")["images"]["nodes"][0]["key"]
    for filter_, expected in (
        ({"ids": [to_global("Image", key)]}, 1),
        ({"ids": [f"image:{key}"]}, 1),
        ({"ids": []}, 0),
        ({"tag": {"any": [to_global("Synset", "gown.n.01")]}}, PHOTOS // 2),
        ({"place": {"within": [to_global("Place", "country:HR")]}}, PHOTOS // 3),
        ({"tag": None}, PHOTOS),
        ({"not": {"taken": {"from": "2019-01-01"}}}, 1),
    ):
        assert gallery.ask(count, f=filter_)["images"]["totalCount"] == expected, filter_


def test_facets_timeline_and_places_count_the_same_images(gallery: Gallery) -> None:
    data = gallery.ask(
        """{ timeline { total buckets { key count } }
             facets(by: [TAG, CAMERA, YEAR, FACES]) { by values { value label count } }
             place(key: "country:HR") { name count parent { name } }
             tags(first: 5) { name label count kind synset { name } }
             synset(name: "clothing.n.01") { count narrowerWithImages { synset { name } count } } }"""
    )
    assert data["timeline"]["total"] == PHOTOS == sum(bucket["count"] for bucket in data["timeline"]["buckets"])
    assert data["timeline"]["buckets"][-1] == {"key": "undated", "count": 1}
    facets = {facet["by"]: {v["value"]: v["count"] for v in facet["values"]} for facet in data["facets"]}
    assert facets["TAG"]["gown.n.01"] == facets["TAG"]["convertible.n.01"] == PHOTOS // 2
    assert facets["CAMERA"] == {"Camera 0": PHOTOS // 2, "Camera 1": PHOTOS // 2}
    assert data["place"] == {"name": "Croatia", "count": PHOTOS // 3, "parent": {"name": "Europe"}}
    assert {"gown", "convertible"} <= {tag["label"] for tag in data["tags"]}
    assert data["synset"]["count"] == PHOTOS // 2
    assert all(step["count"] for step in data["synset"]["narrowerWithImages"])


def test_a_grid_unpacks_to_the_images_it_stands_for(gallery: Gallery) -> None:
    grid = gallery.ask("{grid{count id aspect taken version flags thumbhash}}")["grid"]
    n = grid["count"]
    assert n == PHOTOS
    columns = {name: b64decode(grid[name]) for name in ("id", "aspect", "taken", "version", "flags", "thumbhash")}
    ids = struct.unpack(f"<{n}I", columns["id"])
    aspect = struct.unpack(f"<{n}f", columns["aspect"])
    taken = struct.unpack(f"<{n}d", columns["taken"])
    version = struct.unpack(f"<{n}i", columns["version"])
    assert len(columns["flags"]) == n
    hashes: list[bytes] = []
    rest = columns["thumbhash"]
    while rest:
        hashes.append(rest[1 : 1 + rest[0]])
        rest = rest[1 + rest[0] :]
    assert len(hashes) == n and set(hashes) == {b"", b"\x01\x02\x03"}
    nodes = gallery.ask("{images(first:200){nodes{key width height mediaVersion taken}}}")["images"]["nodes"]
    assert list(ids) == [node["key"] for node in nodes]
    assert list(version) == [node["mediaVersion"] for node in nodes]
    assert aspect == pytest.approx([node["width"] / node["height"] for node in nodes])
    assert [t != t for t in taken] == [node["taken"] is None for node in nodes]
    bucket = gallery.ask('{grid(bucket:"2019-03", limit: 2){count}}')["grid"]
    assert bucket["count"] == 2


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{images(first: 201) {totalCount}}", {}, None),
        ('{images(after: "x\'; drop") {totalCount}}', {}, "BAD_FILTER"),
        ("query($f:ImageFilter){images(filter:$f){totalCount}}", {"f": {"rating": {"min": 5, "max": 1}}}, "BAD_FILTER"),
        ("{images(first:200){nodes{tags{synset{narrower{narrower{name}}}}}}}", {}, "TOO_MUCH"),
        ("{" + "a{" * 40 + "b" + "}" * 41, {}, "TOO_MUCH"),
        ("{nothing}", {}, None),
        ("{images {", {}, None),
    ],
)
def test_what_cannot_be_answered_is_refused_in_one_sentence(
    gallery: Gallery, query: str, variables: dict[str, Any], code: str | None
) -> None:
    error = gallery.refused(query, **variables)
    assert error["message"] and "Traceback" not in error["message"] and "Error(" not in error["message"]
    assert error.get("extensions", {}).get("code") == code


def test_a_sentence_is_understood_and_answered(gallery: Gallery) -> None:
    text = "clothing in croatia not 2020"
    found = gallery.ask(
        """query($t: String!) {
             understand(text: $t) { filter graphql description unknown chips { start end text kind negated filter } }
             search(text: $t) { totalCount nodes { name tags { label } } } }""",
        t=text,
    )
    understood = found["understand"]
    assert understood["unknown"] == []
    assert [text[chip["start"] : chip["end"]] for chip in understood["chips"]] == [
        c["text"] for c in understood["chips"]
    ]
    assert {"tag", "place", "time"} <= {chip["kind"] for chip in understood["chips"]}
    assert found["search"]["totalCount"] == PHOTOS // 6
    again = gallery.ask(PAGE, f=understood["filter"], n=200)["images"]
    assert again["totalCount"] == PHOTOS // 6
    literal = f"{{images(filter: {understood['graphql']}) {{totalCount}}}}"
    assert gallery.ask(literal)["images"]["totalCount"] == PHOTOS // 6
    assert gallery.ask('{search(text: "sony", first: 1) {totalCount}}')["search"]["totalCount"] == PHOTOS
    assert gallery.ask('{understand(text: "qwxyz") {unknown}}')["understand"]["unknown"] == ["qwxyz"]
    long = gallery.ask("query($t: String!) {understand(text: $t) {unknown}}", t="a" * 2000)
    assert long["understand"]["unknown"], "an honest answer to any length"


def test_a_bad_filter_names_the_wrong_part(gallery: Gallery) -> None:
    error = gallery.refused(PAGE, f={"and": [{}, {"taken": {"months": [13]}}]})
    assert error["extensions"]["path"] == "and.1.taken.months.0"


def test_unexpected_errors_show_an_id_only(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret path /srv/photos")

    monkeypatch.setattr("api.graphql.query.shown_grid", broken)
    error = gallery.refused("{grid{count}}")
    assert "secret" not in str(error)
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["id"] in error["message"]


def test_cost_is_told(gallery: Gallery) -> None:
    cost = gallery.post("{images(first:200){nodes{key name}}}")["extensions"]["cost"]
    assert 400 <= cost["requested"] < cost["allowed"]


def test_get_batches_and_foreign_pages_are_refused(gallery: Gallery) -> None:
    client = gallery.client
    by_get = client.get("/graphql", params={"query": "{viewer{name}}"})
    assert (by_get.status_code, by_get.headers["location"]) == (303, "/playground/")
    assert client.post("/graphql", json=[{"query": "{viewer{name}}"}] * 2).status_code == 400
    body = {"query": "{viewer{name}}"}
    assert client.post("/graphql", json=body, headers={"origin": "https://attacker.example"}).status_code == 403
    assert client.post("/graphql", json=body, headers={"origin": "null"}).status_code == 403
    assert client.post("/graphql", json=body, headers={"host": "attacker.example"}).status_code == 421
    assert client.post("/graphql", json=body, headers={"origin": gallery.address}).status_code == 200
    assert client.post(
        "/graphql", content='{"query":"{viewer{name}}"}', headers={"content-type": "text/plain"}
    ).is_error


def test_a_body_without_end_is_not_read_to_its_end(gallery: Gallery) -> None:
    body = (b" " * 100_000 for _ in range(30))
    answer = gallery.client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 413 and "bytes" in answer.text


def test_edits_are_seen_by_the_next_question_and_can_be_taken_back(gallery: Gallery) -> None:
    some = {"path": {"name": ["photo 1"]}}
    edit = gallery.ask(
        "mutation($f: ImageFilter!) { editImages(filter: $f, edit: {rating: 4, favorite: true}) { count undo } }",
        f=some,
    )["editImages"]
    rated = "{images(filter: {rating: {min: 4}, favorite: true}) { totalCount nodes { rating favorite } } }"
    found = gallery.ask(rated)["images"]
    assert edit["count"] == found["totalCount"] == 10
    assert {(node["rating"], node["favorite"]) for node in found["nodes"]} == {(4, True)}
    gallery.ask("mutation($t: String!) { undo(token: $t) }", t=edit["undo"])
    assert gallery.ask(rated)["images"]["totalCount"] == 0


def test_albums_and_people_are_made_and_changed(gallery: Gallery) -> None:
    save = "mutation($a: AlbumInput!) { saveAlbum(album: $a) { key name filter count } }"
    smart = gallery.ask(save, a={"name": "Gowns", "filter": {"tag": {"any": ["gown"]}}})["saveAlbum"]
    assert smart["count"] == PHOTOS // 2
    renamed = gallery.ask(save, a={"key": smart["key"], "name": "Dresses"})["saveAlbum"]
    assert renamed == smart | {"name": "Dresses"}
    assert [album["name"] for album in gallery.ask("{albums{name}}")["albums"]] == ["Dresses"]
    gallery.ask("mutation($k: Int!) { deleteAlbum(key: $k) }", k=smart["key"])
    assert gallery.refused(save, a={"key": smart["key"], "name": "x"})["extensions"]["code"] == "NOT_FOUND"

    person = gallery.ask('mutation { savePerson(person: {name: "Ada"}) { key name } }')["savePerson"]
    face = gallery.ask("{images(filter:{face:{}}){nodes{faces{id}}}}")["images"]["nodes"][0]["faces"][0]["id"]
    assign = "mutation($f: [Int!]!, $p: Int) { assignFaces(faceIds: $f, personKey: $p) }"
    gallery.ask(assign, f=[face], p=person["key"])
    hers = '{images(filter:{person:{any:["ada"]}}){totalCount nodes{faces{person{name count}}}}}'
    assert gallery.ask(hers)["images"] == {
        "totalCount": 1,
        "nodes": [{"faces": [{"person": {"name": "Ada", "count": 1}}]}],
    }
    gallery.ask(assign, f=[face], p=None)
    assert gallery.ask(hers)["images"]["totalCount"] == 0


def test_changes_tell_what_to_fetch_again(gallery: Gallery) -> None:
    everything = gallery.ask("{changes(first: 5000) { cursor reset changes { kind key op } }}")["changes"]
    images = [change for change in everything["changes"] if change["kind"] == "IMAGE"]
    assert len(images) == PHOTOS and {change["op"] for change in images} == {"UPSERT"}
    key = gallery.ask("{images(first:1){nodes{key}}}")["images"]["nodes"][0]["key"]
    undo = gallery.ask(
        'mutation($f: ImageFilter!) { editImages(filter: $f, edit: {title: "x"}) { undo } }',
        f={"ids": [f"image:{key}"]},
    )["editImages"]["undo"]
    since = gallery.ask("query($s:String){changes(since:$s){changes{kind key op}}}", s=everything["cursor"])["changes"]
    assert {"kind": "IMAGE", "key": str(key), "op": "UPSERT"} in since["changes"]
    gallery.ask("mutation($t: String!) { undo(token: $t) }", t=undo)


def test_failures_are_listed_with_their_reason(gallery: Gallery) -> None:
    status = gallery.ask("{ingest{running failed stages{stage state count} failures{path stage reason}}}")["ingest"]
    assert status["failures"] == [
        {
            "path": str(Path(gallery.folder) / "broken \ufffd.jpg"),
            "stage": "identify",
            "reason": "This file is cut off; copy it again from its source.",
        }
    ]
