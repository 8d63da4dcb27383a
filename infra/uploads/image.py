"""A picture is decoded and written anew as JPEG; nothing but its pixels survives. Runs in the confined child."""

from io import BytesIO

from PIL import Image, ImageOps

from infra.settings import UploadSettings
from infra.uploads.messages import CleanFile
from infra.uploads.refusals import RefusalCode, refusal

_QUALITY = 88
_LONGEST_SIDE = 65_500  # of a JPEG
_ORIENTATION = 0x0112  # Exif tag
_UPRIGHT = 1


def rebuild_image(image: Image.Image, limits: UploadSettings) -> CleanFile:
    """Pillow has judged the pixel count from the header by now; nothing is decoded yet."""
    if max(image.size) > _LONGEST_SIDE:
        raise refusal(RefusalCode.TOO_MANY_PIXELS, limits)
    pixels = _pixels(image)
    pixels.info.clear()  # Pillow would write a comment found there
    out = BytesIO()
    pixels.save(out, "JPEG", quality=_QUALITY)
    return CleanFile(data=out.getvalue(), media_type="image/jpeg", pages=1)


def _pixels(image: Image.Image) -> Image.Image:
    if image.getexif().get(_ORIENTATION, _UPRIGHT) != _UPRIGHT:
        return _flat(ImageOps.exif_transpose(image))
    if image.mode == "RGB" and "jfif" in image.info:
        image.draft("YCbCr", None)  # a JFIF file holds YCbCr: the way to RGB and back is saved
        image.load()
        return image
    return _flat(image)


def _flat(image: Image.Image) -> Image.Image:
    """Grey or RGB, on white paper where it was transparent."""
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(seen, mask=seen.getchannel("A"))
        return paper
    if image.mode.startswith("I"):  # 16 bits of grey: `convert` would clip them
        image = image.point(lambda value: value * (1 / 256))
    return image.convert("L" if image.mode in {"1", "L", "I", "I;16", "I;16B", "I;16L"} else "RGB")
