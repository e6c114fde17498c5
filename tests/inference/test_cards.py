"""Cards: those that ship are complete, and a wrong one is told in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.cards import Task, chosen, load_cards, read_card, read_labels
from schema.errors import BadConfig
from schema.lexicon import Lexicon
from schema.settings import Settings
from tests.inference.small_models import card, plain


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def test_the_cards_that_ship_do_every_task_of_the_default_set(settings: Settings) -> None:
    cards = load_cards(settings)
    default = [c.task for c in chosen(cards, settings)]
    assert sorted(default) == sorted(set(default)), "one default model per task"
    assert {Task.CLASSIFY, Task.DETECT, Task.FACE_DETECT, Task.FACE_EMBED, Task.FACE_ATTRIBUTES, Task.EMOTION} <= set(
        default
    )
    for c in cards.values():
        assert c.conversion.kind == "none" or c.conversion.check, f"{c.name} is converted and not checked"
        assert len(c.file_name) < 80 and c.version.startswith(c.release)


def test_every_label_is_a_synset_of_the_lexicon(settings: Settings, lexicon: Lexicon) -> None:
    for c in load_cards(settings).values():
        if c.labels:
            labels = read_labels(c)
            assert len(labels) in (80, 1000)
            assert not [label.synset for label in labels if lexicon.synset(label.synset) is None]


def test_imagenet_labels_keep_their_meaning_across_wordnet_versions(settings: Settings, lexicon: Lexicon) -> None:
    labels = read_labels(load_cards(settings)["efficientnet-lite2"])
    by_text = {label.text: label.synset for label in labels}
    for text, broader in (("tabby cat", "cat.n.01"), ("convertible", "car.n.01"), ("gown", "clothing.n.01")):
        assert broader in lexicon.ancestors(by_text[text])
    cranes = {label.synset for label in labels if "crane" in label.text.split()}
    assert len(cranes) == 2, "the bird and the machine"


def test_a_version_changes_with_a_threshold_but_a_file_name_does_not(settings: Settings) -> None:
    c = load_cards(settings)["yunet"]
    stricter = c.model_copy(update={"decoder": c.decoder.model_copy(update={"score": 0.9})})
    assert stricter.version != c.version
    assert stricter.file_name == c.file_name


def test_a_users_card_wins_by_name(settings: Settings, tmp_path: Path) -> None:
    card(settings, "open-nsfw", plain(tmp_path / "mine.onnx"))
    assert load_cards(settings)["open-nsfw"].title == "A small model"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('task = "nsfw"', 'task = "guess"', "task: Input should be"),
        ('kind = "unsafe"\nunsafe = [1]', 'kind = "yunet"', "does not answer task 'nsfw'"),
        ("width = 8", "width = 0", "input.width"),
        ("[input]", "[input]\nstd = [1.0, 0.0, 1.0]", "std must not hold 0"),
        ("[input]", "[input]\ncolour = 1", "input.colour"),
        ('licence = "MIT"', "", "licence: Field required"),
        ('file = "', 'url = "https://example.org/x"\nfile = "', "exactly one of package, file and url"),
        ("name =", "name ", "not valid TOML"),
    ],
)
def test_a_wrong_card_is_one_sentence(settings: Settings, tmp_path: Path, old: str, new: str, complaint: str) -> None:
    card(settings, "mine", plain(tmp_path / "mine.onnx"))
    path = settings.home / "models.d" / "mine.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(BadConfig) as caught:
        read_card(path)
    assert complaint in str(caught.value)
    assert "mine.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_model_in_the_settings_is_told(settings: Settings) -> None:
    with pytest.raises(BadConfig, match="no model card named clip"):
        chosen(load_cards(settings), settings.model_copy(update={"models": ("clip",)}))
