"""Why a file is not taken: the codes, and their words in both languages (refusals.yaml)."""

from enum import StrEnum
from importlib.resources import files

import yaml
from pydantic import BaseModel, TypeAdapter

from infra.settings import UploadSettings
from models.errors import RuleError


class RefusalCode(StrEnum):
    TOO_LARGE = "too_large"
    EMPTY = "empty"
    UNKNOWN_TYPE = "unknown_type"
    DAMAGED = "damaged"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_PAGES = "too_many_pages"
    ENCRYPTED = "encrypted"
    TOO_EXPENSIVE = "too_expensive"
    NOT_A_PICTURE = "not_a_picture"
    NOT_A_PDF = "not_a_pdf"


class RefusedFileError(RuleError):
    """The file is at fault; the same bytes are refused each time. The reasons say what to send instead."""

    def __init__(self, code: RefusalCode, *, reason_en: str, reason_ar: str) -> None:
        super().__init__(reason_en)
        self.code = code
        self.reason_en = reason_en
        self.reason_ar = reason_ar


class _Words(BaseModel):
    en: str
    ar: str


# Read when imported: the confined child that needs a word may not open a file any more.
_WORDS = TypeAdapter(dict[RefusalCode, _Words]).validate_python(
    yaml.safe_load((files("infra.uploads") / "refusals.yaml").read_text("utf-8"))
)


def refusal(code: RefusalCode, limits: UploadSettings) -> RefusedFileError:
    words = _WORDS[code]
    figures = {
        "megabytes": f"{limits.max_bytes / 2**20:.3g}",
        "megapixels": f"{limits.max_pixels / 10**6:.3g}",
        "pages": limits.max_pdf_pages,
    }
    return RefusedFileError(code, reason_en=words.en.format(**figures), reason_ar=words.ar.format(**figures))
