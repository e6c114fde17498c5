"""Accounts, sessions and the audit, as `AccountsView` gives them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import strawberry
from strawberry.types.unset import UNSET

from api.auth import passwords
from api.graphql.context import Context, Info
from api.graphql.fields import field, mutation
from api.graphql.limits import clamp
from api.graphql.node import PageInfo
from schema import accounts
from schema.accounts.account import check_password
from schema.accounts.audit import Event
from schema.errors import Refused
from schema.explicit import ExplicitPhotos
from schema.policy import Capability, Role


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@strawberry.type(description="Somebody who may log in.")
class Account:
    key: str
    name: str = strawberry.field(description="What they log in with.")
    display_name: str
    email: str
    role: Role
    roots: list[str] = strawberry.field(description="Folders they may see; none: all.")
    disabled: bool
    has_password: bool
    created: datetime


def shown_account(account: accounts.Account) -> Account:
    return Account(
        key=account.key,
        name=account.name,
        display_name=account.shown,
        email=account.email,
        role=account.role,
        roots=list(account.roots),
        disabled=account.disabled,
        has_password=bool(account.password),
        created=_moment(account.created),
    )


@strawberry.type(description="A browser that is logged in.")
class Session:
    key: str
    device: str = strawberry.field(description="As the browser names itself.")
    address: str
    how: str = strawberry.field(description="`password`, or the key of an identity provider.")
    created: datetime
    seen: datetime = strawberry.field(description="Last use, to five minutes.")
    current: bool = strawberry.field(description="The one that asks.")


@strawberry.type(description="Who the account is at an identity provider.")
class AccountLink:
    key: str
    provider: str
    email: str


@strawberry.type(description="A device that logs the account in by itself (WebAuthn).")
class Passkey:
    key: str
    name: str
    host: str = strawberry.field(description="The name of this gallery that it is for.")
    created: datetime
    used: datetime | None


@strawberry.type(description="Something that happened.")
class AuditEvent:
    key: str
    when: datetime
    action: str = strawberry.field(description="`login`, `login.failed`, `account.changed`, `share.created` ...")
    who: str
    kind: str
    account: str | None
    about: str
    address: str


@strawberry.type(description="What happened, the newest first.")
class AuditConnection:
    nodes: list[AuditEvent]
    page_info: PageInfo


@strawberry.input(description="An account; what is not given stays. `roots: []` shows all folders.")
class AccountInput:
    key: str | None = strawberry.field(default=None, description="Of the account to change; without it one is made.")
    name: str | None = UNSET
    display_name: str | None = UNSET
    email: str | None = UNSET
    role: Role | None = UNSET
    roots: list[str] | None = UNSET
    disabled: bool | None = UNSET
    password: str | None = strawberry.field(default=UNSET, description="A new one; ends all of their sessions.")

    def to_fields(self) -> dict[str, Any]:
        given: dict[str, Any] = {"name": self.name, "display": self.display_name, "email": self.email}
        given |= {"role": self.role, "disabled": self.disabled}
        fields = {name: value for name, value in given.items() if value is not UNSET and value is not None}
        if self.roots is not UNSET:
            fields["roots"] = tuple(self.roots or ())
        return fields


def shown_session(found: accounts.Session, current: str) -> Session:
    return Session(
        key=found.key,
        device=found.device,
        address=found.address,
        how=found.how,
        created=_moment(found.created),
        seen=_moment(found.seen),
        current=found.key == current,
    )


def shown_event(event: Event) -> AuditEvent:
    return AuditEvent(
        key=event.key,
        when=_moment(event.when),
        action=event.action,
        who=event.who,
        kind=event.kind,
        account=event.account or None,
        about=event.about,
        address=event.address,
    )


async def _new_hash(context: Context, password: str, name: str) -> str:
    return await passwords.hashed(check_password(password, name))


@strawberry.type
class AccountQueries:
    @field
    async def me(self, info: Info) -> Account | None:
        """The account that asks; null where there is none."""
        account = await info.context.accounts.me()
        return shown_account(account) if account is not None else None

    @field
    async def sessions(self, info: Info) -> list[Session]:
        """One's own, the most recently used first."""
        current = info.context.view.viewer.credential
        return [shown_session(found, current) for found in await info.context.accounts.sessions()]

    @field
    async def account_links(self, info: Info) -> list[AccountLink]:
        """Identity providers that log one in here."""
        found = await info.context.accounts.links()
        return [
            AccountLink(key=link.key, provider=link.body["provider"], email=link.body.get("email", ""))
            for link in found
        ]

    @field
    async def passkeys(self, info: Info) -> list[Passkey]:
        """One's own, the newest first."""
        return [
            Passkey(
                key=found.key,
                name=found.name,
                host=found.host,
                created=_moment(found.created),
                used=_moment(found.used) if found.used else None,
            )
            for found in await info.context.accounts.passkeys()
        ]

    @field
    async def accounts(self, info: Info) -> list[Account]:
        """Everybody who may log in, by name. For administrators."""
        return [shown_account(account) for account in await info.context.accounts.accounts()]

    @field
    async def audit(
        self, info: Info, first: int = 50, after: str | None = None, account: str | None = None
    ) -> AuditConnection:
        """What happened, the newest first; of one account, or all. For administrators."""
        most = clamp(first)
        found = await info.context.accounts.audit(before=after or "", limit=most + 1, account=account)
        nodes = [shown_event(event) for event in found[:most]]
        page = PageInfo(
            has_next_page=len(found) > most,
            has_previous_page=after is not None,
            start_cursor=nodes[0].key if nodes else None,
            end_cursor=nodes[-1].key if nodes else None,
        )
        return AuditConnection(nodes=nodes, page_info=page)


