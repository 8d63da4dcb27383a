"""The order of painting changes what is copied, not what is seen or what the tags say; in doubt it is refused."""

import io
import re
from collections.abc import Callable

import pikepdf
import pypdfium2  # type: ignore[import-untyped]  # it has no types
import pytest

from infra.errors import PermanentError
from infra.receipts.painting_order import paint_by_language
from tests.receipt_samples import make_receipt
from tests.unit.test_receipt_pdf import typeset
from tests.uploads import text_pdf

AS_SET = typeset(make_receipt(persons=6, late=True))
PAINTED = paint_by_language(AS_SET)


def test_it_looks_the_same_to_the_pixel() -> None:
    assert pictures(PAINTED) == pictures(AS_SET)


def test_each_tag_owns_what_it_owned() -> None:
    assert words_by_number(PAINTED) == words_by_number(AS_SET)


def test_it_is_painted_language_by_language() -> None:
    with pikepdf.open(io.BytesIO(AS_SET)) as before, pikepdf.open(io.BytesIO(PAINTED)) as after:
        assert before.pages[0].Contents.read_bytes() != after.pages[0].Contents.read_bytes()
    twice = paint_by_language(PAINTED)
    with pikepdf.open(io.BytesIO(PAINTED)) as once, pikepdf.open(io.BytesIO(twice)) as again:
        assert once.pages[0].Contents.read_bytes() == again.pages[0].Contents.read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        lambda painted: painted + b"\n0 0 9 9 re f",
        lambda painted: b"0.5 0 0 0.5 0 0 cm\n" + painted,
        lambda painted: re.sub(rb"/Span<</MCID 3>>BDC.*?\nQ\nEMC", b"", painted, count=1, flags=re.DOTALL),
        lambda painted: painted.replace(b"/MCID 3>>", b"/MCID 4>>"),
        lambda painted: painted.replace(b"/MCID 3>>", b"/MCID 99999>>"),
        lambda painted: re.sub(rb"(Footer[^\n]*BDC\n)q 1 0 0 -1", rb"\1q 1 0 0 -2", painted),
    ],
)
def test_a_page_of_another_shape_is_refused(change: Callable[[bytes], bytes]) -> None:
    changed = io.BytesIO()
    with pikepdf.open(io.BytesIO(AS_SET)) as document:
        page = document.pages[0]
        page.Contents.write(change(page.Contents.read_bytes()))
        document.save(changed)
    with pytest.raises(PermanentError, match="the receipt's"):
        paint_by_language(changed.getvalue())


def test_a_document_without_tags_is_refused() -> None:
    with pytest.raises(PermanentError, match="not built as Typst builds it"):
        paint_by_language(text_pdf())


def pictures(pdf: bytes) -> list[bytes]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.render(scale=1).to_pil().tobytes() for page in document]


def words_by_number(pdf: bytes) -> list[dict[bytes, bytes]]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return [
            dict(re.findall(rb"/MCID (\d+)(.*?\nQ\n)EMC", page.Contents.read_bytes(), re.DOTALL))
            for page in document.pages
        ]
