"""The corpus of attacks: what is sent, by whom, and how it has to be refused (tests/api/attacks/*.toml).

A file names its source and lists attacks in rows:

    graphql: [name, who, refusal, document, variables as JSON]     POST /graphql
    http:    [name, who, refusal, "METHOD path", headers, body]
    sockets: [name, who, refusal, subprotocol, messages, headers]

`who` are one or more of `IDENTITIES`, each attack is sent as each of them. In all texts `$name` stands for an id of the
world (as JSON), `{{name}}` for it as it is, and `<<500: x{n} >>` for 500 times what stands inside, with {n} counted.

Refusals: an HTTP status; a GraphQL error code; `invalid` for a document or variables that the schema does not know;
`nothing` where the answer is that there is nothing (a hidden picture is not there); for sockets `close N`. Several are
separated by `|`. Whatever is answered, it must not hold a word of what is hidden.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

FOLDER = Path(__file__).with_name("attacks")
IDENTITIES = ("nobody", "locked", "ended", "visitor", "frame", "part", "viewer", "owner")
"""nobody has logged in; a share whose password is not given, one that is over, an open one; an app with a narrow
filter; an editor of some folders; an account that sees all and may change nothing; the owner, from a foreign page."""
SOCKET_S = 3.0


@dataclass(frozen=True, slots=True)
class Attack:
    source: str
    name: str
    who: str
    refusals: tuple[str, ...]
    method: str = "POST"
    path: str = "/graphql"
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    messages: tuple[str, ...] | None = None
    """Over a socket of the subprotocol `body`."""

    @property
    def text(self) -> str:
        """All that was sent, since an echo of it is no news."""
        return " ".join((self.path, self.body, *(value for _, value in self.headers), *(self.messages or ())))


@dataclass(frozen=True, slots=True)
class Outcome:
    status: int
    """Of HTTP; close code of a socket, 0 while it is open."""
    text: str

    @property
    def told(self) -> Any:
        try:
            return json.loads(self.text)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Target:
    """A running gallery, and what its world is made of."""

    address: str
    ids: Mapping[str, Any]
    headers: Mapping[str, Mapping[str, str]]
    """Identity -> what proves it."""
    below: Mapping[str, str]
    """Identity -> path of the link it comes by."""
    canaries: tuple[str, ...]
    """Words of what is hidden from narrow identities."""


NARROW = ("nobody", "locked", "ended", "visitor", "frame", "part")


def expanded(text: str, ids: Mapping[str, Any]) -> str:
    while "<<" in text:
        text = re.sub(
            r"<<(\d+):((?:(?!<<|>>).)*)>>",
            lambda found: "".join(found[2].replace("{n}", str(n)) for n in range(int(found[1]))),
            text,
            flags=re.DOTALL,
        )
    for name in sorted(ids, key=len, reverse=True):
        text = text.replace(f"${name}", json.dumps(ids[name])).replace(f"{{{{{name}}}}}", str(ids[name]))
    return text


def load(ids: Mapping[str, Any]) -> list[Attack]:
    return [attack for file in sorted(FOLDER.glob("*.toml")) for attack in _of(file, ids)]


def _of(file: Path, ids: Mapping[str, Any]) -> Iterator[Attack]:
    content = tomllib.loads(file.read_text("utf-8"))
    for name, who, refusals, document, *variables in content.get("graphql", ()):
        given = json.loads(expanded(variables[0], ids)) if variables else {}
        body = json.dumps({"query": expanded(document, ids), "variables": given})
        for one in who.split():
            yield Attack(
                content["source"],
                name,
                one,
                tuple(refusals.split("|")),
                body=body,
                headers=(("content-type", "application/json"),),
            )
    for name, who, refusals, request, *more in content.get("http", ()):
        method, _, path = expanded(request, ids).partition(" ")
        headers = _headers(more[0], ids) if more else ()
        body = expanded(more[1], ids) if len(more) > 1 else ""
        for one in who.split():
            yield Attack(content["source"], name, one, tuple(refusals.split("|")), method, path, headers, body)
    for name, who, refusals, protocol, messages, *more in content.get("sockets", ()):
        headers = _headers(more[0], ids) if more else ()
        sent = tuple(expanded(message, ids) for message in messages)
        for one in who.split():
            yield Attack(
                content["source"], name, one, tuple(refusals.split("|")), headers=headers, body=protocol, messages=sent
            )


def _headers(text: str, ids: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    lines = (line.partition(":") for line in expanded(text, ids).splitlines() if line)
    return tuple((name, value.strip()) for name, _, value in lines)


def send(attack: Attack, target: Target) -> Outcome:
    """On a connection of its own, byte for byte: a client must not tidy up what is meant to be untidy."""
    path = attack.path
    if path.startswith(("/graphql", "/media/")):
        path = target.below.get(attack.who, "") + path
    headers = {**target.headers.get(attack.who, {}), **dict(attack.headers)}
    if attack.messages is not None:
        return _over_socket(attack, target, path, headers)
    host, _, port = target.address.removeprefix("http://").rpartition(":")
    line = HTTPConnection(host, int(port), timeout=20)
    try:
        line.putrequest(attack.method, path, skip_host="host" in headers, skip_accept_encoding=True)
        content = attack.body.encode("utf-8", "surrogatepass")
        for name, value in {**headers, "content-length": str(len(content))}.items():
            line.putheader(name, value)
        line.endheaders()
        with suppress(OSError):  # it may have been refused before it was sent
            line.send(content)
        answer = line.getresponse()
        return Outcome(answer.status, answer.read().decode("utf-8", "replace"))
    finally:
        line.close()


def _over_socket(attack: Attack, target: Target, path: str, headers: Mapping[str, str]) -> Outcome:
    assert attack.messages is not None
    heard: list[str] = []
    protocols = [Subprotocol(attack.body)] if attack.body else None
    sent = {key: value for key, value in headers.items() if key != "origin"}
    try:
        with connect(
            f"ws{target.address.removeprefix('http')}{path}",
            subprotocols=protocols,
            origin=Origin(headers["origin"]) if "origin" in headers else None,
            additional_headers=sent,
        ) as socket:
            for message in attack.messages:
                socket.send(message)
            while len(heard) < 40:
                heard.append(str(socket.recv(SOCKET_S)))
                told = json.loads(heard[-1])
                if told["type"] in ("next", "error") and told.get("id") == "last":
                    return Outcome(0, json.dumps(told.get("payload")))
    except InvalidStatus as error:
        return Outcome(error.response.status_code, "\n".join(heard))
    except ConnectionClosed as error:
        return Outcome(error.rcvd.code if error.rcvd is not None else 1006, "\n".join(heard))
    except TimeoutError:
        pass
    return Outcome(0, "\n".join(heard))


def wrong(attack: Attack, outcome: Outcome, target: Target) -> str | None:
    """Why this was no refusal; None when it was."""
    if attack.who in NARROW:
        answered, asked = outcome.text.casefold(), attack.text.casefold()
        for canary in target.canaries:
            if canary in answered and canary not in asked:
                return f"tells '{canary}'"
    if "Traceback" in outcome.text or 'File "' in outcome.text:
        return "shows its inside"
    if any(_is(refusal, outcome) for refusal in attack.refusals):
        return None
    return f"answered {outcome.status} {outcome.text[:400]}"


def _is(refusal: str, outcome: Outcome) -> bool:
    if refusal.isdecimal():
        return outcome.status == int(refusal)
    if refusal.startswith("close "):
        return outcome.status == int(refusal.removeprefix("close "))
    told = outcome.told
    errors: list[Any] = []
    data: Any = None
    if isinstance(told, list):
        errors = told
    elif isinstance(told, dict):
        errors, data = told.get("errors") or [], told.get("data")
    if refusal == "nothing":
        return bool(data) and not errors and _blank(data)
    if not _blank(data):
        return False
    codes = [(error.get("extensions") or {}).get("code") for error in errors]
    return bool(errors) and (refusal in codes or (refusal == "invalid" and None in codes))


def _blank(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_blank(part) for part in value.values())
    if isinstance(value, list):
        return all(_blank(part) for part in value)
    return value in (None, False, 0, "")
