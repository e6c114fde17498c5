"""Words about what people did with pictures, and what is missing on them: favorites, stars, albums, tags, place, trash;
and in which order and how many of them are wanted."""

from __future__ import annotations

import re

from api.search.heads import is_head
from api.search.holidays import HOLIDAYS
from api.search.language import PHOTO, is_function
from api.search.moments import MONTHS, SEASONS
from api.search.nouns import noun_at
from api.search.pieces import Piece, Role
from api.search.quantity import quantity
from api.search.sentence import Sentence, listed, table
from schema.filter.nodes import (
    AlbumFilter,
    CameraFilter,
    DuplicateKind,
    ImageFilter,
    PathFilter,
    PlaceFilter,
    Range,
    SimilarFilter,
    TagFilter,
    TimeFilter,
)
from schema.query import Sort, SortBy
from schema.words import fold

SCREENSHOTS = ImageFilter(
    or_=(
        ImageFilter(tag=TagFilter(any=("screenshot",))),
        ImageFilter(path=PathFilter(name=("screenshot",))),
    )
)
UNRATED = ImageFilter(not_=ImageFilter(rating=Range(min=1)))
FLAGS = table(
    {
        "favorite|favorites|favourite|favourites|fav|favs|fave|faves|faved|favorited|favourited|starred|hearted|loved"
        "|my favorites|my favourites": ImageFilter(favorite=True),
        "outside of albums|outside of any album|outside albums|outside any album|outside of my albums"
        "|not in any album|in no album|not in an album|without album|without an album|no album|in no albums"
        "|not in albums|not in any albums|in none of my albums|in none of our albums"
        "|in none of the albums": ImageFilter(album=AlbumFilter(known=False)),
        "in an album|in any album|in albums|in some album": ImageFilter(album=AlbumFilter(known=True)),
        "untagged|no tags|without tags|not tagged|without any tags|no keywords": ImageFilter(tagged=False),
        "tagged": ImageFilter(tagged=True),
        "not geotagged|unlocated": ImageFilter(place=PlaceFilter(known=False)),
        "geotagged|with gps|with location|with a location|has location|with coordinates"
        "|with known location|with a known place|located|has gps": ImageFilter(place=PlaceFilter(known=True)),
        "undated": ImageFilter(taken=TimeFilter(known=False)),
        "dated|with date|with a date": ImageFilter(taken=TimeFilter(known=True)),
        "nsfw|nude|nudes|nudity|porn|explicit|naked|adult content": ImageFilter(nsfw=Range(min=0.5)),
        "sfw|safe for work|not nsfw|no nudity": ImageFilter(nsfw=Range(max=0.5)),
        "in the trash|trashed|in trash|deleted|in the bin|trash": ImageFilter(trashed=True),
        "offline|unavailable": ImageFilter(offline=True),
        "unrated|not rated|without rating|without stars|no rating|no stars|without a rating"
        "|needs a rating|need a rating|needing a rating|to be rated|still to rate": UNRATED,
        "rated": ImageFilter(rating=Range(min=1)),
        "screenshot|screenshots|screen shot|screen shots|screen capture|screen captures|screengrab": SCREENSHOTS,
        "duplicate|duplicates|dupes|dupe|doubles|duplicated": ImageFilter(
            duplicate=(DuplicateKind.SAME_BYTES, DuplicateKind.SAME_PICTURE)
        ),
        "exact duplicate|exact duplicates|identical files|same file": ImageFilter(
            duplicate=(DuplicateKind.SAME_BYTES,)
        ),
        "burst|bursts|burst shot|burst shots|burst photos|series shots": ImageFilter(duplicate=(DuplicateKind.BURST,)),
    }
)  # fmt: skip
_STARS = ("stars", "star", "starred", "-star", "★", "⭐", "*")
_ALBUM_WORDS = listed("album albums")
_FOLDER_WORDS = listed("folder folders directory dir path")
_TAKEN, _RATING = SortBy.TAKEN, SortBy.RATING
_LACKING = [
    f"{how}{article}"
    for how in ("without", "missing", "lacking", "that lack")
    for article in ("", " a", " any", " the")
] + ["no", "with no", "unknown", "with unknown"]
_LACKED = {
    "date|dates|timestamp|timestamps": ImageFilter(taken=TimeFilter(known=False)),
    "location|locations|location data|place|gps|gps data|gps coordinates|coordinates|geotag|geotags": ImageFilter(
        place=PlaceFilter(known=False)
    ),
    "exif|exif data|metadata|camera data|camera info": ImageFilter(camera=CameraFilter(known=False)),
}
FLAGS |= table(
    {f"{lacking} {what}": asked for said, asked in _LACKED.items() for what in said.split("|") for lacking in _LACKING}
)
_TAGGED = ("tagged with", "tagged as", "tagged", "with the tag", "with tag", "tag", "tags", "with the keyword",
           "with keyword", "keyword", "keywords")  # fmt: skip
