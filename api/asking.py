"""`pigallery search` and `pigallery status`: ask the running server, or the library itself when none runs."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from api.auth.local import bearer
from api.lock import is_served, running_server
from schema.errors import BadConfig, PiGalleryError, StoreUnavailable
from schema.settings import Settings

SEARCH = """
query Search($text: String!, $first: Int!) {
  understand(text: $text) { description unknown filter }
  search(text: $text, first: $first) {
    totalCount
    nodes { key name taken place { chain { name } } tags { label } files { path present } originalUrl }
  }
}
"""
STATUS = """
{
  images(first: 0) { totalCount }
  ingest {
    running phase total done failed ratePerS secondsLeft
    stages { stage state count }
    failures(first: 20) { path stage reason }
    errors
  }
}
"""

ALONE_S = 300.0
"""For a question in a process of its own, which loads what it needs first and holds nobody up."""


def ask(settings: Settings, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    """The data of a GraphQL answer; its first error is raised with its sentence."""
    address = running_server(settings.home).get("address") if is_served(settings.home) else None
    if address:
        answer = _ask_server(settings, str(address), query, variables)
    else:
        if not settings.edgedb_dsn and not settings.database.exists():
            raise BadConfig(f"There is no library in {settings.home} yet; make one with: pigallery serve FOLDER")
        answer = asyncio.run(_ask_library(settings, query, variables))
    if answer.get("errors"):
        raise PiGalleryError(answer["errors"][0]["message"])
    data: dict[str, Any] = answer["data"]
    return data


def _ask_server(settings: Settings, address: str, query: str, variables: dict[str, Any] | None) -> dict[str, Any]:
    import httpx

    try:
        found = httpx.post(
            f"{address}/graphql",
            json={"query": query, "variables": variables},
            headers={"authorization": bearer(settings)},
            timeout=60,
            verify=False,  # its own address; the certificate is for the name that others use
        )
        answer: dict[str, Any] = found.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise StoreUnavailable(f"The gallery at {address} does not answer ({error}); is it still starting?") from None
    return answer


async def _ask_library(settings: Settings, query: str, variables: dict[str, Any] | None) -> dict[str, Any]:
    from api.graphql.context import Context
    from api.graphql.schema import schema
    from api.opening import opened
    from schema.policy import OWNER

    patient = settings.model_copy(update={"query_timeout": ALONE_S})
    async with opened(patient, follow=False) as library:
        context = Context(view=library.view(OWNER), library=library, settings=patient, queue=None)
        result = await schema.execute(query, variable_values=variables, context_value=context)
    return {"data": result.data, "errors": [error.formatted for error in result.errors or ()]}


def search(settings: Settings, text: str, first: int, *, as_json: bool) -> None:
    data = ask(settings, SEARCH, {"text": text, "first": first})
    if as_json:
        print(json.dumps(data, indent=2, ensure_ascii=False))
        return
    understood, found = data["understand"], data["search"]
    print(f"{found['totalCount']:,} found: {understood['description']}", file=sys.stderr)
    if understood["unknown"]:
        print(f"Not understood: {', '.join(understood['unknown'])}", file=sys.stderr)
    for node in found["nodes"]:
        present = [file["path"] for file in node["files"] if file["present"]]
        print(present[0] if present else f"{node['name']} (offline)")


def status(settings: Settings) -> None:
    data = ask(settings, STATUS)
    ingest = data["ingest"]
    served = running_server(settings.home).get("address") if is_served(settings.home) else None
    print(f"Home      {settings.home}")
    print(f"Server    {served or 'not running'}")
    print(f"Images    {data['images']['totalCount']:,}")
    print(f"Import    {_import_line(ingest)}")
    states: dict[str, list[str]] = {}
    for count in ingest["stages"]:
        states.setdefault(count["stage"], []).append(f"{count['count']:,} {count['state']}")
    for stage, counts in states.items():
        print(f"  {stage:<8}  {', '.join(counts)}")
    for sentence in ingest["errors"]:
        print(f"  {sentence}")
    for failure in ingest["failures"]:
        print(f"  {failure['path']}: {failure['reason']}")
    if ingest["failed"] > len(ingest["failures"]):
        print(f"  and {ingest['failed'] - len(ingest['failures']):,} more")


def _import_line(ingest: dict[str, Any]) -> str:
    from api.terminal import duration

    if not ingest["running"]:
        return f"nothing to do, {ingest['failed']:,} failed" if ingest["failed"] else "nothing to do"
    left = f", {duration(ingest['secondsLeft'])} left" if ingest["secondsLeft"] else ""
    return f"{ingest['done']:,} of {ingest['total']:,}{left}"
