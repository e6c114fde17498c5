"""The library as a table, for a notebook or a script: every photo that a filter finds, page by page.

    PIGALLERY_TOKEN=pgt_... python notebook.py http://photos.local:8080 '{"taken": {"years": [2019]}}' > photos.csv

Make the token on the gallery's page /apps, or with `pigallery token add`. Needs Python 3.11 and httpx.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import httpx

PAGE = """query($filter: ImageFilter, $after: String) {
  images(filter: $filter, first: 200, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { key name taken place { name } make model rating tags { label score } }
  }
}"""


class Library:
    """`for photo in Library(address, token).photos({...})`; each is a dict with the fields of `PAGE`."""

    def __init__(self, address: str, token: str) -> None:
        headers = {"authorization": f"Bearer {token}"}
        self.client = httpx.Client(base_url=address, headers=headers, timeout=60)

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = self.client.post("/graphql", json={"query": query, "variables": variables}).json()
        if answer.get("errors"):
            raise SystemExit(answer["errors"][0]["message"])
        data: dict[str, Any] = answer["data"]
        return data

    def photos(self, filter: dict[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        after = None
        while True:
            images = self.ask(PAGE, filter=filter or {}, after=after)["images"]
            yield from images["nodes"]
            if not images["pageInfo"]["hasNextPage"]:
                return
            after = images["pageInfo"]["endCursor"]


def main() -> None:
    if len(sys.argv) < 2 or not os.environ.get("PIGALLERY_TOKEN"):
        raise SystemExit(__doc__)
    library = Library(sys.argv[1], os.environ["PIGALLERY_TOKEN"])
    out = csv.writer(sys.stdout)
    out.writerow(["key", "name", "taken", "place", "camera", "rating", "tags"])
    for photo in library.photos(json.loads(sys.argv[2]) if len(sys.argv) > 2 else None):
        place = (photo["place"] or {}).get("name", "")
        camera = f"{photo['make']} {photo['model']}".strip()
        tags = " ".join(dict.fromkeys(tag["label"] for tag in photo["tags"]))
        out.writerow([photo["key"], photo["name"], photo["taken"], place, camera, photo["rating"], tags])


if __name__ == "__main__":
    main()
