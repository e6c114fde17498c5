"""What a viewer's rights hide: questions that may not be asked, and fields that are not shown. Pure rules."""

from __future__ import annotations

import re
from dataclasses import replace

from schema.errors import Refused
from schema.filter.compose import parts, rewrite, step
from schema.filter.nodes import EVERYTHING, ImageFilter, TextField
from schema.graph import AssetFile, Image, TagKind
from schema.policy import Capability, Viewer
from schema.query import FacetBy

_PLACE_WORDS = re.compile(r"gps|latitude|longitude|location|city|country|province|state|district|landmark|place", re.I)
"""Names of metadata fields that say where a picture was taken."""


def sees_everything(viewer: Viewer) -> bool:
    return viewer.scope == EVERYTHING


def sees_places(viewer: Viewer) -> bool:
    return viewer.may(Capability.LOCATION)


def sees_paths(viewer: Viewer) -> bool:
    return viewer.may(Capability.IMPORT) or viewer.may(Capability.ADMIN)


def allowed(asked: ImageFilter, viewer: Viewer) -> ImageFilter:
    """The question, without what this viewer may not find out by asking. Raises Refused where it asks outright."""
    places, paths = sees_places(viewer), sees_paths(viewer)
    if places and paths:
        return asked
    for path, part in parts(asked):
        if part.place is not None and not places:
            raise Refused(f"{step(path, 'place')}: {viewer.name} may not know where pictures were taken; leave it out.")
        if part.path is not None and not paths:
            raise Refused(f"{step(path, 'path')}: {viewer.name} may not know where files lie; leave it out.")
        if part.text is not None and TextField.PATH in part.text.fields and not paths:
            raise Refused(f"{step(path, 'text.fields')}: {viewer.name} may not know where files lie; leave PATH out.")
    return asked if paths else rewrite(asked, _without_path_text)


def _without_path_text(part: ImageFilter) -> ImageFilter:
    if part.text is None or part.text.fields:
        return part
    fields = tuple(field for field in TextField if field is not TextField.PATH)
    return part.model_copy(update={"text": part.text.model_copy(update={"fields": fields})})


def require_facet(by: FacetBy, viewer: Viewer) -> None:
    """Raises Refused for a facet whose values this viewer may not see."""
    if by in (FacetBy.PLACE, FacetBy.COUNTRY) and not sees_places(viewer):
        raise Refused(f"{viewer.name} may not know where pictures were taken; ask for another facet than {by}.")
    if by is FacetBy.FOLDER and not sees_paths(viewer):
        raise Refused(f"{viewer.name} may not know where files lie; ask for another facet than {by}.")


def shown(image: Image, viewer: Viewer) -> Image:
    """An image as this viewer sees it: without place and paths where the right to them is missing."""
    if not sees_places(viewer):
        image = replace(
            image,
            lat=None,
            lon=None,
            altitude=None,
            place=None,
            near_city=None,
            metadata={name: value for name, value in image.metadata.items() if not _PLACE_WORDS.search(name)},
        )
    if not sees_paths(viewer):
        image = replace(
            image,
            files=tuple(_nameless(file) for file in image.files),
            tags=tuple(tag for tag in image.tags if tag.kind is not TagKind.WORD),
        )
    return image


def _nameless(file: AssetFile) -> AssetFile:
    """A file without where it lies; its stages stay out too, since their reasons may quote the path."""
    return replace(file, path=file.path.rpartition("/")[2], root="", inode=0, device=0, stages=())
