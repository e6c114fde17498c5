"""The contract of `GraphStore`, asked of every store."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import datetime

import pytest

from schema.entries import Entry
from schema.errors import BadEdit, Conflict, NotFound, StoreUnavailable
from schema.facts import NO_TIME
from schema.filter.nodes import ImageFilter, Origin, Range
from schema.graph import (
    Album,
    Change,
    Image,
    NodeKind,
    Op,
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
from schema.likeness import NOBODY, Alike, FaceGroup, NamedRegion
from schema.store import GraphStore, Imported
from tests.schema.libraries import DONE, asset, digest, face, imported, photo, tag

RIJEKA = Place("geo:3191648", PlaceLevel.CITY, "Rijeka", "country:HR", 45.3, 14.4, "HR", 107_964)
CROATIA = Place("country:HR", PlaceLevel.COUNTRY, "Croatia", None, 45.1, 15.2, "HR")


async def one(store: GraphStore, image_id: int | None) -> Image:
    assert image_id is not None
    (image,) = await store.images([image_id])
    assert image is not None
    return image


async def names(store: GraphStore, image_id: int | None) -> set[str]:
    return {edge.tag for edge in (await one(store, image_id)).tags}


# -- what is written is read


async def test_an_image_comes_back_as_it_was_written(store: GraphStore) -> None:
    record = imported(
        7,
        path="/photos/caf\udce9 \n📷.jpg",
        width=4000,
        height=3000,
        orientation=6,
        taken=datetime(1912, 4, 14, 23, 40, 1, 250_000),
        taken_offset=-180,
        lat=0.0,
        lon=-14.5,
        exposure=1 / 250,
        place="geo:3191648",
        metadata={"Exif.Photo.Comment": "naïve"},
        conditions=("bright", "outdoors"),
        phash=2**64 - 1,
        palette=(PaletteColor("#aabbcc", 0.75), PaletteColor("#000000", 0.25)),
        embedding=b"\x00\x3c" * 4,
        embedding_model="clip",
        rating=3,
        tags=(tag("gown.n.01", score=0.5, boxes=((0.1, 0.2, 0.3, 0.4),), box_scores=(0.5,), colors=("#ff0000",)),),
        faces=(face(0.1, age=27.5, landmarks=((0.1, 0.2),) * 5, embedding=b"\0" * 8),),
        texts=(TextLine("STOP", 0.9, (0.0, 0.0, 1.0, 1.0), "ocr", "2"),),
    )
    (image_id,) = await store.write_imported([record])
    stored = await one(store, image_id)
    assert record.image is not None
    assert replace(stored, id=0, added=None, files=(), faces=()) == replace(record.image, faces=())
    assert [replace(f, id=0, image_id=0) for f in stored.faces] == list(record.image.faces)
    (file,) = stored.files
    assert replace(file, id=0) == replace(record.file, image_id=image_id, stages=DONE)


async def test_images_come_in_the_order_asked_with_only_the_edges_asked_for(store: GraphStore) -> None:
    a, b = await store.write_imported([imported(1, tags=(tag("cat.n.01"),)), imported(2)])
    assert a and b
    found = await store.images([b, 999, a, b], frozenset({"files"}))
    assert [image and image.id for image in found] == [b, None, a, b]
    assert found[2] is not None and found[2].files and not found[2].tags
    assert await store.images([]) == []


async def test_ids_are_never_given_twice(store: GraphStore) -> None:
    (first,) = await store.write_imported([imported(1)])
    assert first
    await store.delete_images([first])
    (second,) = await store.write_imported([imported(2)])
    assert second is not None and second > first


# -- which image a file belongs to


async def test_files_with_the_same_bytes_are_one_image(store: GraphStore) -> None:
    copy = Imported(asset(2, path="/photos/copy.jpg", content=1), photo(1, name="copy.jpg"), DONE)
    a, b = await store.write_imported([imported(1), copy])
    assert a == b
    stored = await one(store, a)
    assert stored.name == "000001.jpg"
    assert sorted(file.path for file in stored.files) == ["/photos/000001.jpg", "/photos/copy.jpg"]
    (facts,) = [batch async for batch in store.facts()]
    assert facts.duplicates == [("SAME_BYTES",)]


async def test_a_moved_file_keeps_what_people_said(store: GraphStore) -> None:
    (image_id,) = await store.write_imported([imported(1, faces=(face(0.1),))])
    assert image_id
    anna = await store.save_person(Person("Anna"))
    stored = await one(store, image_id)
    await store.assign_faces([stored.faces[0].id], anna.id, by_user=True)
    await store.edit_images([image_id], {"rating": 5, "add_tags": ["holiday"]})
    await store.mark_absent([stored.files[0].id])
    moved = Imported(
        asset(9, path="/photos/new/place.jpg", content=1), photo(1, name="place.jpg", faces=(face(0.1),)), DONE
    )
    assert await store.write_imported([moved]) == [image_id]
    stored = await one(store, image_id)
    assert (stored.rating, stored.name, stored.faces[0].person_id) == (5, "place.jpg", anna.id)
    assert "holiday" in await names(store, image_id)
    (facts,) = [batch async for batch in store.facts()]
    assert facts.paths == [("/photos/new/place.jpg",)] and not facts.offline[0]


async def test_changed_bytes_of_the_only_file_change_its_image(store: GraphStore) -> None:
    (image_id,) = await store.write_imported(
        [imported(1, lat=1.0, lon=2.0, title="old", tags=(tag("cat.n.01"),), metadata={"a": "b"})]
    )
    assert image_id
    await store.edit_images([image_id], {"favorite": True, "caption": "mine", "add_tags": ["keep"]})
    edited = Imported(asset(1, content=2), photo(2, tags=(tag("dog.n.01"),)), DONE, replace=True)
    assert await store.write_imported([edited]) == [image_id]
    stored = await one(store, image_id)
    assert stored.content_hash == digest(2)
    assert (stored.lat, stored.title, stored.metadata) == (None, "", {})
    assert (stored.favorite, stored.caption) == (True, "mine")
    assert await names(store, image_id) == {"dog.n.01", "keep"}


async def test_changed_bytes_of_one_of_two_files_make_a_new_image(store: GraphStore) -> None:
    copy = Imported(asset(2, content=1), photo(1), DONE)
    image_id, same = await store.write_imported([imported(1), copy])
    assert image_id == same
    (other,) = await store.write_imported([Imported(asset(2, content=3), photo(3), DONE, replace=True)])
    assert other not in (None, image_id)
    assert [file.path for file in (await one(store, image_id)).files] == ["/photos/000001.jpg"]


async def test_files_that_swap_their_names_swap_nothing_else(store: GraphStore) -> None:
    a, b = await store.write_imported([imported(1), imported(2)])
    assert a and b
    await store.edit_images([a], {"rating": 1})
    await store.edit_images([b], {"rating": 2})
    swapped = [
        Imported(asset(1, content=2), photo(2), DONE, replace=True),
        Imported(asset(2, content=1), photo(1), DONE, replace=True),
    ]
    assert await store.write_imported(swapped) == [b, a]
    assert [(await one(store, i)).rating for i in (a, b)] == [1, 2]
    assert (await one(store, a)).files[0].path == "/photos/000002.jpg"


async def test_writing_the_same_twice_changes_nothing(store: GraphStore) -> None:
    record = imported(1, tags=(tag("cat.n.01"),), faces=(face(0.1),), texts=(TextLine("a", 1.0, (0, 0, 1, 1)),))
    (first,) = await store.write_imported([record])
    before = await one(store, first)
    assert await store.write_imported([record]) == [first]
    assert await one(store, first) == before


# -- analysis again


async def test_analysis_again_replaces_only_what_the_same_model_made(store: GraphStore) -> None:
    (image_id,) = await store.write_imported(
        [
            imported(
                1,
                tags=(
                    tag("cat.n.01"),
                    tag("dog.n.01", model="detector"),
                    tag("sea", kind=TagKind.KEYWORD, origin=Origin.METADATA, model=""),
                ),
            )
        ]
    )
    again = Imported(
        asset(1),
        photo(1, tags=(tag("lion.n.01", version="2"),)),
        (StageRecord(Stage.ANALYSIS, StageState.DONE, detail="classifier@2"),),
    )
    await store.write_imported([again])
    assert await names(store, image_id) == {"lion.n.01", "dog.n.01", "sea"}
    nothing = Imported(asset(1), photo(1), (StageRecord(Stage.ANALYSIS, StageState.DONE, detail="detector@1"),))
    await store.write_imported([nothing])
    assert await names(store, image_id) == {"lion.n.01", "sea"}


async def test_analysis_again_does_not_bring_back_a_tag_that_was_removed(store: GraphStore) -> None:
    record = imported(1, tags=(tag("cat.n.01"), tag("sofa.n.01")))
    (image_id,) = await store.write_imported([record])
    assert image_id
    await store.edit_images([image_id], {"remove_tags": ["cat.n.01"]})
    await store.write_imported([record])
    assert await names(store, image_id) == {"sofa.n.01"}
    (facts,) = [batch async for batch in store.facts()]
    assert facts.tag_name == ["sofa.n.01"]
    await store.edit_images([image_id], {"add_tags": ["cat.n.01"]})
    assert "cat.n.01" in await names(store, image_id)


async def test_faces_found_again_keep_their_ids_and_their_people(store: GraphStore) -> None:
    (image_id,) = await store.write_imported([imported(1, faces=(face(0.1), face(0.5), face(0.8)))])
    first, second, third = (await one(store, image_id)).faces
    anna, ben = await store.save_person(Person("Anna")), await store.save_person(Person("Ben"))
    await store.assign_faces([first.id], anna.id, by_user=True)
    await store.assign_faces([third.id], ben.id, by_user=True)
    again = (face(0.52, version="2"), face(0.12, version="2", person_id=ben.id), face(0.3, version="2"))
    await store.write_imported([imported(1, faces=again)])
    faces = {one.id: one for one in (await one(store, image_id)).faces}
    assert faces[first.id].person_id == anna.id and faces[first.id].version == "2"
    assert faces[second.id].person_id is None and faces[second.id].box[0] == 0.52
    assert faces[third.id].person_id == ben.id, "a face somebody named is not lost when it is not found again"
    assert len(faces) == 4


async def test_a_machine_does_not_overrule_a_person(store: GraphStore) -> None:
    (image_id,) = await store.write_imported([imported(1, faces=(face(0.1),))])
    (found,) = (await one(store, image_id)).faces
    anna, ben = await store.save_person(Person("Anna")), await store.save_person(Person("Ben"))
    await store.assign_faces([found.id], None, by_user=True)
    await store.assign_faces([found.id], ben.id, by_user=False)
    assert (await store.faces([found.id]))[0].person_id is None
    await store.assign_faces([found.id], anna.id, by_user=True)
    assert (await store.faces([found.id]))[0].person_id == anna.id


async def test_what_a_person_set_stays_over_metadata(store: GraphStore) -> None:
    where = replace(imported(1, rating=2, title="from file", place="country:HR"), places=(CROATIA, RIJEKA))
    (image_id,) = await store.write_imported([where])
    assert image_id
    await store.edit_images([image_id], {"rating": None, "title": "mine", "place": RIJEKA.key})
    await store.write_imported([where])
    stored = await one(store, image_id)
    assert (stored.rating, stored.title, stored.place) == (None, "mine", RIJEKA.key)
    assert stored.place_origin is Origin.USER
    (facts,) = [batch async for batch in store.facts()]
    assert facts.place == [RIJEKA.key] and facts.title == ["mine"] and facts.rating[0] != facts.rating[0]


async def test_fields_left_out_do_not_erase(store: GraphStore) -> None:
    (image_id,) = await store.write_imported([imported(1, lat=1.5, make="SONY", metadata={"a": "b"})])
    await store.write_imported([imported(1, nsfw=0.25)])
    stored = await one(store, image_id)
    assert (stored.lat, stored.make, stored.metadata, stored.nsfw) == (1.5, "SONY", {"a": "b"}, 0.25)


# -- what programs and files say of faces and pictures


async def test_faces_are_grouped_but_what_a_person_said_stays(store: GraphStore) -> None:
    vector = b"\0\0\x80?" * 4
    (a, b) = await store.write_imported(
        [imported(1, faces=(face(0.1, embedding=vector), face(0.5))), imported(2, faces=(face(0.1),))]
    )
    first, second, third = [found for i in (a, b) for found in (await one(store, i)).faces]
    anna = await store.save_person(Person("Anna"))
    await store.assign_faces([third.id], anna.id, by_user=True)
    unnamed, gone = await store.group_faces([FaceGroup((first.id, third.id)), FaceGroup((second.id,), person=404)])
    assert gone == NOBODY and unnamed not in (NOBODY, anna.id)
    (rows,) = [batch async for batch in store.face_rows()]
    assert (rows.id.tolist(), rows.image.tolist()) == ([first.id, second.id, third.id], [a, a, b])
    assert rows.person.tolist() == [unnamed, NOBODY, anna.id] and rows.settled.tolist() == [False, False, True]
    assert rows.vector == [vector, b"", b""]
    assert b is not None
    assert [len(batch) async for batch in store.face_rows([b, 77])] == [1]
    head = await store.head()
    (again,) = await store.group_faces([FaceGroup((second.id,), absorbs=(unnamed,))])
    assert {person.id for person in await store.people()} == {anna.id, again}, "nobody is left without a face"
    changes, _, _ = await store.changes(head)
    assert {(change.kind, change.id, change.op) for change in changes} == {
        (NodeKind.IMAGE, a, Op.UPSERT),
        (NodeKind.PERSON, again, Op.UPSERT),
        (NodeKind.PERSON, unnamed, Op.DELETE),
    }


async def test_pictures_that_are_alike_are_marked_and_told(store: GraphStore) -> None:
    a, b, c = await store.write_imported([imported(n, phash=n, width=4, height=3, orientation=6) for n in (1, 2, 3)])
    assert a and b and c
    await store.mark_alike({b: Alike(duplicate_of=a), c: Alike(burst_of=a)})
    head = await store.head()
    await store.mark_alike({b: Alike(duplicate_of=a)})
    assert await store.head() == head, "what is so already is no change"
    looks = [batch async for batch in store.look_rows(batch=2)]
    assert [batch.id.tolist() for batch in looks] == [[a, b], [c]]
    assert [group for batch in looks for group in batch.duplicate_of.tolist()] == [NOBODY, a, NOBODY]
    assert looks[1].burst_of.tolist() == [a] and looks[0].width.tolist() == [3, 3]
    (facts,) = [batch async for batch in store.facts()]
    assert facts.duplicates == [("SAME_PICTURE", "BURST"), ("SAME_PICTURE",), ("BURST",)]
    await store.delete_images([a])
    changes, _, _ = await store.changes(head)
    told = [(change.id, change.op) for change in changes if change.kind is NodeKind.IMAGE]
    assert sorted(told) == [(a, Op.DELETE), (b, Op.UPSERT), (c, Op.UPSERT)]
    assert [(image and (image.duplicate_of, image.burst_of)) for image in await store.images([b, c])] == [
        (None, None)
    ] * 2


async def test_whom_a_file_names_is_known_by_name_as_long_as_it_says_so(store: GraphStore) -> None:
    anna = await store.save_person(Person("Anna"))
    box = face(0.1).box
    record = replace(
        imported(1, faces=(face(0.1),)), regions=(NamedRegion("anna", box), NamedRegion("Ben", face(0.7).box))
    )
    (image_id,) = await store.write_imported([record])
    found = (await one(store, image_id)).faces
    ben = next(person for person in await store.people() if person.name == "Ben")
    assert [each.person_id for each in found] == [anna.id, ben.id]
    assert {each.person_origin for each in found} == {Origin.METADATA} and found[1].model == ""
    await store.write_imported([replace(record, regions=())])
    assert [each.person_id for each in (await one(store, image_id)).faces] == [None]
    assert [person.name for person in await store.people()] == ["Anna", "Ben"], "who has a name stays"


# -- files and stages


async def test_a_scan_finds_new_changed_and_returning_files(store: GraphStore) -> None:
    new = [replace(asset(n), content_hash="") for n in (3, 1, 2)]
    ids = await store.discover(new)
    assert await store.discover(new) == ids
    stamps = [stamp async for batch in store.known_files("/photos") for stamp in batch]
    assert [stamp.path for stamp in stamps] == sorted(file.path for file in new)
    assert [file.id for file in await store.pending_files(10)] == sorted(ids)
    await store.write_imported([imported(n) for n in (1, 2, 3)])
    assert await store.pending_files(10) == []
    await store.discover([replace(new[0], device=99)])
    assert await store.pending_files(10) == [], "another mount is no change"
    await store.discover([replace(new[0], inode=4711)])
    (changed,) = await store.pending_files(10)
    assert changed.id == ids[0] and changed.content_hash == digest(3)
    await store.mark_absent([ids[0]])
    assert await store.pending_files(10) == []
    assert {count.stage: count.count for count in await store.stage_counts()} == dict.fromkeys(Stage, 2)


async def test_what_was_seen_of_a_file_while_it_was_read_stays_so(store: GraphStore) -> None:
    (file_id,) = await store.discover([replace(asset(1), content_hash="")])
    await store.mark_absent([file_id])
    await store.write_imported([imported(1)])
    (stamp,) = [stamp async for batch in store.known_files("/photos") for stamp in batch]
    assert not stamp.present and stamp.content_hash == digest(1)
    await store.discover([asset(1)])
    assert [file.id for file in await store.pending_files(10)] == [file_id], "what is there again is looked at"
    await store.discover([replace(asset(1), mtime_ns=1)])
    analyzed = tuple(stage for stage in DONE if stage.stage is Stage.ANALYSIS)
    await store.write_imported([replace(imported(1), stages=analyzed)])
    (pending,) = await store.pending_files(10)
    assert pending.mtime_ns == 1, "models say nothing of the file"


def called_after_files(image: Image) -> tuple[str, tuple[TagEdge, ...]]:
    paths = [file.path for file in image.files if file.present]
    return min(paths), tuple(TagEdge(path, TagKind.WORD, origin=Origin.RULE) for path in paths)


async def test_images_are_called_after_the_files_that_are_there(store: GraphStore) -> None:
    async def called(image_id: int | None) -> tuple[str, set[str]]:
        image = await one(store, image_id)
        return image.name, {edge.tag for edge in image.tags}

    def copy(path: str, content: int = 1) -> Imported:
        cat = tag("cat.n.01"), TagEdge(path, TagKind.WORD, origin=Origin.RULE)
        image = photo(content, name=path, tags=cat)
        return Imported(asset(content, path=path, content=content), image, DONE)

    (image_id,) = await store.write_imported([copy("/photos/b")], called_after_files)
    assert await called(image_id) == ("/photos/b", {"cat.n.01", "/photos/b"})
    await store.write_imported([copy("/photos/a"), copy("/photos/c")], called_after_files)
    assert await called(image_id) == ("/photos/a", {"cat.n.01", "/photos/a", "/photos/b", "/photos/c"})
    files = {file.path: file for file in (await one(store, image_id)).files}
    head = await store.head()
    await store.mark_absent([files["/photos/c"].id], describe=called_after_files)
    assert await called(image_id) == ("/photos/a", {"cat.n.01", "/photos/a", "/photos/b"})
    assert await store.head() != head
    await store.write_imported([copy("/photos/a", 2)], called_after_files)
    assert await called(image_id) == ("/photos/b", {"cat.n.01", "/photos/b"}), "another picture lies there now"
    await store.mark_absent([files["/photos/b"].id], describe=called_after_files)
    assert await called(image_id) == ("/photos/b", {"cat.n.01", "/photos/b"}), (
        "the last that is known, when none is there"
    )
    await store.mark_absent([files["/photos/c"].id], present=True, describe=called_after_files)
    assert await called(image_id) == ("/photos/c", {"cat.n.01", "/photos/c"})


async def test_what_is_looked_at_comes_first(store: GraphStore) -> None:
    ids = await store.write_imported([imported(n) for n in range(1, 6)])
    await store.retry(stage="analysis", failed_only=False)
    assert ids[3] is not None
    pending = await store.pending_files(3, first=[ids[3]])
    assert [file.image_id for file in pending] == [ids[3], ids[0], ids[1]]


async def test_a_failure_is_listed_and_can_be_tried_again(store: GraphStore) -> None:
    (file_id,) = await store.discover([asset(1)])
    await store.retry(failed_only=False)
    broken = Imported(asset(1), None, (StageRecord(Stage.IDENTIFY, StageState.FAILED, "Cut off."),))
    assert await store.write_imported([broken]) == [None]
    assert await store.pending_files(10) == [], "what waits behind a failure is not tried for ever"
    (failure,) = await store.failed_files()
    assert (failure.file_id, failure.stage, failure.reason, failure.attempts) == (file_id, "identify", "Cut off.", 1)
    assert await store.retry(file_ids=[file_id]) == 1
    (waiting,) = await store.pending_files(10)
    assert {record.state for record in waiting.stages} == {StageState.PENDING}
    await store.write_imported([broken])
    assert (await store.failed_files())[0].attempts == 2
    assert await store.retry(stage="analysis") == 0


async def test_offline_is_not_deleted_and_purge_is_explicit(store: GraphStore) -> None:
    a, b = await store.write_imported([imported(1), imported(2, root="/usb")])
    assert a and b
    (file,) = (await one(store, b)).files
    await store.mark_absent([file.id])
    facts = [batch async for batch in store.facts([b, a, 77])]
    assert facts[0].offline.tolist() == [False, True] and facts[0].paths[1] == (file.path,)
    assert await store.purge_absent("/photos") == 0
    assert await store.purge_absent("/usb") == 1
    assert await store.images([b]) == [None]
    (again,) = await store.write_imported([imported(2, root="/usb")])
    assert again is not None, "purging is not forgetting"


async def test_a_removed_image_is_not_imported_again(store: GraphStore) -> None:
    (image_id,) = await store.write_imported([imported(1)])
    assert image_id
    await store.delete_images([image_id])
    assert await store.find_by_hash([digest(1)]) == {}
    assert await store.write_imported([imported(1), imported(1, path="/photos/moved.jpg")]) == [None, None]
    assert await store.pending_files(10) == []
    (other,) = await store.write_imported([Imported(asset(1, content=5), photo(5), DONE, replace=True)])
    assert other is not None
    stamps = [stamp async for batch in store.known_files("/photos") for stamp in batch]
    (moved,) = (stamp for stamp in stamps if stamp.path.endswith("moved.jpg"))
    await store.retry(file_ids=[moved.id], failed_only=False)
    assert (await store.write_imported([imported(1, path="/photos/moved.jpg")]))[0] is not None


async def test_nothing_asked_for_is_nothing_done(store: GraphStore) -> None:
    await store.write_imported([imported(1)])
    head = await store.head()
    await store.mark_absent([])
    await store.assign_faces([], None, by_user=True)
    await store.mark_alike({})
    await store.delete_images([])
    assert await store.group_faces([]) == await store.discover([]) == await store.write_imported([]) == []
    assert await store.faces([]) == await store.people([]) == await store.places([]) == await store.albums([]) == []
    assert await store.find_by_hash([]) == {}
    for stream in (store.facts([]), store.face_rows([]), store.look_rows([])):
        assert not [batch async for batch in stream if len(batch)]
    assert await store.head() == head


# -- edits, undo, people, albums


async def test_an_edit_is_undone_exactly(store: GraphStore) -> None:
    ids = [i for i in await store.write_imported([imported(n, tags=(tag("cat.n.01"),)) for n in (1, 2)]) if i]
    album = await store.save_album(Album("Trip"))
    await store.edit_images(ids[:1], {"rating": 2, "add_tags": ["mine"], "add_albums": [album.id]})
    before = await store.images(ids)
    token = await store.edit_images(
        ids,
        {
            "rating": 5,
            "favorite": True,
            "title": "x",
            "trashed": True,
            "add_tags": ["mine"],
            "remove_tags": ["cat.n.01"],
            "add_albums": [album.id],
        },
    )
    assert [image and image.rating for image in await store.images(ids)] == [5, 5]
    assert await store.album_members(album.id) == ids
    await store.undo(token)
    assert await store.images(ids) == before
    assert await store.album_members(album.id) == ids[:1]
    with pytest.raises(NotFound):
        await store.undo(token)


async def test_undo_leaves_alone_what_was_edited_since(store: GraphStore) -> None:
    (image_id,) = await store.write_imported([imported(1)])
    assert image_id
    first = await store.edit_images([image_id], {"rating": 2, "title": "first"})
    await store.edit_images([image_id], {"title": "second", "favorite": True})
    await store.undo(first)
    stored = await one(store, image_id)
    assert (stored.rating, stored.title, stored.favorite) == (None, "second", True)
    token = await store.edit_images([image_id], {"rating": 4, "add_tags": ["x"]})
    await store.delete_images([image_id])
    await store.undo(token)


@pytest.mark.parametrize("edit", [{"rating": 6}, {"colour": 1}, {"add_tags": [" "]}, {"place": "geo:404"}])
async def test_a_wrong_edit_changes_nothing(store: GraphStore, edit: dict[str, object]) -> None:
    (image_id,) = await store.write_imported([imported(1)])
    assert image_id
    head = await store.head()
    with pytest.raises(BadEdit):
        await store.edit_images([image_id], {"title": "no", **edit})
    assert (await one(store, image_id)).title == "" and await store.head() == head


async def test_people_are_merged(store: GraphStore) -> None:
    (image_id,) = await store.write_imported([imported(1, faces=(face(0.1), face(0.5)))])
    a, b = (await one(store, image_id)).faces
    unnamed, anna = await store.save_person(Person("")), await store.save_person(Person("Anna", birthday="1990-01-01"))
    await store.assign_faces([a.id], unnamed.id, by_user=False)
    await store.assign_faces([b.id], anna.id, by_user=True)
    head = await store.head()
    await store.merge_people(unnamed.id, [anna.id])
    assert await store.people() == [Person("Anna", unnamed.id, birthday="1990-01-01")]
    assert {found.person_id for found in await store.faces([a.id, b.id])} == {unnamed.id}
    changes, _, _ = await store.changes(head)
    assert {(change.kind, change.id, change.op) for change in changes} == {
        (NodeKind.IMAGE, image_id, Op.UPSERT),
        (NodeKind.PERSON, unnamed.id, Op.UPSERT),
        (NodeKind.PERSON, anna.id, Op.DELETE),
    }
    with pytest.raises(NotFound):
        await store.merge_people(unnamed.id, [anna.id])


async def test_albums_nest_and_smart_albums_keep_their_filter(store: GraphStore) -> None:
    outer = await store.save_album(Album("Outer"))
    inner = await store.save_album(Album("Inner", parent_id=outer.id))
    smart = await store.save_album(Album("Best", filter=ImageFilter(rating=Range(min=4))))
    assert await store.albums([smart.id]) == [smart]
    with pytest.raises(BadEdit):
        await store.save_album(replace(outer, parent_id=inner.id))
    (image_id,) = await store.write_imported([imported(1)])
    assert image_id
    with pytest.raises(BadEdit):
        await store.edit_images([image_id], {"add_albums": [smart.id]})
    await store.delete_album(outer.id)
    assert await store.albums([inner.id]) == [replace(inner, parent_id=None)]


# -- feed and facts


async def test_the_feed_keeps_the_newest_change_of_each_node(store: GraphStore) -> None:
    a, b = await store.write_imported([imported(1), imported(2)])
    assert a and b
    start = await store.head()
    await store.edit_images([a, b], {"rating": 1})
    await store.edit_images([a], {"rating": 2})
    await store.delete_images([b])
    changes, cursor, reset = await store.changes(start)
    assert not reset and cursor == await store.head()
    assert [(change.id, change.op) for change in changes if change.kind is NodeKind.IMAGE] == [
        (a, Op.UPSERT),
        (b, Op.DELETE),
    ]
    assert await store.changes(cursor) == ([], cursor, False)
    everything, _, _ = await store.changes(None)
    assert [change.seq for change in everything] == sorted(change.seq for change in everything)
    paged: list[Change] = []
    after: str | None = None
    while True:
        page, after, _ = await store.changes(after, limit=1)
        if not page:
            break
        paged += page
    assert paged == everything


@pytest.mark.parametrize("cursor", ["", "nonsense", "ffffffffffff-1", "-1", "9" * 5000])
async def test_a_foreign_cursor_means_start_anew(store: GraphStore, cursor: str) -> None:
    await store.write_imported([imported(1)])
    assert await store.changes(cursor) == ([], await store.head(), True)


async def test_a_cursor_from_the_future_means_start_anew(store: GraphStore) -> None:
    epoch, _, seq = (await store.head()).rpartition("-")
    assert (await store.changes(f"{epoch}-{int(seq) + 1}"))[2]


async def test_waiting_ends_with_a_change(store: GraphStore) -> None:
    head = await store.head()
    assert not await store.wait_for_change(0.1)
    waiting = asyncio.create_task(store.wait_for_change(10, since=head))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await store.write_imported([imported(1)])
    assert await asyncio.wait_for(waiting, 2)
    await asyncio.create_task(store.changes(None))
    assert await store.wait_for_change(0), "a change made before the wait, and read by another task only, counts"
    assert not await store.wait_for_change(0)
    assert await store.wait_for_change(0, since="another life")


async def test_facts_are_the_graph_as_columns(store: GraphStore) -> None:
    a, b, c = await store.write_imported(
        [
            imported(1, width=40, height=30, orientation=8, taken=datetime(1969, 12, 31, 23, 59, 59, 500_000)),
            imported(2, faces=(face(0.1), face(0.5)), tags=(tag("cat.n.01", count=2),), flash=False, phash=2**63),
            imported(3, texts=(TextLine("A", 1, (0, 0, 1, 1)), TextLine("B", 1, (0, 0, 1, 1)))),
        ]
    )
    assert a and b and c
    album = await store.save_album(Album("Trip"))
    await store.edit_images([c], {"favorite": True, "add_albums": [album.id], "trashed": True})
    batches = [batch async for batch in store.facts(batch=2)]
    assert [batch.id.tolist() for batch in batches] == [[a, b], [c]]
    first, last = batches
    assert (first.width[0], first.height[0], first.taken.tolist()) == (30, 40, [-1, NO_TIME])
    assert first.flash.tolist() == [-1, 0] and first.phash[1] == 2**63 and first.has_phash.tolist() == [False, True]
    assert (first.tag_row.tolist(), first.tag_name, first.tag_count.tolist()) == ([1], ["cat.n.01"], [2])
    assert first.face_row.tolist() == [1, 1] and first.face_person.tolist() == [-1, -1]
    assert last.ocr == ["A\nB"] and last.albums == [(album.id,)]
    assert last.favorite[0] and last.trashed[0]


async def test_settings_are_kept(store: GraphStore) -> None:
    assert await store.get_setting("theme") is None
    await store.put_setting("theme", "dark")
    assert await store.get_setting("theme") == "dark"


async def test_nothing_is_kept_of_a_batch_with_a_wrong_record(store: GraphStore) -> None:
    head = await store.head()
    wrong = imported(2, faces=(face(0.1, person_id=404),))
    with pytest.raises(Exception, match=r"FOREIGN KEY|no person"):
        await store.write_imported([imported(1, tags=(tag("new.n.01"),)), wrong])
    assert await store.head() == head and await store.find_by_hash([digest(1)]) == {}
    (image_id,) = await store.write_imported([imported(1, tags=(tag("new.n.01"),))])
    assert await names(store, image_id) == {"new.n.01"}


async def test_a_closed_library_says_so_and_closes_again(store: GraphStore) -> None:
    await store.write_imported([imported(1)])
    await store.close()
    await store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        await store.head()


async def test_entries_are_written_once_listed_in_order_and_expire(store: GraphStore) -> None:
    first = await store.put_entry(Entry("code", "b", {"for": "ann", "ß": [1, None]}, owner="ann"), expected=0)
    await store.put_entry(Entry("code", "a", owner="bob", expires=time.time() + 60))
    await store.put_entry(Entry("code", "c", owner="ann", expires=time.time() - 1))
    assert await store.entry("code", "b") == first
    assert first.version == 1
    assert [entry.key for entry in await store.entries("code")] == ["a", "b"]
    assert [entry.key for entry in await store.entries("code", newest=True, limit=1)] == ["b"]
    assert [entry.key for entry in await store.entries("code", after="a")] == ["b"]
    assert [entry.key for entry in await store.entries("code", owner="bob")] == ["a"]
    with pytest.raises(Conflict):
        await store.put_entry(first, expected=0)
    second = await store.put_entry(replace(first, body={}), expected=1)
    assert second.version == 2
    assert await store.purge_expired_entries() == 1
    taken = await asyncio.gather(*(store.delete_entry("code", "b") for _ in range(8)))
    assert taken.count(True) == 1
