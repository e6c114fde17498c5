"""Sentences over GraphQL: chips that turn, pages that end, near questions, wider results, and any text at all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import PHOTOS, Gallery

CHIPS = """
query($t: String!, $e: [ChipEdit!]) { understand(text: $t, edits: $e) {
  description filter graphql unknown order { by descending } limit
  chips { start text kind description negated edited
          variants { how choice description filter graphql count } alternatives { description } }
} }"""
SEARCH = """
query($t: String!, $n: Int, $a: String, $e: [ChipEdit!]) { search(text: $t, first: $n, after: $a, edits: $e) {
  totalCount nodes { key name } pageInfo { hasNextPage endCursor }
  relaxations { description count filter edits { at how choice } }
  wider { description filter images(first: 3) { totalCount nodes { key } } }
} }"""
COUNT = "query($f: ImageFilter) { images(filter: $f, first: 0) { totalCount } }"


def count(gallery: Gallery, filter: Any) -> int:
    found: int = gallery.ask(COUNT, f=filter)["images"]["totalCount"]
    return found


def test_every_turn_of_a_chip_is_a_question_with_its_count(gallery: Gallery) -> None:
    understood = gallery.ask(CHIPS, t="gown in dubrovnik")["understand"]
    assert understood["order"] == {"by": "RELEVANCE", "descending": True}
    gown, place = understood["chips"]
    turns = {(one["how"], one["choice"]): one for one in gown["variants"]}
    assert turns["NOT", 0]["description"] == "without a gown"
    assert turns["BROADER", 0]["count"] >= count(gallery, understood["filter"])
    assert ("BROADER", 0) in {(one["how"], one["choice"]) for one in place["variants"]}
    for chip in understood["chips"]:
        for one in chip["variants"]:
            assert one["count"] == count(gallery, one["filter"])
            edit = {"at": chip["start"], "how": one["how"], "choice": one["choice"]}
            again = gallery.ask(CHIPS, t="gown in dubrovnik", e=[edit])["understand"]
            assert again["filter"] == one["filter"] and again["graphql"] == one["graphql"]
    back = [{"at": 0, "how": "NOT"}, {"at": 0, "how": "NOT"}]
    assert gallery.ask(CHIPS, t="gown in dubrovnik", e=back)["understand"]["filter"] == understood["filter"]


def test_a_filter_turns_like_a_sentence(gallery: Gallery) -> None:
    told = gallery.ask(
        """query($f: ImageFilter!, $m: ImageFilter) { conditions(filter: $f, among: $m) {
             chips { start description variants { how filter count } } } }""",
        f={"tag": {"any": ["gown"], "none": ["convertible"]}},
        m={"place": {"within": ["country:HR"]}},
    )["conditions"]
    assert [chip["description"] for chip in told["chips"]] == ["showing a gown", "without a convertible"]
    for chip in told["chips"]:
        for one in chip["variants"]:
            assert one["count"] == count(gallery, {"and": [one["filter"], {"place": {"within": ["country:HR"]}}]})


def test_the_number_asked_for_holds_over_pages(gallery: Gallery) -> None:
    keys: list[int] = []
    after: str | None = None
    while True:
        page = gallery.ask(SEARCH, t="latest 7 photos", n=3, a=after)["search"]
        assert page["totalCount"] == 7
        keys += [node["key"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    newest = gallery.ask("{ images(first: 7) { nodes { key } } }")["images"]["nodes"]
    assert keys == [node["key"] for node in newest]
    assert gallery.ask(SEARCH, t="latest 7 photos", n=3, a=after)["search"]["nodes"] == []
    assert "cursor" in gallery.refused(SEARCH, t="gown", a="x")["message"]


def test_nothing_found_offers_the_nearest_questions_that_have_pictures(gallery: Gallery) -> None:
    found = gallery.ask(SEARCH, t="gown in dubrovnik in 1950")["search"]
    assert found["totalCount"] == 0
    assert 1 <= len(found["relaxations"]) <= 3
    for near in found["relaxations"]:
        assert near["count"] == count(gallery, near["filter"]) > 0
        again = gallery.ask(SEARCH, t="gown in dubrovnik in 1950", e=near["edits"])["search"]
        assert again["totalCount"] == near["count"]
    assert gallery.ask(SEARCH, t="gown")["search"]["relaxations"] == []


def test_wider_results_are_apart(gallery: Gallery) -> None:
    found = gallery.ask(SEARCH, t="gown in dubrovnik", n=200)["search"]
    exact = {node["key"] for node in found["nodes"]}
    wider = found["wider"]
    assert wider["images"]["totalCount"] == count(gallery, wider["filter"]) > 0
    assert not exact & {node["key"] for node in wider["images"]["nodes"]}


def test_this_is_the_picture_on_the_screen(gallery: Gallery) -> None:
    image = gallery.ask("{ images(first: 1) { nodes { id key } } }")["images"]["nodes"][0]
    asked = "query($t: String!, $c: ID) { understand(text: $t, current: $c) { filter unknown } }"
    told = gallery.ask(asked, t="most similar to this", c=image["id"])["understand"]
    assert told["filter"]["similar"]["to"] == f"image:{image['key']}" and told["unknown"] == []
    assert gallery.ask(asked, t="most similar to this")["understand"]["unknown"]


def test_why_names_the_branch_the_edge_and_the_way_up(gallery: Gallery) -> None:
    told = gallery.ask(
        """query($f: ImageFilter!) { images(filter: $f, first: 1) { nodes { why(filter: $f) {
             text path via evidence { kind label score model path } } } } }""",
        f={"and": [{"tag": {"any": ["clothing"]}}, {"place": {"within": ["country:HR"]}}]},
    )["images"]["nodes"][0]["why"]
    by = {one["path"]: one for one in told}
    tag = by["and.0.tag"]["evidence"][0]
    assert tag["label"] == "gown" and tag["score"] == pytest.approx(0.9) and tag["path"][-1] == "clothing"
    assert by["and.1.place"]["evidence"][0]["path"][-1] == "Croatia"


def test_makers_models_and_far_places_are_known_by_name(gallery: Gallery) -> None:
    told = gallery.ask(CHIPS, t="sony in Tokyo")["understand"]
    assert told["unknown"] == [] and "Tokyo" in told["description"] and "geo:" not in told["description"]
    assert told["filter"]["camera"]["make"] == ["sony"]


def test_who_i_am_is_told_once(gallery: Gallery) -> None:
    save = """mutation($me: AboutMeInput!) { saveAboutMe(me: $me) { person { key } home { lat lon km }
                relations { relation person { name } } } }"""
    person = gallery.ask('mutation { savePerson(person: { name: "Mia Novak" }) { key } }')["savePerson"]["key"]
    assert gallery.ask(CHIPS, t="my daughter at home")["understand"]["unknown"]
    told = gallery.ask(
        save,
        me={"relations": [{"relation": "daughter", "personKey": person}], "home": {"lat": 42.64, "lon": 18.1, "km": 1}},
    )["saveAboutMe"]
    assert told["relations"] == [{"relation": "daughter", "person": {"name": "Mia Novak"}}]
    found = gallery.ask(CHIPS, t="my daughter at home")["understand"]
    assert found["unknown"] == [] and found["filter"]["person"]["any"] == [f"person:{person}"]
    assert found["filter"]["place"]["near"]["km"] == 1
    assert "relation" in gallery.refused(save, me={"relations": [{"relation": "spaceship", "personKey": 1}]})["message"]
    assert gallery.ask(save, me={"person": None, "relations": [], "home": None})["saveAboutMe"]["home"] is None


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "x" * 10_000, "dog " * 2500, "🐶🏖️", "كلب على الشاطئ", "собака на пляже", "\u202egnp.exe",
        "'; DROP TABLE images; --", "{ images { totalCount } }", "dog and not dog", "before 2010 and after 2020",
        "((((((", "not not not", "in in in", "\x00\x01", "a\nb", '"', "tag:", "-", "iso:>9..<2",
    ],
)  # fmt: skip
def test_any_text_has_an_honest_answer(gallery: Gallery, text: str) -> None:
    told = gallery.ask("query($t: String!) { understand(text: $t) { filter unknown chips { text } } }", t=text)
    told = told["understand"]
    found = gallery.ask(SEARCH, t=text, n=1)["search"]
    assert found["totalCount"] == count(gallery, told["filter"])
    assert told["unknown"] or told["chips"] or found["totalCount"] == PHOTOS
