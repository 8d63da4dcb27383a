"""The receipt as a PDF: how it breaks into pages, what copying out of it gives, and what it refuses to read."""

import io
import multiprocessing
import re
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path

import pikepdf
import PIL.Image
import pypdfium2  # type: ignore[import-untyped]  # it has no types
import pytest

from infra.errors import PermanentError
from infra.receipts import _engine, render, to_html, to_pdf
from models.money import Money
from models.receipt_view import ReceiptView
from tests.receipt_samples import LONG_NAME_AR, LONG_NAME_LATIN, make_receipt

SHORT = make_receipt()
FAMILY = make_receipt(persons=10, years=2, late=True)


def test_one_persons_receipt_is_one_page() -> None:
    assert len(pages(SHORT)) == 1


def test_a_family_of_ten_runs_over_pages_that_count_themselves_in_both_languages() -> None:
    texts = pages(FAMILY)
    for number, text in enumerate(texts, start=1):
        assert f"Page {number} of {len(texts)}" in text
        assert f"صفحة {number} من {len(texts)}" in text
        assert FAMILY.receipt_number in text


@pytest.mark.parametrize("persons", [3, 5, 6, 8, 9])
def test_wherever_the_page_breaks_headings_repeat_and_the_total_keeps_company(persons: int) -> None:
    texts = pages(make_receipt(persons=persons, late=True))
    for text in texts:
        assert ("KD " in text) == ("Description" in text)
        if "Total paid" in text:
            assert text.index("Health insurance") < text.index("Total paid")
    assert sum("Total paid" in text for text in texts) == 1


def test_long_names_wrap_and_lose_nothing() -> None:
    text = "".join(pages(FAMILY))
    assert squeezed(LONG_NAME_LATIN) in squeezed(text)
    assert squeezed(LONG_NAME_AR) in squeezed(text)


@pytest.mark.parametrize("view", [SHORT, FAMILY], ids=["short", "family"])
def test_arabic_copies_out_in_logical_order_without_presentation_forms(view: ReceiptView) -> None:
    text = "".join(pages(view))
    assert not re.search("[\ufb50-\ufdff\ufe70-\ufefc]", text)
    assert [words for words in arabic_of(view) if squeezed(words) not in squeezed(text)] == []
    assert view.total.arabic in text
    assert "مادة 39 من القرار الوزاري رقم 2249 لسنة 2025 – نافذ من 23/12/2025" in text


def test_words_with_tanween_copy_out_whole() -> None:
    group = SHORT.payees[0]
    line = replace(group.lines[0], amount=Money(11_011_011))
    view = replace(SHORT, payees=(replace(group, lines=(line,)),))
    assert view.total_words.ar == "أحد عشر ألفاً وأحد عشر ديناراً وأحد عشر فلساً فقط لا غير"
    assert squeezed(view.total_words.ar) in squeezed("".join(pages(view)))


def test_it_is_tagged_archivable_titled_and_says_nothing_personal_in_its_metadata() -> None:
    with pikepdf.open(io.BytesIO(render(FAMILY))) as pdf:
        metadata = pdf.open_metadata()
        assert metadata.pdfa_status == "2A"
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.Lang == "ar"
        title = str(pdf.docinfo["/Title"])
        assert FAMILY.receipt_number in title
        assert set(pdf.docinfo.keys()) == {"/Title", "/Producer", "/CreationDate"}
        assert str(pdf.docinfo["/CreationDate"]).startswith("D:20261123110542")
        for person in FAMILY.persons:
            assert person.name_latin not in str(metadata)


def test_only_the_shipped_fonts_are_embedded() -> None:
    with pikepdf.open(io.BytesIO(render(FAMILY))) as pdf:
        names = {str(font.BaseFont).split("+")[-1] for font in fonts(pdf)}
    assert names == {"Receipt-Latin", "Receipt-Latin-Bold", "Receipt-Arabic", "Receipt-Arabic-Bold"}


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="file:///etc/passwd">',
        '<img src="http://169.254.169.254/latest/meta-data">',
        '<img src="data:image/png;base64,AAAA">',
        '<link rel="stylesheet" href="https://example.com/a.css">',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<object data="file:///etc/passwd"></object>',
        "<style>@import 'file:///etc/passwd';</style>",
        '<style>@font-face { font-family: X; src: url("file:///etc/passwd") }</style>',
        '<style>body { background: url("receipt:../pyproject.toml") }</style>',
    ],
)
def test_a_page_may_ask_for_nothing_but_its_own_files(markup: str) -> None:
    with pytest.raises(PermanentError, match="not its own"):
        to_pdf(f"<html lang='en'><title>t</title><body>{markup}")


def test_a_picture_in_a_picture_is_not_read_either(tmp_path: Path) -> None:
    picture = tmp_path / "private.png"
    PIL.Image.new("RGB", (9, 9)).save(picture)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{picture.as_uri()}" width="9" height="9"/></svg>'
    with pikepdf.open(io.BytesIO(to_pdf(f"<html lang='en'><title>t</title><body>{svg}"))) as pdf:
        assert not pdf.pages[0].get_images()


def test_the_style_sheet_and_fonts_load_without_complaint(caplog: pytest.LogCaptureFixture) -> None:
    _engine.cache_clear()
    to_pdf(to_html(SHORT))
    assert [record.message for record in caplog.records if "HarfBuzz-Subset" not in record.message] == []


def test_every_process_gives_the_same_bytes() -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        first, second = pool.map(render, [SHORT, SHORT], timeout=60)
    assert first == second == render(SHORT)
    assert first.startswith(b"%PDF-1.7")


@cache
def pages(view: ReceiptView) -> tuple[str, ...]:
    with pypdfium2.PdfDocument(render(view)) as document:
        return tuple(_page_texts(document))


def _page_texts(document: pypdfium2.PdfDocument) -> Iterator[str]:
    for page in document:
        text = page.get_textpage()
        yield text.get_text_bounded().replace("\r\n", "\n")
        text.close()
        page.close()


def squeezed(text: str) -> str:
    """Without line breaks, spaces and the direction marks that some readers add."""
    return "".join(character for character in text if unicodedata.category(character) not in {"Cc", "Cf", "Zs"})


def arabic_of(view: ReceiptView) -> list[str]:
    return [
        *("إيصال دفع", "رسوم تجديد الإقامة", "الرقم المدني لمقدم الطلب", "الإجمالي المدفوع", "مراجع الدفع عبر كي نت"),
        *(person.name_ar for person in view.persons),
        *(group.payee.ar for group in view.payees),
        *(line.label.ar for group in view.payees for line in group.lines),
        *(basis.instrument.ar for basis in view.bases),
        view.total_words.ar,
    ]


def fonts(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    for page in pdf.pages:
        yield from page.resources.Font.values()
