"""What stands before the graph: hosts, file names, ports, the home's lock, limits of a request."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from graphql import parse
from hypothesis import given
from hypothesis import strategies as st

from api.auth.secrets import secret
from api.configuration import load_settings
from api.graphql.cost import Written, measure
from api.graphql.ids import as_reference, from_global, to_global
from api.graphql.limits import MAX_ALIASES, MAX_COST, MAX_DEPTH, refusal
from api.hosts import Hosts
from api.lock import HomeLock, is_served
from api.media import content_disposition
from api.ports import addresses, listen
from schema.errors import BadConfig, NotFound
from schema.settings import Settings
from schema.sqlite.connection import prepare


@pytest.mark.parametrize(
    ("bound", "host", "known"),
    [
        ("127.0.0.1", "localhost:8080", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "[::1]:8080", True),
        ("127.0.0.1", "photos.example.org", True),  # the public address
        ("127.0.0.1", "rebound.attacker.example", False),
        ("127.0.0.1", "192.168.1.7:8080", False),
        ("127.0.0.1", "", False),
        ("127.0.0.1", "[::1", False),
        ("0.0.0.0", "192.168.1.7:8080", True),
        ("0.0.0.0", "nas.local", True),
        ("0.0.0.0", "nas", True),
        ("0.0.0.0", "rebound.attacker.example", False),
        ("0.0.0.0", "localhost.attacker.example", False),
    ],
)
def test_only_the_gallerys_own_names_are_answered(bound: str, host: str, known: bool, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, host=bound, public_url="https://photos.example.org")
    assert Hosts(settings).knows(host) is known


@given(st.text(max_size=60), st.booleans())
def test_no_file_name_can_end_its_header(name: str, download: bool) -> None:
    header = content_disposition(name, download=download)
    header.encode("latin-1")
    assert header.isprintable()
    assert header.count('"') == 2
    assert header.startswith("attachment" if download else "inline")


def test_a_file_name_keeps_its_letters() -> None:
    assert content_disposition("Ferien, 3.jpg", download=False) == 'inline; filename="Ferien, 3.jpg"'
    assert "filename*=UTF-8''Stra%C3%9Fe%20%F0%9F%8C%8A.jpg" in content_disposition("Straße 🌊.jpg", download=True)


@given(st.sampled_from(["Image", "Person", "Place", "Synset"]), st.text(min_size=1, max_size=20))
def test_global_ids_are_their_own_inverse(kind: str, key: str) -> None:
    assert from_global(to_global(kind, key)) == (kind, key)


@given(st.text(max_size=30))
def test_a_reference_that_is_no_global_id_stays_as_it_is(text: str) -> None:
    assert as_reference(text) == text
    with pytest.raises(NotFound):
        from_global(text)


def test_global_ids_stand_for_references() -> None:
    assert as_reference(to_global("Image", 42)) == "image:42"
    assert as_reference(to_global("Place", "geo:3191648")) == "geo:3191648"
    assert as_reference(to_global("Synset", "gown.n.01")) == "gown.n.01"


def test_a_taken_port_is_said_plainly() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(BadConfig, match=f"Port {port} is taken by another program"):
            listen("127.0.0.1", port)
    with pytest.raises(BadConfig, match="no address of this machine"):
        listen("203.0.113.9", 0)
    free = listen("127.0.0.1", 0)
    assert addresses(free) == [f"http://127.0.0.1:{free.getsockname()[1]}"]
    free.close()


def test_one_home_has_one_server(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with HomeLock(home) as lock:
        lock.tell("http://127.0.0.1:8080")
        assert is_served(home)
        with (
            pytest.raises(BadConfig, match=r"already runs on .* at http://127.0.0.1:8080 \(process \d+\)"),
            HomeLock(home),
        ):
            pass
    assert not is_served(home)
    with HomeLock(home):
        pass


def test_what_is_secret_is_for_its_own_user_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    umask = os.umask(0o022)
    try:
        with HomeLock(settings.home):
            prepare(settings.database)
            first = secret(settings, "links")
            assert len(first) >= 43 and secret(settings, "links") == first
            secret(settings, "media")
            modes = {path.name: path.stat().st_mode & 0o777 for path in settings.home.rglob("*") if path.is_file()}
    finally:
        os.umask(umask)
    assert settings.home.stat().st_mode & 0o777 == 0o700
    assert (settings.home / "secrets").stat().st_mode & 0o777 == 0o700
    assert {"library.sqlite", "links", "media"} <= modes.keys()
    assert all(mode & 0o077 == 0 for mode in modes.values()), modes


def test_a_home_that_cannot_be_written_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadConfig, match="cannot be written"), HomeLock(tmp_path / "file" / "home"):
        pass


def test_flags_go_over_environment_over_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIGALLERY_HOME", raising=False)
    monkeypatch.delenv("PIGALLERY_CONFIG", raising=False)
    (tmp_path / "pigallery.toml").write_text("port = 1001\nworkers = 2\nbatch = 4\n")
    monkeypatch.setenv("PIGALLERY_WORKERS", "3")
    monkeypatch.setenv("PIGALLERY_PORT", "1002")
    settings = load_settings(home=tmp_path, port=1003)
    assert (settings.port, settings.workers, settings.batch) == (1003, 3, 4)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("port = ", "not valid TOML"),
        ("prot = 8080", "There is no setting 'prot'"),
        ("port = 99999", "The setting 'port' cannot be 99999"),
    ],
)
def test_a_wrong_settings_file_is_said_plainly(
    file: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIGALLERY_HOME", str(tmp_path))
    (tmp_path / "pigallery.toml").write_text(file)
    with pytest.raises(BadConfig, match=sentence):
        load_settings()


def test_cost_multiplies_through_lists_and_variables() -> None:
    one = measure(parse("{images(first: 1) {nodes {name}}}"), None, {})[0]
    many = measure(parse("query($n: Int) {images(first: $n) {nodes {name}}}"), None, {"n": 200})[0]
    assert many.cost > 100 * (one.cost - 20)
    assert refusal(many, Written()) is None


@pytest.mark.parametrize(
    "document",
    [
        "{" + "a{" * (MAX_DEPTH + 1) + "b" + "}" * (MAX_DEPTH + 2),
        "{" + " ".join(f"a{n}: b" for n in range(MAX_ALIASES + 1)) + "}",
        "{" + "a " * 251 + "}",
        "{images(first:200){nodes{tags{synset{narrower{narrower{name}}}}}}}",
        # Each fragment doubles the one before: 2^40 fields in 40 lines.
        "{...F40} "
        + " ".join(f"fragment F{n} on Q {{ a{{...F{n - 1}}} b{{...F{n - 1}}} }}" for n in range(1, 41))
        + " fragment F0 on Q { c }",
    ],
)
def test_what_asks_for_too_much_is_refused_before_it_costs(document: str) -> None:
    found, fields = measure(parse(document), None, {})
    assert refusal(found, fields)


def test_fragment_cycles_end() -> None:
    measure(parse("{...A} fragment A on Q {a ...B} fragment B on Q {b ...A}"), None, {})
    assert MAX_COST > 0