_ORDERS = table(
    {
        "latest|newest|most recent|newest first|latest first|most recent first|recent first|last": Sort(_TAKEN, True),
        "oldest|earliest|oldest first|earliest first|first|chronological|chronologically|in chronological order"
        "|old": Sort(_TAKEN, False),
        "a to z|alphabetically|alphabetical|in alphabetical order": Sort(SortBy.NAME, False),
        "z to a": Sort(SortBy.NAME, True),
        "recent|recently|lately|of late": Sort(_TAKEN, True),
        "best|top|best rated|highest rated|highest rating|best rating|top rated|favorite first|favorites first"
        "|favourites first"
        "|finest|best ever|greatest": Sort(_RATING, True),
        "worst|lowest rated|worst rated": Sort(_RATING, False),
        "random|randomly|shuffle|shuffled|in random order|any random|surprise me": Sort(SortBy.RANDOM, True),
        "biggest|largest|largest files|biggest files|heaviest": Sort(SortBy.BYTES, True),
        "smallest|smallest files": Sort(SortBy.BYTES, False),
        "highest resolution|most pixels": Sort(SortBy.PIXELS, True),
        "lowest resolution": Sort(SortBy.PIXELS, False),
        "recently added|latest added|last added|newly added|just added|recently imported|recently uploaded"
        "|latest imports|newly imported|new uploads": Sort(SortBy.ADDED, True),
        "most similar first|by similarity": Sort(SortBy.SIMILARITY, True),
    }
)
_BY = table(
    {
        "name|filename|file name|alphabetically|title": Sort(SortBy.NAME, False),
        "date|time|date taken|newest": Sort(_TAKEN, True),
        "size|file size|bytes": Sort(SortBy.BYTES, True),
        "rating|stars": Sort(_RATING, True),
        "resolution|pixels|megapixels": Sort(SortBy.PIXELS, True),
        "relevance": Sort(SortBy.RELEVANCE, True),
        "similarity": Sort(SortBy.SIMILARITY, True),
    }
)
_SORTED = ("sorted by", "sort by", "ordered by", "order by", "arranged by", "in order of", "sorted", "by")
_OF_PICTURES = listed("first last old random top surprise")
_OF_THINGS = listed("biggest largest smallest heaviest oldest earliest")
"""Of pictures, an order; of a thing in them, a word that nothing can answer: `the biggest fish`, `oldest son`."""
MAX_LIMIT = 1_000_000
_BY_A_CAMERA = re.compile(
    r"(img|dsc[nf]?|_dsc|pict|pxl|dji|gopr|mvi|sam|cimg|p\d{3})[-_]?\d{3,}(_\w+)?(\.\w{2,4})?", re.IGNORECASE
)
"""What cameras call their files."""


def mark_phrase(s: Sentence, i: int) -> Piece | None:
    rules = (_flag, _tag, _stars, _album, _folder, _file_name, _similar)
    found = [piece for rule in rules if (piece := rule(s, i)) is not None]
    return max(found, key=lambda piece: piece.end, default=None)


