"""An applicant's file is never kept: what it shows is written anew, in a confined child process."""

from infra.settings import UploadSettings
from infra.uploads.confined import ChildDiedError, Confined
from infra.uploads.messages import CleanFile, read_answer, write_request
from infra.uploads.refusals import RefusalCode, RefusedFileError, refusal

__all__ = ["CleanFile", "RefusalCode", "RefusedFileError", "rebuild"]

_CONFINED = Confined()


def rebuild(data: bytes, *, limits: UploadSettings) -> CleanFile:
    """The same bytes give the same clean bytes, or the same RefusedFileError. Blocks; may be called from any thread.

    TransientError says nothing about the file: the check itself was stopped.
    """
    if not data:
        raise refusal(RefusalCode.EMPTY, limits)
    if len(data) > limits.max_bytes:
        raise refusal(RefusalCode.TOO_LARGE, limits)
    try:
        answer = _CONFINED.run(write_request(data, limits))
    except ChildDiedError as died:
        code = RefusalCode.TOO_EXPENSIVE if died.killed else RefusalCode.DAMAGED
        raise refusal(code, limits) from died
    return read_answer(answer, limits)
