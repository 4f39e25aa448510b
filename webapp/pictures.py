"""What a picture is: by its first bytes, of four raster formats, and small enough for a browser to draw (H-107, H-117)."""

from io import BytesIO

import imagesize

from models.message import Attachment

MAX_SHOWN = 10 * 1024 * 1024  # a larger file is downloaded, not drawn
MOST_PIXELS = 20_000_000
LONGEST_SIDE = 20_000

STARTS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
DRAWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def picture_type(content: bytes) -> str | None:
    """The type of a raster picture by its first bytes, None for everything else."""
    for start, kind in STARTS:
        if content.startswith(start):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def can_be_drawn(content: bytes) -> bool:
    """Whether a browser can hold the picture without harm: a few kilobytes may unfold to gigabytes of pixels."""
    width, height = size_of(content)
    return 0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE and width * height <= MOST_PIXELS


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height in pixels as the head of the file tells them; (-1, -1) where it tells none."""
    try:
        width, height = imagesize.get(BytesIO(content))
    except Exception:  # noqa: BLE001 - a stranger's bytes under a library's parser: whatever it stumbles over is no picture
        return -1, -1
    return int(width), int(height)


def is_picture(file: Attachment) -> bool:
    """Whether the file says it is a picture we draw; its bytes are asked when it is drawn."""
    return file.size <= MAX_SHOWN and file.content_type in DRAWN