@strawberry.type
class AccountMutations:
    @mutation
    async def save_account(self, info: Info, account: AccountInput) -> Account:
        """Make an account, or change the one with that key. For administrators."""
        context, fields = info.context, account.to_fields()
        context.view.viewer.require(Capability.ADMIN)
        new = None
        if account.password is not UNSET and account.password is not None:
            new = await _new_hash(context, account.password, str(fields.get("name", "")).strip().lower())
        return shown_account(await context.accounts.save(account.key, fields, new))

    @mutation
    async def remove_account(self, info: Info, key: str) -> bool:
        """Take an account away with all that lets somebody in by it; pictures stay. For administrators."""
        await info.context.accounts.remove(key)
        return True

    @mutation
    async def save_me(self, info: Info, display_name: str) -> Account:
        """Change how others read one's name."""
        return shown_account(await info.context.accounts.rename_me(display_name))

    @mutation
    async def save_explicit_photos(self, info: Info, choice: ExplicitPhotos) -> ExplicitPhotos:
        """What shall become of explicit pictures, for oneself, one's shares and one's apps."""
        await info.context.library.explicit.save(info.context.view.viewer, choice)
        return choice

    @mutation
    async def change_password(self, info: Info, new: str, current: str = "") -> bool:
        """Change one's own password (without one yet, `current` stays empty); all other sessions end."""
        context = info.context
        me = await context.accounts.myself()
        if me.password:
            context.attempts.check(me.name, context.address)
            if not await passwords.is_right(current[:1000], me.password):
                raise Refused("The present password is not right; check it and try again.")
            context.attempts.succeeded(me.name, context.address)
        await context.accounts.set_my_password(await _new_hash(context, new, me.name))
        return True

    @mutation
    async def end_session(self, info: Info, key: str) -> bool:
        """Log one of one's own browsers out."""
        await info.context.accounts.end_session(key)
        return True

    @mutation
    async def end_other_sessions(self, info: Info) -> int:
        """Log all of one's own browsers out but the one that asks; returns how many."""
        return await info.context.accounts.end_other_sessions()

    @mutation
    async def unlink_account(self, info: Info, key: str) -> bool:
        """An identity provider does not log one in any more."""
        await info.context.accounts.unlink(key)
        return True

    @mutation
    async def remove_passkey(self, info: Info, key: str) -> bool:
        """A passkey does not log one in any more."""
        await info.context.accounts.remove_passkey(key)
        return True
