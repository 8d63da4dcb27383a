"""Why a file is not taken, said in both languages."""

import contextlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.settings import UploadSettings
from infra.uploads import CleanFile, RefusalCode, RefusedFileError, rebuild
from infra.uploads.refusals import refusal
from models.errors import RuleError
from tests.uploads import armed_pdf, picture, scan_pdf, text_pdf

LIMITS = UploadSettings()
SAMPLES = [picture(), picture("PNG", mode="RGBA"), text_pdf(), scan_pdf(), armed_pdf()]


@pytest.mark.parametrize("code", RefusalCode)
def test_every_refusal_says_in_both_languages_what_to_do(code: RefusalCode) -> None:
    refused = refusal(code, LIMITS)
    assert re.search(r"[.] \w.+[.]$", refused.reason_en)
    assert re.search("[ء-ي]{3,}", refused.reason_ar)
    assert not re.search(r"[{}٠-٩]", refused.reason_en + refused.reason_ar)
    assert isinstance(refused, RuleError)


def test_limits_are_told_in_figures() -> None:
    assert "8 MB" in refusal(RefusalCode.TOO_LARGE, LIMITS).reason_en
    assert "40 ميغابكسل" in refusal(RefusalCode.TOO_MANY_PIXELS, LIMITS).reason_ar
    assert "20" in refusal(RefusalCode.TOO_MANY_PAGES, LIMITS).reason_ar


@pytest.mark.parametrize(
    ("data", "code"), [(b"", RefusalCode.EMPTY), (b"\xff\xd8\xff" + bytes(8 * 1024 * 1024), RefusalCode.TOO_LARGE)]
)
def test_empty_and_too_large_files_are_refused_before_any_work(data: bytes, code: RefusalCode) -> None:
    with pytest.raises(RefusedFileError) as caught:
        rebuild(data, limits=LIMITS)
    assert caught.value.code is code


@pytest.mark.parametrize("data", [picture(), picture("PNG"), text_pdf()], ids=["jpeg", "png", "pdf"])
def test_a_clean_file_is_accepted_again(data: bytes) -> None:
    clean = rebuild(data, limits=LIMITS)
    assert rebuild(clean.data, limits=LIMITS).media_type == clean.media_type


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_happened_to_a_file_it_is_rebuilt_or_refused(data: st.DataObject) -> None:
    broken = bytearray(data.draw(st.sampled_from(SAMPLES)))
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(broken) - 1))
        broken[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    with contextlib.suppress(RefusedFileError):
        assert isinstance(rebuild(bytes(broken), limits=LIMITS), CleanFile)
