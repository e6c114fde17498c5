"""A person's own model card: looked at closely, copied to the others, and the model tried once."""

from __future__ import annotations

import shutil
from pathlib import Path

from inference.cards import Card, read_card, read_labels
from inference.fetch import ModelState, ModelStatus, check, fetch
from schema.errors import BadConfig, PiGalleryError
from schema.settings import Settings


def add_card(settings: Settings, place: Path) -> ModelStatus:
    """Take a card (and the label map beside it) into `$PIGALLERY_HOME/models.d`, bring its weights and run it once.

    When that fails, what was there before stays. Raises `BadConfig` with the first thing that is wrong.
    """
    if not place.is_file():
        raise BadConfig(f"There is no card {place}; give the path of a TOML file.")
    card = read_card(place)
    if card.labels:
        read_labels(card)
    folder = settings.home / "models.d"
    target = folder / f"{card.name}.toml"
    before = target.read_bytes() if target.is_file() else None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _copy(place, card, target)
    except OSError as error:
        raise BadConfig(f"The card cannot be kept in {folder} ({error.strerror or error}); free it.") from None
    try:
        for step in (fetch, check):
            (status,) = step(settings, [card.name])
            if status.state is not ModelState.READY:
                raise BadConfig(status.reason or f"The weights of model {card.name} are not there.")
        return status
    except PiGalleryError:
        if place.resolve() != target.resolve():
            target.unlink(missing_ok=True)
            if before is not None:
                target.write_bytes(before)
        raise


def _copy(place: Path, card: Card, target: Path) -> None:
    if place.resolve() == target.resolve():
        return
    labels = Path(card.labels)
    if card.labels and labels.is_absolute() and labels.parent == place.parent.resolve():
        shutil.copyfile(labels, target.parent / labels.name)
    shutil.copyfile(place, target)
