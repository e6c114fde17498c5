"""The GraphQL playground: Altair, from its npm package, served by ourselves; needs no network."""

from __future__ import annotations

import json
import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from api.paths import GRAPHQL, PLAYGROUND

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""Its components bring style elements of their own; scripts stay as strict as everywhere."""

FIRST_QUERY = """\
# Everything the gallery knows can be asked here. Ctrl+Enter runs the query; Docs (top right) lists all fields.
query Clothing {
  images(filter: { tag: { any: ["clothing"] } }, first: 10) {
    totalCount
    nodes {
      name
      taken
      smallUrl
      place { chain { name } }
      tags { label score }
      why(filter: { tag: { any: ["clothing"] } }) { text via }
    }
  }
}

# Any filter can be listened to as well: run this one, then rate a photo with four stars in another window.
subscription GoodOnes {
  matches(filter: { rating: { min: 4 } }) {
    totalCount
    entered { name rating smallUrl }
    changed { name rating }
    leftKeys
  }
}
"""


QUERY_IN_ADDRESS = """\
// A page that shows a question hands it on behind the #, which stays in the browser.
const given = new URLSearchParams(location.hash.slice(1)).get("query");
if (given) Object.assign(options, { initialQuery: given, initialName: "Search", preserveState: false });
"""
STYLES = "app-banner-container { display: none }\n"
"""No advertisements for what the gallery has nothing to do with."""


def options_script() -> str:
    options = {
        "endpointURL": GRAPHQL,
        "subscriptionsEndpoint": GRAPHQL,
        "subscriptionsProtocol": "wss",
        "initialQuery": FIRST_QUERY,
        "initialName": "PiGallery",
        "disableAccount": True,
        "initialSettings": {"theme": "system", "alert.disableUpdateNotification": True, "alert.disableWarnings": True},
    }
    # graphql-ws is Altair's name for the graphql-transport-ws protocol.
    options["initialSubscriptionRequestHandlerId"] = "graphql-ws"
    return f"const options = {json.dumps(options, indent=2)};\n{QUERY_IN_ADDRESS}AltairGraphQL.init(options);\n"


def page(html: str) -> str:
    """Altair's own page, standing below our address, its start in a script file of ours."""
    html = re.sub(r"<base [^>]*>", f'<base href="{PLAYGROUND}/">', html, count=1)
    html = html.replace("<title>Altair</title>", "<title>PiGallery playground</title>", 1)
    html = html.replace("</head>", '<link rel="stylesheet" href="ours.css"></head>', 1)
    return html.replace("</body>", '<script type="module" src="options.js"></script></body>', 1)


def playground(packages: Path) -> list[BaseRoute]:
    dist = packages / "altair-static" / "build" / "dist"
    if not (dist / "index.html").is_file():

        async def absent(request: Request) -> Response:
            return PlainTextResponse(
                "The playground's npm package is missing; run `deploy/install` (or `npm ci`) and start again.\n", 503
            )

        return [Route(PLAYGROUND, absent)]

    html = page((dist / "index.html").read_text("utf-8"))
    script = options_script()

    async def index(request: Request) -> Response:
        return HTMLResponse(html, headers={"content-security-policy": CONTENT_SECURITY_POLICY})

    async def options(request: Request) -> Response:
        return Response(script, media_type="text/javascript")

    async def styles(request: Request) -> Response:
        return Response(STYLES, media_type="text/css")

    async def enter(request: Request) -> Response:
        return RedirectResponse(f"{PLAYGROUND}/", 308)

    return [
        Route(PLAYGROUND, enter),
        Route(f"{PLAYGROUND}/", index),
        Route(f"{PLAYGROUND}/options.js", options),
        Route(f"{PLAYGROUND}/ours.css", styles),
        Mount(PLAYGROUND, StaticFiles(directory=dist)),
    ]
