"""Every attack of the corpus is refused, and nothing that is hidden is in any answer (see `tests.api.attacking`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api import attack_world, attacking
from tests.api.attacking import Attack, Target
from tests.api.conftest import Gallery, served

ENOUGH = 200


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, data: Path, packages: Path) -> Iterator[Gallery]:
    with served(tmp_path_factory.mktemp("attacks"), data, packages, budget=0) as running:
        yield running


@pytest.fixture(scope="module")
def target(gallery: Gallery) -> Target:
    made: Target = gallery.run(attack_world.make(gallery.library, gallery.settings, gallery.folder, gallery.address))
    return made


def test_all_attacks_are_refused(gallery: Gallery, target: Target) -> None:
    attacks = attacking.load(target.ids)
    assert len({_request(attack) for attack in attacks}) >= ENOUGH
    answered = [
        f"{attack.source[:20]}: {attack.name} ({attack.who}, {'|'.join(attack.refusals)}): {reason}"
        for attack in attacks
        if (reason := attacking.wrong(attack, attacking.send(attack, target), target)) is not None
    ]
    assert not answered, f"{len(answered)} of {len(attacks)}:\n" + "\n".join(answered)


def test_whoever_attacked_left_everything_as_it_was(gallery: Gallery, target: Target) -> None:
    """After all of them: the owner still sees all, is still logged in, and nobody has become anything."""
    gallery.client.cookies.clear()
    asked = {"query": "{ viewer { role } images { totalCount } accounts { role } shares { key } sessions { key } }"}
    answer = gallery.client.post("/graphql", json=asked, headers=dict(target.headers["owner"])).json()
    assert "errors" not in answer, answer
    data = answer["data"]
    assert data["viewer"]["role"] == "OWNER"
    assert data["images"]["totalCount"] == 34
    assert sum(account["role"] == "OWNER" for account in data["accounts"]) == 3
    assert len(data["shares"]) == 3 and len(data["sessions"]) == 1


def _request(attack: Attack) -> tuple[object, ...]:
    return attack.method, attack.path, attack.headers, attack.body, attack.messages
