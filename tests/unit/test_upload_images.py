"""Uploaded pictures: what survives is the pixels."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from infra.settings import UploadSettings
from infra.uploads import RefusalCode, RefusedFileError, rebuild
from tests.uploads import picture

LIMITS = UploadSettings()


def shown(data: bytes) -> Image.Image:
    clean = rebuild(data, limits=LIMITS)
    assert (clean.media_type, clean.pages) == ("image/jpeg", 1)
    return Image.open(BytesIO(clean.data), formats=("JPEG",))


def refused(data: bytes, limits: UploadSettings = LIMITS) -> RefusalCode:
    with pytest.raises(RefusedFileError) as caught:
        rebuild(data, limits=limits)
    return caught.value.code


def near(pixel: tuple[int, ...], colour: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(pixel, colour, strict=True))


def header_only_png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def test_metadata_and_comments_are_gone() -> None:
    exif = Image.Exif()
    exif[0x010E] = "Name Secret"
    exif.get_ifd(0x8825)[2] = (29.0, 22.0, 11.0)
    data = picture(
        exif=exif, comment=b"Comment Secret", xmp=b"<x:xmpmeta>Secret</x:xmpmeta>", icc_profile=b"Secret" * 99
    )
    assert data.count(b"Secret") > 3
    clean = rebuild(data, limits=LIMITS).data
    assert b"Secret" not in clean
    assert b"Exif" not in clean


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_what_was_appended_is_gone(form: str) -> None:
    for tail in (b"<script>alert(1)</script>", b"%PDF-1.7\n1 0 obj", b"PK\x03\x04evil.exe"):
        clean = rebuild(picture(form) + tail, limits=LIMITS)
        assert tail not in clean.data
        assert clean.media_type == "image/jpeg"


def test_a_picture_is_shown_as_the_camera_meant_it() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: turn a quarter to the right
    image = shown(picture(exif=exif, quality=95))
    assert image.size == (40, 60)
    assert near(image.getpixel((20, 5)), (40, 30, 20))
    assert near(image.getpixel((20, 55)), (200, 210, 220))


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_every_colour_model_of_a_jpeg_looks_the_same(mode: str) -> None:
    image = shown(picture(mode=mode, quality=95)).convert("RGB")
    expected = Image.open(BytesIO(picture(mode=mode, quality=95))).convert("RGB")
    assert near(image.getpixel((5, 5)), expected.getpixel((5, 5)))
    assert near(image.getpixel((55, 5)), expected.getpixel((55, 5)))


def test_a_jpeg_that_holds_red_green_and_blue_keeps_its_colours() -> None:
    image = shown(picture(quality=95, keep_rgb=True))
    assert near(image.getpixel((5, 5)), (40, 30, 20))


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1", "I;16", "RGBA", "LA"])
def test_every_kind_of_png_becomes_a_jpeg(mode: str) -> None:
    out = BytesIO()
    grey = Image.new("L", (20, 20), 255)
    (Image.new("I;16", (20, 20), 65535) if mode == "I;16" else grey.convert(mode)).save(out, "PNG")
    assert shown(out.getvalue()).convert("L").getpixel((10, 10)) > 250


def test_sixteen_bits_of_grey_keep_their_shade() -> None:
    out = BytesIO()
    Image.new("I;16", (20, 20), 32768).save(out, "PNG")
    assert abs(shown(out.getvalue()).getpixel((10, 10)) - 128) < 3


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_lies_on_white_paper(mode: str) -> None:
    out = BytesIO()
    if mode == "P":
        Image.new("P", (20, 20), 0).save(out, "PNG", transparency=0)
    else:
        Image.new("RGBA", (20, 20), (0, 0, 0, 0)).convert(mode).save(out, "PNG")
    assert near(shown(out.getvalue()).getpixel((10, 10)), (255, 255, 255))


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
def test_a_cut_off_picture_is_damaged(form: str, share: float) -> None:
    whole = picture(form, size=(300, 300))
    assert refused(whole[: max(12, int(len(whole) * share))]) is RefusalCode.DAMAGED


@pytest.mark.parametrize(("width", "height"), [(8000, 6000), (50_000, 50_000), (2_000_000, 1), (66_000, 8)])
def test_too_many_pixels_are_refused_from_the_header(width: int, height: int) -> None:
    assert refused(header_only_png(width, height)) is RefusalCode.TOO_MANY_PIXELS


def test_a_pixel_bomb_below_the_byte_limit_is_refused() -> None:
    out = BytesIO()
    Image.new("1", (12_000, 12_000)).save(out, "PNG")
    assert len(out.getvalue()) < 50_000
    assert refused(out.getvalue()) is RefusalCode.TOO_MANY_PIXELS


@pytest.mark.parametrize("form", ["GIF", "EPS", "TIFF", "WEBP", "BMP"])
def test_other_picture_formats_are_refused(form: str) -> None:
    assert refused(picture(form)) is RefusalCode.UNKNOWN_TYPE


@pytest.mark.parametrize("data", [b"PK\x03\x04word/document.xml", b"<svg/>", b"MZ", "نص".encode(), b"\0" * 2000])
def test_what_is_neither_picture_nor_pdf_is_refused(data: bytes) -> None:
    assert refused(data) is RefusalCode.UNKNOWN_TYPE


def test_the_same_bytes_give_the_same_bytes() -> None:
    for data in (picture(), picture("PNG", mode="RGBA")):
        assert rebuild(data, limits=LIMITS) == rebuild(data, limits=LIMITS)
