"""One's own account, everybody's accounts, and what happened: shells that their elements fill."""

from __future__ import annotations

import htpy as h
from htpy import Node
from starlette.requests import Request
from starlette.responses import Response

from webui.frame import bar, dock, page, rail
from webui.icons import icon
from webui.search import search_box


def _shell(request: Request, api_url: str, kind: str, title: str, content: Node) -> Response:
    return page(
        request,
        title=f"{title} · PiGallery",
        module=f"{kind}-page",
        api_url=api_url,
        content=lambda: h.Element(f"{kind}-page")(".plain-page")[
            bar(search_box(), None),
            rail("account"),
            h.main("#content.page", tabindex="-1")[h.h1[title], content],
            dock("account"),
        ],
    )


def _input(
    name: str, label: str, kind: str = "text", complete: str = "off", hint: str = "", **more: str | bool
) -> Node:
    return h.label(".field")[
        h.span[label],
        h.input(name=name, type=kind, autocomplete=complete, aria_describedby=f"{name}-hint" if hint else None, **more),
        hint and h.small(f"#{name}-hint.faint")[hint],
    ]


def account_page(request: Request, api_url: str) -> Response:
    return _shell(
        request,
        api_url,
        "account",
        "Account",
        [
            h.section(".who-card", aria_busy="true")[
                h.span(".who-letter", aria_hidden="true"),
                h.div[h.p(".who-name")["Asking…"], h.p(".who-about.faint")],
                h.div(".who-acts")[
                    h.a(".button", href="/accounts", data_for="admin", hidden=True)[icon("users"), "Accounts"],
                    h.a(".button", href="/audit", data_for="admin", hidden=True)[icon("activity"), "What happened"],
                    h.button(".button", type="button", data_act="logout", hidden=True)["Log out"],
                ],
            ],
            h.section(data_part="open", hidden=True)[
                h.h2["No account needed"],
                h.p[
                    "Whoever sits at this computer is the owner of this gallery. Make the owner's account to reach it "
                    "from other devices, or to let others in with what they may see."
                ],
                h.a(".button.primary", href="/setup")["Make the owner's account"],
            ],
            h.explicit_choice(hidden=True)[
                h.h2["Explicit photos"],
                h.p(".faint")["In your lists, and for those to whom you send a link. A search for them finds them."],
                h.fieldset(".segments")[
                    h.legend(".unseen")["Explicit photos"],
                    h.div[
                        (
                            h.label[h.input(type="radio", name="explicit", value=value), h.span[label]]
                            for value, label in (("HIDE", "Hide"), ("BLUR", "Blur"), ("SHOW", "Show"))
                        )
                    ],
                ],
            ],
            h.div(data_part="own", hidden=True)[
                h.h2["Name"],
                h.form(".fields", data_form="name")[
                    _input("displayName", "How others read it", complete="name", maxlength="100"),
                    h.button(".button", type="submit")["Save"],
                ],
                h.h2["Password"],
                h.form(".fields", data_form="password")[
                    h.input(name="username", type="text", autocomplete="username", hidden=True),
                    _input("current", "Present password", "password", "current-password"),
                    _input(
                        "new",
                        "New password",
                        "password",
                        "new-password",
                        "At least 10 characters. All other browsers are logged out.",
                        minlength="10",
                        required=True,
                    ),
                    h.button(".button", type="submit")["Change the password"],
                ],
                h.section(data_part="passkeys")[
                    h.h2["Passkeys"],
                    h.p(".faint", data_says="passkeys")[
                        "Log in with your finger, your face or the code of your device, without the password."
                    ],
                    h.ul(".lines", data_list="passkeys"),
                    h.form(".fields", data_form="passkey", hidden=True)[
                        h.input(name="username", type="text", autocomplete="username", hidden=True),
                        _input("name", "Name of the device", required=True, maxlength="100", placeholder="My phone"),
                        _input("current", "Present password", "password", "current-password"),
                        h.button(".button", type="submit")[icon("key-round"), "Add a passkey"],
                    ],
                ],
                h.div(".head-line")[
                    h.h2["Logged in"],
                    h.button(".button", type="button", data_act="others")["Log out everywhere else"],
                ],
                h.ul(".lines", data_list="sessions"),
                h.section(data_part="providers", hidden=True)[
                    h.h2["Other ways to log in"], h.ul(".lines", data_list="providers")
                ],
            ],
        ],
    )


def accounts_page(request: Request, api_url: str) -> Response:
    roles = (("VIEWER", "Viewer"), ("EDITOR", "Editor"), ("ADMIN", "Administrator"), ("OWNER", "Owner"))
    return _shell(
        request,
        api_url,
        "accounts",
        "Accounts",
        [
            h.div(".head-line")[
                h.p(".faint")["Who may log in, what they may do, and which folders they see."],
                h.button(".button.primary", type="button", data_act="add")[icon("plus"), "Add somebody"],
            ],
            h.p(".wrong", role="alert", hidden=True),
            h.ul(".lines", data_list="accounts", aria_busy="true"),
            h.dialog(".account-dialog", aria_labelledby="account-title")[
                h.form(".fields", method="dialog")[
                    h.h2("#account-title")["Add somebody"],
                    h.p(".wrong", role="alert", hidden=True),
                    _input("name", "Login name", required=True, maxlength="64"),
                    _input("displayName", "Name", maxlength="100"),
                    _input("email", "E-mail", "email"),
                    h.label(".field")[
                        h.span["May"],
                        h.select(name="role")[(h.option(value=value)[label] for value, label in roles)],
                        h.small(".faint", data_says="role"),
                    ],
                    h.label(".field")[
                        h.span["Folders they see, one a line"],
                        h.textarea(name="roots", rows="2", spellcheck="false", placeholder="All folders"),
                    ],
                    _input("password", "Password", "password", "new-password", minlength="10"),
                    h.label(".check", data_for="change")[
                        h.input(name="disabled", type="checkbox"), h.span["May not log in"]
                    ],
                    h.div(".dialog-ends")[
                        h.button(".button.danger", type="button", data_act="remove", data_for="change")["Remove"],
                        h.span(".grow"),
                        h.button(".button", type="button", data_act="cancel")["Cancel"],
                        h.button(".button.primary", type="submit")["Save"],
                    ],
                ]
            ],
        ],
    )


def audit_page(request: Request, api_url: str) -> Response:
    return _shell(
        request,
        api_url,
        "audit",
        "What happened",
        [
            h.p(".faint")[
                "Logins, shares, apps and changes of accounts, the newest first. Nothing here can be changed."
            ],
            h.p(".wrong", role="alert", hidden=True),
            h.div(".audit-days", aria_busy="true"),
            h.button(".button", type="button", data_act="more", hidden=True)["Earlier"],
        ],
    )