def _meaning(i: int, end: int, kind: str, asked: ImageFilter) -> Piece:
    return Piece(i, end, Role.MEANING, kind, asked)


def _flag(s: Sentence, i: int) -> Piece | None:
    found = s.longest(i, FLAGS)
    if found is not None and s.norm(found[0] - 1) == "rated" and s.number(found[0]):
        found = None  # "not rated 5"
    said_of_what = found and s.is_word(found[0]) and s.norm(found[0]) not in PHOTO
    if found is None or (s.norm(i) in ("tagged", "rated", "dated", "loved") and said_of_what):
        return None
    return _meaning(i, found[0], "mark", found[1])


def _tag(s: Sentence, i: int) -> Piece | None:
    """`tagged with road trip`, `keyword vacation`: a tag of the library, by its own name."""
    at = s.after(i, *_TAGGED)
    found = s.longest(s.skip(at, (":",)), s.vocabulary.labels) if at else None
    return _meaning(i, found[0], "tag", ImageFilter(tag=TagFilter(any=(found[1],)))) if found else None


def _stars(s: Sentence, i: int) -> Piece | None:
    """`5 stars` `rated 4 or more` `at least 3 stars`."""
    rated = s.after(i, "rated as", "rated", "rating of", "rating", "with a rating of", "with rating")
    found = quantity(s, rated or i, unit=lambda s, j: s.after(j, *_STARS), list_of_two=True)
    if found is None or not (rated or found.unit) or max(found.low or 0, found.high or 0) > 5:
        return None
    end = found.end
    if s.norm(end) in ("rating", "rated", "ratings"):
        end += 1
    low, high = found.low, found.high
    if found.exact and (tail := s.after(end, "or better", "or more", "and up", "and above", "+", "or higher")):
        high, end = None, tail
    step = 1 if found.strict else 0
    asked = Range(min=None if low is None else low + step, max=None if high is None else high - step)
    return _meaning(i, end, "rating", ImageFilter(rating=asked))


def _album(s: Sentence, i: int) -> Piece | None:
    """An album's whole name; one word of it only beside the word album."""
    at = s.after(i, "in the", "in", "from the", "from", "the") or i
    called = s.skip(at, ("album", "albums", "called", "named", ":")) if s.norm(at) in _ALBUM_WORDS else at
    for start in dict.fromkeys((called, i)):
        if found := s.longest(start, s.vocabulary.albums_named):
            end, album = found
            beside = called != at or s.norm(end) in _ALBUM_WORDS
            if end - start == 1 and not beside and s.vocabulary.concepts(s.norm(start)) and _is_thing(s, start):
                continue
            end += s.norm(end) in _ALBUM_WORDS
            if not (beside or start == i):
                continue
            return _meaning(i, end, "album", ImageFilter(album=AlbumFilter(any=(f"album:{album.id}",))))
    return _part_of_album(s, i, called if called != at else at)


def _part_of_album(s: Sentence, i: int, at: int) -> Piece | None:
    """Words of the one album that has them, in any order, beside the word album: `the wedding album`."""
    after = next((k for k in range(at + 1, min(at + 5, len(s))) if s.norm(k) in _ALBUM_WORDS), None)
    if after is None:
        return None
    said = set(s.norms[at:after])
    found = [album for words, album in s.vocabulary.albums_named.items() if said <= set(words)]
    if len(found) != 1:
        return None
    return _meaning(i, after + 1, "album", ImageFilter(album=AlbumFilter(any=(f"album:{found[0].id}",))))


def _is_thing(s: Sentence, i: int) -> bool:
    return any(sense in s.vocabulary.pictured for sense in s.vocabulary.lexicon.senses(s.norm(i)))


