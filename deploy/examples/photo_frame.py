"""A photo frame: shows a code once, then saves one picture after the other where a screen can show it.

    python photo_frame.py http://photos.local:8080 frame.jpg --search "happy people outdoors" --every 60

Type the code on the gallery's page /device, and choose there what the frame may see. Needs Python 3.11 and httpx.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path

import httpx

NEXT = "query($text: String!) { search(text: $text, first: 200) { nodes { name largeUrl } } }"


class Frame:
    def __init__(self, address: str, kept: Path) -> None:
        self.client = httpx.Client(base_url=address, timeout=30)
        self.kept = kept
        self.state = json.loads(kept.read_text()) if kept.exists() else {}

    def keep(self, **more: str) -> None:
        self.state |= more
        self.kept.touch(mode=0o600)
        self.kept.write_text(json.dumps(self.state))

    def connect(self) -> None:
        """Ask for a code, show it, and wait until somebody typed it."""
        about = {"client_name": "Photo frame", "redirect_uris": [], "token_endpoint_auth_method": "none"}
        self.keep(client=self.client.post("/oauth/register", json=about).raise_for_status().json()["client_id"])
        asked = {"client_id": self.state["client"], "scope": "read"}
        code = self.client.post("/oauth/device", data=asked).raise_for_status().json()
        print(f"Open {code['verification_uri']} and type {code['user_code']}", flush=True)
        wait = code["interval"]
        while True:
            time.sleep(wait)
            answer = self.token("urn:ietf:params:oauth:grant-type:device_code", device_code=code["device_code"])
            if "access_token" in answer:
                return
            if answer["error"] == "slow_down":
                wait += 5
            elif answer["error"] != "authorization_pending":
                raise SystemExit(f"The gallery did not let this frame in ({answer['error']}).")

    def token(self, kind: str, **fields: str) -> dict[str, str]:
        asked = {"grant_type": kind, "client_id": self.state["client"], **fields}
        answer: dict[str, str] = self.client.post("/oauth/token", data=asked).json()
        if "access_token" in answer:
            self.keep(access=answer["access_token"], refresh=answer["refresh_token"])
        return answer

    def pictures(self, text: str) -> list[dict[str, str]]:
        """Asks again with a fresh token when the old one ran out; connects anew when that was taken away."""
        if "access" not in self.state:
            self.connect()
        for _ in range(3):
            headers = {"authorization": f"Bearer {self.state['access']}"}
            asked = {"query": NEXT, "variables": {"text": text}}
            answer = self.client.post("/graphql", json=asked, headers=headers)
            if answer.status_code == 200:
                return [node for node in answer.json()["data"]["search"]["nodes"] if node["largeUrl"]]
            if "error" in self.token("refresh_token", refresh_token=self.state["refresh"]):
                self.connect()
        raise SystemExit("The gallery does not let this frame in.")

    def show(self, text: str, into: Path) -> str:
        picture = random.choice(self.pictures(text))
        beside = into.with_suffix(".part")
        beside.write_bytes(self.client.get(picture["largeUrl"]).raise_for_status().content)
        beside.replace(into)
        return picture["name"]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("address")
    arguments.add_argument("picture", type=Path)
    arguments.add_argument("--search", default="")
    arguments.add_argument("--every", type=float, default=60, help="seconds; 0 shows one and ends")
    given = arguments.parse_args()
    frame = Frame(given.address, given.picture.with_suffix(".token"))
    while True:
        print(frame.show(given.search, given.picture), flush=True)
        if not given.every:
            return
        time.sleep(given.every)


if __name__ == "__main__":
    main()
