"""The pages before the gallery: log in, and set it up."""

from __future__ import annotations

import htpy as h
from htpy import Node
from starlette.requests import Request
from starlette.responses import Response

from webui.frame import mark, page
from webui.icons import icon


def _field(name: str, label: str, *, kind: str = "text", complete: str, hint: str = "", **more: str | bool) -> Node:
    return h.label(".door-field")[
        h.span[label],
        h.input(
            name=name,
            type=kind,
            autocomplete=complete,
            required=True,
            autocapitalize="none",
            spellcheck="false",
            aria_describedby=f"{name}-hint" if hint else None,
            **more,
        ),
        hint and h.small(f"#{name}-hint.faint")[hint],
    ]


def _door(request: Request, api_url: str, kind: str, title: str, content: Node) -> Response:
    return page(
        request,
        title=f"{title} · PiGallery",
        module="door-page",
        api_url=api_url,
        content=lambda: h.door_page(".door", data_kind=kind)[
            h.main("#content.door-card", tabindex="-1")[
                h.div(".door-mark")[mark(), h.span["PiGallery"]],
                h.h1[title],
                content,
            ]
        ],
    )


def login_page(request: Request, api_url: str) -> Response:
    return _door(
        request,
        api_url,
        "login",
        "Log in",
        [
            h.p(".door-wrong", role="alert", hidden=True),
            h.form(method="post", action="/auth/login")[
                _field("name", "Name", complete="username", maxlength="64", autofocus=True),
                _field("password", "Password", kind="password", complete="current-password"),
                h.button(".button.primary", type="submit")["Log in"],
            ],
            h.div(".door-others", hidden=True)[
                h.button(".button", type="button", data_act="passkey", hidden=True)[
                    icon("key-round"), "Log in with a passkey"
                ]
            ],
            h.p(".door-setup", hidden=True)[
                "Nobody has an account here yet. ", h.a(href="/setup")["Set this gallery up"]
            ],
        ],
    )


def setup_page(request: Request, api_url: str) -> Response:
    return _door(
        request,
        api_url,
        "setup",
        "Set up your gallery",
        [
            h.p(".faint")["Its owner's account. From then on everybody logs in, on every device."],
            h.p(".door-wrong", role="alert", hidden=True),
            h.form(method="post", action="/auth/setup")[
                _field("displayName", "Your name", complete="name", maxlength="100", autofocus=True),
                _field(
                    "name", "Login name", complete="username", maxlength="64", pattern="[A-Za-z0-9][A-Za-z0-9._@+\\-]*"
                ),
                _field(
                    "password",
                    "Password",
                    kind="password",
                    complete="new-password",
                    hint="At least 10 characters; a few words make a good one.",
                    minlength="10",
                ),
                h.div(".door-code", hidden=True)[
                    _field(
                        "code",
                        "Code",
                        complete="off",
                        hint="It stands in the terminal where the gallery was started.",
                        maxlength="9",
                        disabled=True,
                    )
                ],
                h.button(".button.primary", type="submit")["Make the account"],
            ],
        ],
    )