def _folder(s: Sentence, i: int) -> Piece | None:
    """`in folder scans`, `in the scans folder`, `folder 2019/croatia`, `in scans`, `2019/croatia`."""
    if by_name := _folder_by_name(s, i):
        return by_name
    at = s.after(i, "in the", "in", "from the", "from", "the") or i
    if s.norm(at) in _FOLDER_WORDS:
        start = s.skip(at + 1, ("called", "named", ":"))
        end = stop = start + 1
        while end < len(s) and s.tokens[end].glued:
            end = stop = end + 1
    else:
        start = at
        stop = next((j for j in range(at + 1, min(at + 6, len(s))) if s.norm(j) in _FOLDER_WORDS), -1)
        end = stop + 1
        if stop < 0 or fold(s.written(start, stop)) not in map(fold, s.vocabulary.folders):
            return None
    if start >= len(s) or s.norm(start) in ("\0", ""):
        return None
    return _meaning(i, end, "folder", ImageFilter(path=PathFilter(under=(s.written(start, stop),))))


def _folder_by_name(s: Sentence, i: int) -> Piece | None:
    """A folder in use without that word: by its slash, or after `in` where the name is nothing else."""
    at = s.after(i, "in", "under", "inside", "from") or i
    end = at + 1
    while end < len(s) and s.tokens[end].glued:
        end += 1
    if at >= len(s) or (at == i and s.tokens[i].glued):
        return None
    said = s.written(at, end).strip("/")
    if fold(said) not in map(fold, s.vocabulary.folders):
        return None
    if "/" not in said and (s.before(at) not in ("in", "under", "inside") or said.isdigit() or _is_known(s, at)):
        return None
    return _meaning(i, end, "folder", ImageFilter(path=PathFilter(under=(said,))))


def _is_known(s: Sentence, i: int) -> bool:
    """Whether a word is a time, a place, somebody, an album or a thing in the pictures."""
    named = (SEASONS, MONTHS, HOLIDAYS, s.vocabulary.places_named, s.vocabulary.people_named, s.vocabulary.albums_named)
    return any(s.longest(i, names) for names in named) or _is_thing(s, i)


def _file_name(s: Sentence, i: int) -> Piece | None:
    """`filename IMG_1234`: all that stands there without a space; `IMG_1234` says by itself that it is one."""
    at = s.after(i, "filename", "file name", "file named", "file called", "filenames")
    at = at and (s.after(at, "contains", "containing", "includes", "starts with", "begins with", "like", "is") or at)
    if (at or i) >= len(s) or (at is None and s.tokens[i].glued):
        return None
    at, told = (i, False) if at is None else (at, True)
    end = at + 1
    while end < len(s) and s.tokens[end].glued:
        end += 1
    if not told and not _BY_A_CAMERA.fullmatch(s.written(at, end)):
        return None
    return _meaning(i, end, "file name", ImageFilter(path=PathFilter(name=(s.written(at, end),))))


def _similar(s: Sentence, i: int) -> Piece | None:
    """`similar to this`, of the picture on the screen."""
    end = s.after(i, "most similar to this", "similar to this", "like this", "like this one", "looks like this")
    if end is None:
        return None
    end += s.norm(end) in PHOTO | {"one"}
    if s.vocabulary.current is None:
        return Piece(i, end, Role.UNKNOWN, "this")
    return _meaning(i, end, "similar", ImageFilter(similar=SimilarFilter(to=s.vocabulary.current)))


