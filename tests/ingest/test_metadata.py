"""Fields as cameras and editors really write them; nothing made up, nothing raised."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from ingest.conditions import lens_words, light_words, size_word
from ingest.field_values import coordinate, date, number, offset, plain_text, shown
from ingest.identify import identify
from ingest.metadata import Metadata, read_metadata
from ingest.opening import open_picture
from ingest.rule_tags import path_words, rule_tags
from ingest.upright import upright_box
from ingest.xmp import NOTHING, read_xmp
from schema.graph import AssetFile

Tags = dict[int, Any]


def written(
    folder: Path, main: Tags | None = None, inner: Tags | None = None, gps: Tags | None = None, xmp: str = ""
) -> Metadata:
    """What is read of a JPEG with these fields."""
    exif = Image.Exif()
    exif.update(main or {})
    exif.get_ifd(0x8769).update(inner or {})
    exif.get_ifd(0x8825).update(gps or {})
    path = folder / "a.jpg"
    Image.new("RGB", (40, 30)).save(path, exif=exif, **({"xmp": xmp.encode()} if xmp else {}))
    return read_metadata(open_picture(identify(AssetFile(str(path), str(folder), 0, 0, 0, 0)), 10**6))


@pytest.mark.parametrize(
    ("text", "moment", "zone"),
    [
        ("2019:08:09 11:03:12", datetime(2019, 8, 9, 11, 3, 12), None),
        ("2019-08-09T11:03:12.5+02:00", datetime(2019, 8, 9, 11, 3, 12, 500_000), 120),
        ("2013-10-06T08:58:04Z", datetime(2013, 10, 6, 8, 58, 4), 0),
        ("2016:02:29 23:59:60", datetime(2016, 2, 29, 23, 59, 59), None),
        ("0000:00:00 00:00:00", None, None),
        ("9999:12:31 23:59:59", None, None),
        ("2019:02:30 10:00:00", None, None),
        ("    :  :     :  :  ", None, None),
        ("", None, None),
    ],
)
def test_dates(text: str, moment: datetime | None, zone: int | None) -> None:
    assert date(text) == (None if moment is None else (moment, zone))


def test_offsets() -> None:
    assert [offset(text) for text in ("+05:30", "-0800", "Z", "+99:00", "", None)] == [330, -480, 0, None, None, None]


@pytest.mark.parametrize(
    ("parts", "ref", "found"),
    [
        ((33.0, 51.707167, 0.0), "S", -33.86178611),
        ((0.0, 0.0, 0.0), "N", 0.0),
        ((10.0, IFDRational(0, 0), 0.0), "N", None),
        ((math.nan, 0.0, 0.0), "N", None),
        ((math.inf, 0.0, 0.0), "N", None),
        ((91.0, 0.0, 0.0), "N", None),
        ((10.0, 75.0, 0.0), "N", None),
        ((10.0, 0.0, 0.0), "", None),
        ((-10.0, 0.0, 0.0), "N", None),
        ((), "N", None),
    ],
)
def test_coordinates(parts: Any, ref: str, found: float | None) -> None:
    assert coordinate(parts, ref, 90) == (found if found is None else pytest.approx(found))


def test_a_full_set_of_fields(tmp_path: Path) -> None:
    found = written(
        tmp_path,
        {0x010F: "Maker\x00junk", 0x0110: " Camera ", 0x0131: "Soft", 0x4746: 4, 0x9C9B: "Title".encode("utf-16-le")},
        {
            0x9003: "2020:06:21 20:15:52", 0x9011: "-04:00", 0x9010: "+01:00", 0x9291: "25", 0x8827: 65535,
            0x8832: 102400,
            0x829D: IFDRational(0, 0), 0x829A: IFDRational(1, 0), 0x920A: IFDRational(55, 1), 0xA405: 0, 0x9209: 1,
        },
        {1: "S", 2: (0.0, 0.0, 0.0), 3: "W", 4: (80.0, 11.0, 36.0), 5: b"\x01", 6: IFDRational(5, 1)},
    )  # fmt: skip
    assert (found.make, found.model, found.software) == ("Maker", "Camera", "Soft")
    assert (found.taken, found.taken_offset) == (datetime(2020, 6, 21, 20, 15, 52, 250_000), -240)
    assert (found.iso, found.aperture, found.exposure, found.focal, found.focal35) == (102400, None, None, 55, None)
    assert (found.flash, found.lat, found.altitude, found.rating, found.title) == (True, 0.0, -5.0, 4, "Title")
    assert found.lon == pytest.approx(-80.19333)


def test_a_date_of_change_is_no_date_of_taking(tmp_path: Path) -> None:
    found = written(tmp_path, {0x0132: "2020:01:01 10:00:00"}, {0x9010: "+02:00"})
    assert (found.taken, found.taken_offset, found.taken_source) == (None, None, "")
    assert found.modified == datetime(2020, 1, 1, 10)
    later = written(tmp_path, {}, {0x9003: "0000:00:00 00:00:00", 0x9004: "2016:04:29 12:00:00"})
    assert (later.taken, later.taken_source) == (datetime(2016, 4, 29, 12), "exif.DateTimeDigitized")


PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:lr="http://ns.adobe.com/lightroom/1.0/" xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
 xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#" xmp:Rating="5">
<dc:title><rdf:Alt><rdf:li xml:lang="de">Boot</rdf:li><rdf:li xml:lang="x-default">Boat</rdf:li></rdf:Alt></dc:title>
<dc:subject><rdf:Bag><rdf:li>Sea</rdf:li><rdf:li>sea</rdf:li><rdf:li>Žižkov</rdf:li></rdf:Bag></dc:subject>
<lr:hierarchicalSubject><rdf:Bag><rdf:li>Places|Croatia</rdf:li></rdf:Bag></lr:hierarchicalSubject>
<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag>
<rdf:li><rdf:Description mwg-rs:Name="Ana" mwg-rs:Type="Face"><mwg-rs:Area stArea:x="0.25" stArea:y="0.5" stArea:w="0.1"
 stArea:h="0.2" stArea:unit="normalized"/></rdf:Description></rdf:li>
<rdf:li rdf:parseType="Resource"><mwg-rs:Name>NaN</mwg-rs:Name><mwg-rs:Area stArea:x="nan" stArea:y="0" stArea:w="1"
 stArea:h="1"/></rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


def test_xmp_title_keywords_rating_and_faces(tmp_path: Path) -> None:
    found = written(tmp_path, {0x0112: 6}, xmp=PACKET)
    assert (found.title, found.rating) == ("Boat", 5)
    assert found.keywords == ("Sea", "Žižkov", "Places", "Croatia", "Ana")
    (region,) = found.regions
    assert region.name == "Ana" and region.is_face
    assert region.box == pytest.approx((0.4, 0.2, 0.6, 0.3))  # turned with the picture


@pytest.mark.parametrize(
    "packet",
    [
        '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><x>&c;</x>',
        "<x:xmpmeta",
        "",
        "\x00\x01\x02",
        "<a>" * 20_000,
        "x" * 3_000_000,
    ],
)
def test_hostile_xmp_is_nothing(packet: str) -> None:
    assert read_xmp(packet.encode()) == NOTHING
    assert read_xmp(packet) == NOTHING


@given(st.binary(max_size=300), st.text(max_size=300))
def test_no_value_is_too_odd(data: bytes, text: str) -> None:
    for value in (data, text, (data, text), [1, None], {}, None):
        assert isinstance(shown(value), str)
        assert "\x00" not in plain_text(value)
        number(value), date(value), offset(value), coordinate(value, value, 90)
        read_xmp(value)
    plain_text(text).encode("utf-8")


@given(st.floats(0, 1, allow_nan=False), st.floats(0, 1), st.integers(1, 8))
def test_boxes_stay_in_the_picture(x: float, y: float, orientation: int) -> None:
    x0, y0, x1, y1 = upright_box((x / 2, y / 2, (1 + x) / 2, (1 + y) / 2), orientation)
    assert 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1


def test_words_from_numbers() -> None:
    assert light_words(100, 8.0, 0.0) == light_words(None, 8.0, 1.0) == light_words(math.nan, 8.0, 1.0) == ()
    bounds = [(0.0099, ("bright", "outdoors")), (0.01, ("outdoors",)), (0.1, ("indoors",)), (5, ("night",))]
    assert all(light_words(1, 1, c) == words for c, words in [*bounds, (20, ("night", "long"))])
    assert [lens_words(f) for f in (20, 21, 40, 41, 100, 101, 200, 201, None, 0)] == [
        ("wide", "ultrawide"), ("wide",), ("wide",), ("portrait",), ("portrait",), ("zoom",), ("zoom",),
        ("superzoom", "zoom"), (), (),
    ]  # fmt: skip
    assert [size_word(1024, side) for side in (1024, 1025, 10 * 1024 + 1, 40 * 1024 + 1)] == [
        "small", "medium", "large", "huge",
    ]  # fmt: skip
    assert size_word(None, 5) == ""


def test_words_from_paths() -> None:
    assert list(path_words("Croatia 2019/KeyWest_1/IMG_0001")) == ["croatia", "2019", "key", "west"]
    assert list(path_words("20190809_110312")) == []
    file = AssetFile("/photos/Été à Nice/DSC01.JPG", "/photos", 1, 1, 1, 1)
    labels = [tag.tag for tag in rule_tags([file, file], Metadata(make="SONY", model="ILCE-7", software="----"))]
    assert labels == ["SONY", "ILCE-7", "jpg", "été", "nice"]
