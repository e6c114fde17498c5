"""What a file is: by the bytes it begins with, never by its name alone."""

from __future__ import annotations

STANDARD = frozenset(
    {b"jpg", b"jpeg", b"jpe", b"jfif", b"png", b"apng", b"webp", b"avif", b"heic", b"heif", b"hif", b"tif", b"tiff"}
) | {b"gif", b"jxl"}
RAW = frozenset(
    b"3fr ari arw cr2 cr3 crw dcr dng erf fff iiq k25 kdc mdc mef mos mrw nef nrw orf pef ptx raf raw rw2 rwl sr2 "
    b"srf srw x3f".split()
)
SUFFIXES = STANDARD | RAW
"""Files with these endings are taken in; what they are is decided by their content."""

HEAD_BYTES = 64
"""As much of a file's beginning as `sniff` looks at."""

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"mif2"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_RAW_MAGIC = (b"FUJIFILMCCD-RAW", b"IIU\x00", b"IIRO", b"IIRS", b"MMOR", b"FOVb", b"\x00MRM", b"ARRI")


def suffix(name: bytes) -> bytes:
    """The ending of a file name, lower case, without its dot."""
    _, dot, ending = name.rpartition(b".")
    return ending.lower() if dot and b"/" not in ending else b""


def is_picture_name(name: bytes) -> bool:
    """Whether a file with this name may be a picture at all."""
    return suffix(name) in SUFFIXES


def sniff(head: bytes, ending: bytes) -> str | None:
    """The format of a file that begins with `head`, as `Image.format` names it; None when it is no picture we know.

    Many raw formats are TIFF inside: only there the ending of the name decides.
    """
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith((b"\xff\x0a", b"\x00\x00\x00\x0cJXL \r\n\x87\n")):
        return "jxl"
    if head.startswith(_RAW_MAGIC) or head[6:14] == b"HEAPCCDR" or head[8:10] == b"CR":
        return "raw"
    if head.startswith((b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")):
        return "raw" if ending in RAW else "tiff"
    if head[4:8] == b"ftyp":
        return _box_format(head)
    return None


def _box_format(head: bytes) -> str | None:
    """Of an ISO base media file: by its major brand, else by the compatible ones."""
    size = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size - 3, 4))]
    if brands[0] == b"crx ":
        return "raw"
    for brand in brands:
        if brand in _AVIF_BRANDS:
            return "avif"
    return "heic" if any(brand in _HEIC_BRANDS for brand in brands) else None
