"""One file, from request to answer. Runs in the confined child: whatever it raises ends the child, not us."""

import errno
import warnings
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from infra.settings import UploadSettings
from infra.uploads.image import rebuild_image
from infra.uploads.messages import CleanFile, read_request, write_clean, write_refusal
from infra.uploads.pdf import rebuild_pdf
from infra.uploads.refusals import RefusalCode, RefusedFileError, refusal

_PICTURE_MARKS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_PDF_MARK = b"%PDF-"
_PDF_MARK_WITHIN = 1024  # bytes from the start, as readers accept it


def answer(request: bytes) -> bytes:
    data, limits = read_request(request)
    try:
        return write_clean(_rebuild(data, limits))
    except RefusedFileError as refused:
        return write_refusal(refused.code)


def _rebuild(data: bytes, limits: UploadSettings) -> CleanFile:
    """What a file is, its decoder says; its name and the browser's opinion are never asked."""
    Image.MAX_IMAGE_PIXELS = limits.max_pixels  # this process works for one file only
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return _picture_or_pdf(data, limits)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            raise refusal(RefusalCode.TOO_MANY_PIXELS, limits) from None
        except MemoryError:
            raise refusal(RefusalCode.TOO_EXPENSIVE, limits) from None
        except (OSError, SyntaxError, ValueError, RecursionError) as error:
            if isinstance(error, OSError) and error.errno == errno.EMFILE:
                raise  # a decoder wanted a file: no fault of the applicant's
            raise refusal(RefusalCode.DAMAGED, limits) from None


def _picture_or_pdf(data: bytes, limits: UploadSettings) -> CleanFile:
    try:
        with Image.open(BytesIO(data), formats=("JPEG", "PNG")) as image:
            return rebuild_image(image, limits)
    except UnidentifiedImageError:
        if data.startswith(_PICTURE_MARKS):
            raise
        if _PDF_MARK not in data[:_PDF_MARK_WITHIN]:
            raise refusal(RefusalCode.UNKNOWN_TYPE, limits) from None
    return rebuild_pdf(data, limits)
