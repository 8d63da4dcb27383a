"""What we and the confined child say to each other: one line of JSON, then bytes. Never pickle: the child may lie."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.settings import UploadSettings
from infra.uploads.refusals import RefusalCode, refusal

MediaType = Literal["image/jpeg", "application/pdf"]


@dataclass(frozen=True)
class CleanFile:
    """A file that we wrote ourselves from what the applicant's file shows."""

    data: bytes
    media_type: MediaType
    pages: int


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    media_type: MediaType
    pages: int = Field(ge=1)


class _Refusal(BaseModel):
    model_config = ConfigDict(extra="forbid")

    refused: RefusalCode


def write_request(data: bytes, limits: UploadSettings) -> bytes:
    return limits.model_dump_json().encode() + b"\n" + data


def read_request(request: bytes) -> tuple[bytes, UploadSettings]:
    head, _, data = request.partition(b"\n")
    return data, UploadSettings.model_validate_json(head)


def write_clean(file: CleanFile) -> bytes:
    return _Answer(media_type=file.media_type, pages=file.pages).model_dump_json().encode() + b"\n" + file.data


def write_refusal(code: RefusalCode) -> bytes:
    return _Refusal(refused=code).model_dump_json().encode() + b"\n"


def read_answer(answer: bytes, limits: UploadSettings) -> CleanFile:
    """The clean file; RefusedFileError when that is the answer, or when it makes no sense."""
    head, _, data = answer.partition(b"\n")
    try:
        if not data:
            raise refusal(_Refusal.model_validate_json(head).refused, limits)
        said = _Answer.model_validate_json(head)
    except ValidationError:
        raise refusal(RefusalCode.DAMAGED, limits) from None
    return CleanFile(data=data, media_type=said.media_type, pages=said.pages)