def order_phrase(s: Sentence, i: int) -> Piece | None:
    """`latest 20`, `the 3 best`, `oldest photos`, `sorted by name`, `top 5`, `first photo of`."""
    if end := s.after(i, *_SORTED):
        if found := s.longest(end, _BY) or (s.longest(end, _ORDERS) if s.norm(i) != "by" else None):
            end, sort = found
            if s.norm(i) == "by" and s.norm(i + 1) not in ("name", "date", "size", "rating", "relevance"):
                return None
            if tail := s.after(end, "descending", "desc", "reversed"):
                sort, end = Sort(sort.by, True), tail
            elif tail := s.after(end, "ascending", "asc"):
                sort, end = Sort(sort.by, False), tail
            return Piece(i, end, Role.ORDER, "order", sort=sort)
        return None
    at = s.after(i, "the", "my", "our") or i
    limit: int | None = None
    if number := s.number(at):
        limit, at_order = int(number[0]), number[1]
    else:
        at_order = at
    found = s.longest(at_order, _ORDERS)
    if found is None:
        return _bare_limit(s, i, at, limit, at_order)
    end, sort = found
    word = s.norm(at_order)
    if limit is None and (number := s.number(end)) and not _measures(s, number) and number[0] == int(number[0]):
        limit, end = int(number[0]), number[1]
    of_pictures = s.norm(end) in PHOTO
    if word == "top" and limit is None and s.norm(end) == "of":
        return None  # "at the top of the tower"
    if word in _OF_THINGS and s.is_word(end) and not of_pictures and not limit and _is_said_of(s, word, end):
        return Piece(i, end, Role.UNKNOWN, "word")
    if word in _OF_PICTURES and not (of_pictures or (limit and word != "old")) and not _stands_for_order(s, word, end):
        return None
    if limit is None and _of_one(s, end):
        limit = 1
    if of_pictures and word not in ("best", "top"):
        end += 1
    if limit is not None and not 1 <= limit <= MAX_LIMIT:
        return None
    return Piece(i, end, Role.ORDER, "order", sort=sort, limit=limit)


def _is_said_of(s: Sentence, word: str, i: int) -> bool:
    """Whether a superlative is about the person or the thing that follows, and no word for pictures comes after it."""
    if word in ("oldest", "earliest"):
        return is_head(s, i) and s.norm(i + 1) not in PHOTO
    return (is_head(s, i) or noun_at(s, i) is not None) and s.norm(i + 1) not in PHOTO


def _of_one(s: Sentence, i: int) -> bool:
    """Whether one picture is spoken of: `best photo`, `best beach photo`."""
    while s.is_word(i) and s.norm(i) not in PHOTO and not is_function(s.norm(i)):
        i += 1
    word = s.norm(i)
    return word in PHOTO and word[-1] != "s" and word != "photography"


def _stands_for_order(s: Sentence, word: str, end: int) -> bool:
    """`random cats`, `top sunsets`, `random`; but `first` and `last` only beside a word for pictures, or before what
    kind of pictures they are: `first digital photo`."""
    if word in ("first", "last") and s.is_word(end) and s.norm(end + 1) in PHOTO and not is_function(s.norm(end)):
        return True
    return (word in ("random", "top") and s.is_word(end)) or (word == "random" and end >= len(s))


def _measures(s: Sentence, number: tuple[float, int]) -> bool:
    """Whether a number is a year or counts something else: `best 2019`, `best 50 mm`, `latest 3 days`."""
    return 1800 < number[0] < 2101 or s.norm(number[1]) in listed(
        "mm days weeks months years year day week month megapixels mp mb stars star - /"
    )


def some_of(s: Sentence, i: int) -> Piece | None:
    """`5 favorite pictures`: a number before the word for pictures, with no thing between that it could count."""
    if s.tokens[i].glued or (number := s.number(i)) is None:
        return None
    if not 1 <= number[0] <= MAX_LIMIT or number[0] != int(number[0]):
        return None
    if _measures(s, number) or (number[1] < len(s) and s.tokens[number[1]].glued):
        return None
    if not any(s.norm(k) in PHOTO for k in range(number[1], number[1] + 4)):
        return None
    return Piece(i, number[1], Role.ORDER, "order", limit=int(number[0]))


def _bare_limit(s: Sentence, i: int, at: int, limit: int | None, end: int) -> Piece | None:
    """`20 photos of ...`, `three random photos`."""
    if limit is None or s.tokens[at].glued or not 1 <= limit <= MAX_LIMIT or s.norm(end) not in PHOTO:
        return None
    return Piece(i, end + 1, Role.ORDER, "order", limit=limit)
