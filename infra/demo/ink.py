"""What the painters of specimen pictures share: fonts, the grain of a scan, marks, a silhouette, JPEG."""

import random
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFont, features

SPECIMEN_EN: Final = "SPECIMEN - synthetic, not a real document"
SPECIMEN_AR: Final = "نموذج، ليس وثيقة حقيقية"
Color = tuple[int, int, int]
INK: Final[Color] = (34, 40, 49)
FAINT: Final[Color] = (104, 112, 122)
RED: Final[Color] = (176, 32, 44)
_FONTS: Final = Path(__file__).parents[2] / "templates" / "fonts"
_LATIN: Final = "ReceiptLatin-Regular.ttf"
_ARABIC: Final = "ReceiptArabic-Regular.ttf"
_QUALITY: Final = 88


@cache
def latin(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    path = _FONTS / _LATIN
    return ImageFont.truetype(path, size) if path.is_file() else ImageFont.load_default(size)


@cache
def arabic(size: int) -> ImageFont.FreeTypeFont | None:
    """None where Pillow cannot join Arabic letters: then the pictures stay English only."""
    path = _FONTS / _ARABIC
    if not (path.is_file() and features.check("raqm")):
        return None
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.RAQM)


def write(canvas: Image.Image, at: tuple[int, int], text: str, *, size: int, fill: Color = INK) -> None:
    ImageDraw.Draw(canvas).text(at, text, font=latin(size), fill=fill)


def write_arabic(canvas: Image.Image, right_top: tuple[int, int], text: str, *, size: int, fill: Color = INK) -> None:
    """Right-aligned at `right_top`; nothing when Arabic cannot be shaped."""
    font = arabic(size)
    if font is not None:
        right, top = right_top
        ImageDraw.Draw(canvas).text(
            (right, top - size // 5), text, font=font, fill=fill, anchor="ra", direction="rtl", language="ar"
        )


def write_spaced(canvas: Image.Image, at: tuple[int, int], text: str, *, size: int, pitch: float) -> None:
    """Every sign in the middle of a cell `pitch` wide, as on a machine-readable zone, whatever the font."""
    pen = ImageDraw.Draw(canvas)
    for position, sign in enumerate(text):
        pen.text((at[0] + (position + 0.5) * pitch, at[1]), sign, font=latin(size), fill=INK, anchor="ma")


def paper(size: tuple[int, int], tint: Color) -> Image.Image:
    return grained(Image.new("RGB", size, tint))


def grained(picture: Image.Image) -> Image.Image:
    """With the grain of a scan, so that it weighs what a scan weighs."""
    grain = _grain(picture.size)
    return ImageChops.add(picture, Image.merge("RGB", (grain, grain, grain)), scale=1, offset=-20)


@cache
def _grain(size: tuple[int, int]) -> Image.Image:
    width, height = size[0] // 2, size[1] // 2
    noise = random.Random(7).randbytes(width * height)  # noqa: S311 - paper, not a secret
    picture = Image.frombytes("L", (width, height), noise).point([value * 40 // 255 for value in range(256)])
    return picture.resize(size, Image.Resampling.BILINEAR)


def mark_as_specimen(canvas: Image.Image, *, footer_y: int) -> None:
    """The word across the sheet and the sentence at its foot, in both languages."""
    width, height = canvas.size
    across = Image.new("L", (width, height), 0)
    pen = ImageDraw.Draw(across)
    pen.text((width / 2, height / 2), "SPECIMEN", font=latin(height // 4), fill=46, anchor="mm")
    canvas.paste(RED, (0, 0), across.rotate(18, Image.Resampling.BILINEAR))
    write(canvas, (40, footer_y), SPECIMEN_EN, size=22, fill=RED)
    write_arabic(canvas, (width - 40, footer_y), SPECIMEN_AR, size=24, fill=RED)


@cache
def silhouette(size: tuple[int, int], *, clothes: Color, ground: Color) -> Image.Image:
    """A head and shoulders without a face, and the word SPECIMEN on the chest."""
    width, height = (side * 2 for side in size)
    figure = Image.new("RGB", (width, height), ground)
    pen = ImageDraw.Draw(figure)
    skin, hair = (196, 160, 132), (52, 44, 40)
    pen.ellipse((width * 0.02, height * 0.76, width * 0.98, height * 1.5), fill=clothes)
    pen.rounded_rectangle((width * 0.4, height * 0.6, width * 0.6, height * 0.83), radius=width // 12, fill=skin)
    pen.ellipse((width * 0.2, height * 0.12, width * 0.8, height * 0.68), fill=hair)
    pen.ellipse((width * 0.25, height * 0.2, width * 0.75, height * 0.73), fill=skin)
    pen.text((width / 2, height * 0.97), "SPECIMEN", font=latin(width // 8), fill=(255, 255, 255), anchor="ms")
    return figure.resize(size, Image.Resampling.LANCZOS)


def jpeg(canvas: Image.Image, *, exif: Image.Exif | bytes = b"") -> bytes:
    out = BytesIO()
    canvas.save(out, "JPEG", quality=_QUALITY, dpi=(300, 300), exif=exif)
    return out.getvalue()
