"""`python -m api.graphql.sdl` writes the schema as SDL to schema/schema.graphql."""

from __future__ import annotations

from pathlib import Path

SDL = Path(__file__).resolve().parents[2] / "schema" / "schema.graphql"


def sdl() -> str:
    from api.graphql.schema import schema

    return schema.as_str() + "\n"


if __name__ == "__main__":
    SDL.write_text(sdl(), "utf-8")
