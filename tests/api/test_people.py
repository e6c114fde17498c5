"""People and duplicates through the public door; what is said is taken back at the end."""

from __future__ import annotations

from schema.likeness import Alike
from tests.api.conftest import Gallery

FACE = """{ images(filter: {face: {count: {min: 1}}}) { nodes {
  key faces { id url confirmed ageRange { min max } person { key name } }
} } }"""
LIST = "{ peopleList { totalCount nodes { key name count birthday cover { id imageKey } } } }"


def test_a_face_is_named_aged_split_and_dismissed(gallery: Gallery) -> None:
    (image,) = gallery.ask(FACE)["images"]["nodes"]
    (face,) = image["faces"]
    assert face["person"] is None
    assert face["ageRange"] == {"min": 21, "max": 33}, "an estimate is a range"
    crop = gallery.client.get(face["url"])
    assert crop.status_code == 200 and crop.content.startswith(b"\xff\xd8")
    assert gallery.client.get(face["url"], headers={"if-none-match": crop.headers["etag"]}).status_code == 304
    assert gallery.client.get("/media/face/99999.jpg").status_code == 404

    naming = "mutation($ids: [Int!]!, $name: String!) { nameFaces(faceIds: $ids, name: $name) { key name } }"
    ana = gallery.ask(naming, ids=[face["id"]], name="  Ana  Marić ")["nameFaces"]
    assert ana["name"] == "Ana Marić"
    assert gallery.ask(naming, ids=[face["id"]], name="ana maric")["nameFaces"]["key"] == ana["key"], "found by name"
    (listed,) = [person for person in gallery.ask(LIST)["peopleList"]["nodes"] if person["key"] == ana["key"]]
    assert listed["count"] == 1 and listed["cover"] == {"id": face["id"], "imageKey": image["key"]}

    saving = "mutation($p: PersonInput!) { savePerson(person: $p) { birthday } }"
    gallery.ask(saving, p={"key": ana["key"], "birthday": "1979-02-04"})
    (image,) = gallery.ask(FACE)["images"]["nodes"]
    assert image["faces"][0]["ageRange"] == {"min": 39, "max": 39}, "taken a day before the fortieth birthday"
    aged = gallery.ask("{ images(filter: {face: {age: {min: 39, max: 39}}}) { totalCount } }")
    assert aged["images"]["totalCount"] == 1

    refused = gallery.refused(
        "mutation($k: Int!, $f: [Int!]!) { splitPerson(key: $k, faceIds: $f) { key } }", k=ana["key"], f=[face["id"]]
    )
    assert "All faces were chosen" in refused["message"]
    assert gallery.ask("mutation($k: Int!) { dismissPerson(key: $k) }", k=ana["key"])["dismissPerson"] == 1
    assert ana["key"] not in {person["key"] for person in gallery.ask(LIST)["peopleList"]["nodes"]}


def test_duplicates_are_shown_in_groups_until_they_are_kept(gallery: Gallery) -> None:
    keys = [node["key"] for node in gallery.ask("{ images(first: 3) { nodes { key } } }")["images"]["nodes"]]
    best, copy, other = keys
    gallery.run(gallery.library.store.mark_alike({copy: Alike(duplicate_of=best), other: Alike(burst_of=best)}))
    gallery.run(gallery.library.refresh())
    query = """query($kind: DuplicateKind!) {
      duplicates(kind: $kind) { totalCount nodes { images { key files { path } } } }
    }"""
    found = gallery.ask(query, kind="SAME_PICTURE")["duplicates"]
    assert [[image["key"] for image in group["images"]] for group in found["nodes"]] == [[best, copy]]
    bursts = gallery.ask("{ images(filter: {duplicate: [BURST]}) { nodes { key } } }")["images"]["nodes"]
    assert {image["key"] for image in bursts} == {best, other}
    keeping = "mutation($keys: [Int!]!) { keepAll(imageKeys: $keys) }"
    for some in ([best, copy], [best, other]):
        assert gallery.ask(keeping, keys=some)["keepAll"]
    for kind in ("SAME_PICTURE", "BURST", "SAME_BYTES"):
        assert gallery.ask(query, kind=kind)["duplicates"]["totalCount"] == 0
