"""Decoders and geometry, on numbers made by hand."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.box_colors import box_colors
from inference.cards import Input, Label
from inference.decoders.attributes import age, emotion, gender
from inference.decoders.classify import ClassTerms
from inference.decoders.detect import centernet, kept, nanodet
from inference.decoders.faces import TEMPLATE, aligned, similarity, square
from inference.decoders.settings import AgeGender, CenterNet, Classes, Emotions, NanoDet
from inference.preprocess import Placement, Pyramid, tensor, view
from inference.tags import Sighting, tag_edges
from schema.filter.nodes import Emotion, Gender
from schema.seen import merged


class Family:
    """thing > animal > (dog > (spaniel, terrier), cat)"""

    up: ClassVar = {"animal": "thing", "dog": "animal", "cat": "animal", "spaniel": "dog", "terrier": "dog"}

    def hypernyms(self, name: str) -> tuple[str, ...]:
        return (self.up[name],) if name in self.up else ()


def terms(**changes: float) -> ClassTerms:
    labels = [Label(index=i, synset=name, text=name) for i, name in enumerate(("spaniel", "terrier", "cat"))]
    return ClassTerms(
        labels, Family(), Classes(kind="classes", **{"leaf": 0.1, "broader": 0.5, "min_depth": 1, **changes})
    )


def tell(*probabilities: float, **changes: float) -> dict[str, float]:
    return terms(**changes).tell(np.array(probabilities, np.float32))


def test_hesitation_between_terriers_is_a_dog() -> None:
    assert tell(0.4, 0.35, 0.25) == pytest.approx({"spaniel": 0.4, "terrier": 0.35, "cat": 0.25, "dog": 0.75})


def test_only_the_deepest_likely_term_is_told() -> None:
    assert tell(0.9, 0.05, 0.05) == pytest.approx({"spaniel": 0.9})


def test_terms_near_the_root_say_too_little() -> None:
    assert tell(0.05, 0.09, 0.45, min_depth=2, leaf=0.5) == {}
    assert tell(0.3, 0.1, 0.3, min_depth=1, leaf=0.5) == pytest.approx({"animal": 0.7})


@given(st.lists(st.floats(0.001, 1), min_size=3, max_size=3))
def test_a_term_is_never_less_likely_than_its_classes(weights: list[float]) -> None:
    share = np.array(weights, np.float32) / np.float32(sum(weights))
    told = terms().tell(share)
    assert all(0 <= score <= 1.000001 for score in told.values())
    if "dog" in told:
        assert told["dog"] >= max(share[0], share[1]) - 1e-6


def test_centernet_reads_peak_and_sides() -> None:
    heat, sides = np.zeros((128, 128, 80), np.float32), np.zeros((128, 128, 4), np.float32)
    heat[20, 10, 2], sides[20, 10] = 0.9, (8, 16, 24, 32)
    heat[100, 100, 5], sides[100, 100] = 0.8, (4, 4, 4, 4)  # in the padding of a wide picture
    found = centernet({"heat": heat, "ltrb": sides}, CenterNet(kind="centernet"), Placement(512, 256))
    assert len(found) == 1 and found.classes.tolist() == [2]
    assert found.boxes[0] == pytest.approx([32 / 512, 64 / 256, 64 / 512, 112 / 256])


def test_nanodet_reads_distributions() -> None:
    settings = NanoDet(kind="nanodet", scores=("s",), boxes=("b",), strides=(8,))
    scores, sides = np.zeros((52 * 52, 80), np.float32), np.full((52 * 52, 44), -50, np.float32)
    cell = 10 * 52 + 20
    scores[cell, 7] = 0.6
    for side, steps in enumerate((1, 2, 3, 4)):
        sides[cell, side * 11 + steps] = 50
    found = nanodet({"s": scores, "b": sides}, settings, Placement(416, 416), 416)
    cx, cy = 20.5 * 8, 10.5 * 8
    assert found.boxes[0] * 416 == pytest.approx([cx - 8, cy - 16, cx + 24, cy + 32], abs=1e-3)


def test_overlapping_boxes_of_one_class_are_one_thing() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [0, 0, 10, 10], [50, 50, 60, 60]], np.float32)
    scores = np.array([0.5, 0.9, 0.4, 0.3], np.float32)
    assert kept(boxes, scores, np.array([1, 1, 2, 1]), 0.5, 100).tolist() == [1, 2, 3]
    assert kept(boxes[:0], scores[:0], np.empty(0, np.int64), 0.5, 100).tolist() == []


@given(st.floats(-3, 3), st.floats(0.2, 5), st.floats(-100, 100), st.floats(-100, 100))
def test_similarity_finds_rotation_scale_and_shift(angle: float, scale: float, dx: float, dy: float) -> None:
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = similarity(TEMPLATE, TEMPLATE @ turn.T + [dx, dy])
    assert matrix == pytest.approx(np.column_stack([turn, [dx, dy]]), abs=1e-6)


def test_a_face_is_turned_upright() -> None:
    picture = np.zeros((300, 400, 3), np.uint8)
    turn = 1.7 * np.array([[0.0, -1.0], [1.0, 0.0]])  # lies on its side
    points = TEMPLATE @ turn.T + [300, 40]
    for (x, y), color in zip(
        points, ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255)), strict=True
    ):
        picture[round(y) - 6 : round(y) + 7, round(x) - 6 : round(x) + 7] = color
    cut = aligned(Pyramid(picture), (points / [400, 300]).astype(np.float32), 112)
    for (x, y), color in zip(TEMPLATE.round().astype(int), ((255, 0, 0), (0, 255, 0), (0, 0, 255)), strict=False):
        assert np.abs(cut[y, x].astype(int) - color).max() < 30


def test_a_square_reaches_over_the_edge_in_black() -> None:
    picture = np.full((100, 100, 3), 200, np.uint8)
    cut = square(Pyramid(picture), np.array([0.0, 0.0, 0.5, 0.25], np.float32), 1.0, 64, 64)
    assert cut.shape == (64, 64, 3)
    assert cut[2, 32].tolist() == [0, 0, 0] and cut[60, 32].tolist() == [200, 200, 200]


@given(st.integers(1, 700), st.integers(1, 700), st.sampled_from(["crop", "inset", "squash", "letterbox", "fit"]))
def test_every_view_of_every_shape_has_the_tensors_size(width: int, height: int, kind: str) -> None:
    card = Input(width=64, height=64, crop=0.875)
    seen, place = view(Pyramid(np.full((height, width, 3), 7, np.uint8)), card, kind)
    h, w = seen.shape[:2]
    assert (h % 32, w % 32) == (0, 0) if kind == "fit" else (h, w) == (64, 64)
    assert max(h, w) == 64 and 0 < place.scale_x <= w and 0 < place.scale_y <= h
    assert tensor([seen], card).shape == (1, 3, h, w)


def test_normalization_follows_the_card() -> None:
    picture = np.zeros((8, 8, 3), np.uint8) + np.array([10, 20, 30], np.uint8)
    card = Input(width=8, height=8, layout="NHWC", channels="BGR", mean=(5, 6, 7), std=(5, 2, 1))
    assert tensor([picture], card)[0, 0, 0] == pytest.approx([(30 - 5) / 5, (20 - 6) / 2, (10 - 7) / 1])


def test_shrinking_does_not_alias() -> None:
    stripes = np.zeros((512, 512, 3), np.uint8)
    stripes[:, ::2] = 255
    small, _ = view(Pyramid(stripes), Input(width=60, height=60), "squash")
    assert np.abs(small.astype(int) - 128).max() <= 2


def test_age_is_the_weighted_mean_of_the_two_likeliest() -> None:
    bins = np.zeros(100, np.float32)
    bins[30], bins[34], bins[70] = 0.5, 0.25, 0.1
    settings = AgeGender(kind="age-gender")
    assert age({"age": bins, "gender": np.zeros(1)}, settings) == pytest.approx((30 * 0.5 + 34 * 0.25) / 0.75)
    assert gender({"gender": np.array([0.9])}, settings) == (Gender.MALE, pytest.approx(0.9))
    assert gender({"gender": np.array([0.45])}, settings)[0] is None


def test_fear_is_told_only_when_nearly_certain() -> None:
    settings = Emotions(kind="emotions", names=("NEUTRAL", "FEAR"), thresholds=(0.5, 0.9))
    assert emotion({"e": np.array([0.2, 0.8])}, settings)[0] is None
    assert emotion({"e": np.array([0.05, 0.95])}, settings)[0] is Emotion.FEAR


def test_models_stay_apart_and_are_shown_as_one() -> None:
    box, other = (0.1, 0.1, 0.2, 0.2), (0.5, 0.5, 0.9, 0.9)
    edges = tag_edges(
        [
            Sighting("dog", 0.9, "classes", "1"),
            Sighting("dog", 0.4, "boxes", "2", box, ("#ff0000",)),
            Sighting("dog", 0.6, "boxes", "2", other, ("#00ff00", "#ff0000")),
            Sighting("cat", 0.95, "classes", "1"),
        ]
    )
    assert [(edge.tag, edge.model) for edge in edges] == [("cat", "classes"), ("dog", "classes"), ("dog", "boxes")]
    cat, dog = merged(edges)
    assert (dog.score, dog.model, dog.count, dog.boxes) == (0.9, "boxes", 2, (other, box))
    assert dog.colors == ("#00ff00", "#ff0000") and cat.count == 1


def test_a_red_box_is_red() -> None:
    picture = np.full((200, 300, 3), (30, 200, 30), np.uint8)
    picture[50:150, 100:200] = (200, 20, 20)
    colors = box_colors(Pyramid(picture), np.array([1 / 3, 0.25, 2 / 3, 0.75], np.float32))
    assert colors == ("#c81414",)
