"""`pigallery token`: for whoever can read the gallery's home; also while it is served."""

from __future__ import annotations

from datetime import UTC, datetime

from api.accounts import CONSOLE, find_account, with_store
from api.asking import ask
from schema import apps
from schema.accounts import audit, directory
from schema.apps import GRANT, Grant
from schema.errors import BadConfig, NotFound
from schema.filter import ImageFilter, describe, parse_filter
from schema.filter.nodes import EVERYTHING
from schema.policy import Capability, Role
from schema.settings import Settings
from schema.store import GraphStore

UNDERSTAND = "query($text: String!) { understand(text: $text) { filter unknown } }"


def _rights(names: list[str]) -> frozenset[Capability]:
    known = {each.value for each in Capability}
    for name in names:
        if name not in known:
            raise BadConfig(f"There is no right '{name}'; there are {', '.join(sorted(known))}.")
    return frozenset(map(Capability, names)) | {Capability.READ}


def _found_by(settings: Settings, text: str) -> ImageFilter:
    """A sentence as a filter, so that it means tomorrow what it means today."""
    if not text.strip():
        return EVERYTHING
    understood = ask(settings, UNDERSTAND, {"text": text})["understand"]
    if understood["unknown"]:
        raise BadConfig(f"Not understood: {', '.join(understood['unknown'])}. Say it in other words.")
    return parse_filter(understood["filter"])


def add(settings: Settings, name: str, rights: list[str], search: str, days: int | None, account: str) -> None:
    given, scope = _rights(rights), _found_by(settings, search)

    async def work(store: GraphStore) -> str:
        key = (await find_account(store, account)).key if account else await _owner(store)
        made, text = await apps.add_token(store, key, name, given, scope, days)
        await audit.write(store, "token.created", CONSOLE, f"{made.name}: {apps.scope_of(made.capabilities)}")
        return text

    print(with_store(settings, work))


async def _owner(store: GraphStore) -> str:
    """The first owner; '' while there are no accounts."""
    owners = [each for each in await directory.everyone(store) if each.role is Role.OWNER and not each.disabled]
    return min(owners, key=lambda account: account.created).key if owners else ""


def show(settings: Settings) -> None:
    async def work(store: GraphStore) -> list[tuple[Grant, str]]:
        names = {account.key: account.name for account in await directory.everyone(store)}
        grants = [Grant.of(entry) for entry in await store.entries(GRANT, limit=100_000)]
        return [(grant, names.get(grant.account, "owner")) for grant in grants]

    for grant, person in sorted(with_store(settings, work), key=lambda found: -found[0].created):
        used = f"used {_day(grant.used)}" if grant.used else "never used"
        until = f"until {_day(grant.expires)}" if grant.expires else "without an end"
        what = "everything" if grant.filter == EVERYTHING else describe(grant.filter)
        print(f"{grant.key}  {'app' if grant.app else 'token'}  {grant.name} ({person}), {used}, {until}")
        print(f"                  {apps.scope_of(grant.capabilities)}; {what}")


def _day(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def revoke(settings: Settings, key: str) -> None:
    async def work(store: GraphStore) -> str:
        found = await apps.grant(store, key)
        if found is None or not await store.delete_entry(GRANT, key):
            raise NotFound(f"There is no app or token '{key}'; see them with: pigallery token list")
        await audit.write(store, "app.revoked" if found.app else "token.revoked", CONSOLE, found.name)
        return found.name

    print(f"{with_store(settings, work)} sees nothing any more.")
