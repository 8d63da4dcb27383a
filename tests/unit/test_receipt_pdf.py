"""The receipt as a PDF: how it breaks into pages, what copying out of it gives, and what it refuses to read."""

import io
import json
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
from hypothesis import example, given, settings
from hypothesis import strategies as st

from infra.errors import PermanentError
from infra.receipts import compiler, render, to_pdf
from infra.receipts.words import to_words
from models.money import Money
from models.receipt_view import ReceiptView
from tests.receipt_samples import LONG_NAME_AR, LONG_NAME_LATIN, make_receipt, of_a_company

SHORT = make_receipt()
FAMILY = make_receipt(persons=10, years=2, late=True)
PAGE = Path("templates/receipt/receipt.typ").absolute()


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


@pytest.mark.parametrize("persons", [2, 4, 6, 7, 10, 11, 12])
def test_no_page_ends_with_the_name_of_who_is_owed_or_begins_with_a_subtotal(persons: int) -> None:
    view = make_receipt(persons=persons, late=True)
    for text in pages(view):
        english = text[text.find("Description") :].splitlines()
        payees = [english.index(group.payee.en) for group in view.payees if group.payee.en in english]
        assert [english[line + 1] for line in payees if " KD " not in english[line + 1]] == []
        assert [line for line in english[1:2] if line.startswith("Subtotal")] == []


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


@pytest.mark.parametrize("view", [SHORT, FAMILY, of_a_company(SHORT)], ids=["short", "family", "company"])
def test_english_and_values_copy_out_in_their_order(view: ReceiptView) -> None:
    text = "\n".join(pages(view))
    assert [words for words in english_of(view) if words not in text] == []
    lines = text.splitlines()
    assert {view.receipt_number, view.case_reference, view.verify_url, "23/11/2026 14:05"} <= set(lines)
    assert {"Receipt number", "Case reference", "Service", "Issued, Kuwait time"} <= set(lines)


@pytest.mark.parametrize("view", [SHORT, FAMILY], ids=["short", "family"])
def test_no_line_that_is_copied_out_mixes_arabic_with_english(view: ReceiptView) -> None:
    lines = [line for text in pages(view) for line in text.splitlines()]
    assert [line for line in lines if re.search("[\u0620-\u06ff]", line) and re.search("[A-Za-z]", line)] == []


def test_it_says_in_both_languages_that_it_is_no_ministrys_document() -> None:
    text = squeezed(pages(SHORT)[0])
    assert squeezed("Not an official document of any ministry") in text
    assert squeezed("ليس وثيقة رسمية صادرة عن أي وزارة") in text


@settings(deadline=None, max_examples=40)
@given(name=st.text("ABCxyz019 #$*_`\\@<>&[]{}()/~=+'\".,:;!?%^|", min_size=1, max_size=30))
@example(name="ABDUL-AZIZ")  # at the end of a line the reader of this test leaves a hyphen out
@example(name='#include "/etc/passwd" *b* $x$ <l> @r `c` // n \\ \u0022')
@example(name='"},"qr":"')
def test_any_name_is_text_never_markup(name: str) -> None:
    person = replace(SHORT.persons[0], name_ar="", name_latin="")
    without = "".join(sorted(squeezed("".join(pages(replace(SHORT, persons=(person,)))))))
    person = replace(person, name_latin=name)
    text = squeezed("".join(pages(replace(SHORT, persons=(person,)))))
    assert squeezed(name) in text
    assert "".join(sorted(text)) == "".join(sorted(without + squeezed(name)))


@pytest.mark.parametrize("position", range(len(SHORT.payees)))
def test_a_word_that_is_missing_is_an_error_not_a_blank(position: int) -> None:
    words = to_words(SHORT)
    del words["payees"][position]["payee"]["en"]
    with pytest.raises(PermanentError, match='does not contain key "en"'):
        to_pdf(compiler(PAGE), words, issued_at=SHORT.issued_at)


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
        assert set(pdf.docinfo.keys()) == {"/Title", "/Creator", "/CreationDate", "/ModDate"}
        assert str(pdf.docinfo["/CreationDate"]).startswith("D:20261123110542")
        for person in FAMILY.persons:
            assert person.name_latin not in str(metadata)


def test_only_the_shipped_fonts_are_embedded() -> None:
    with pikepdf.open(io.BytesIO(render(FAMILY))) as pdf:
        names = {str(font.BaseFont).split("+")[-1] for font in fonts(pdf)}
    assert names == {"ReceiptLatin-Regular", "ReceiptLatin-Bold", "ReceiptArabic-Regular", "ReceiptArabic-Bold"}


@pytest.mark.parametrize(
    "markup",
    [
        '#read("/etc/passwd")',
        '#read("../../pyproject.toml")',
        '#image("../private.svg")',
        '#include "../receipt/receipt.typ"',
        '#import "@local/cetz:0.3.4"',
    ],
)
def test_a_page_reads_nothing_but_its_own_folder(markup: str, tmp_path: Path) -> None:
    (tmp_path / "private.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    page = tmp_path / "page" / "page.typ"
    page.parent.mkdir()
    page.write_text(f"#set document(title: [t])\n{markup}")
    with pytest.raises(PermanentError, match="cannot be set"):
        to_pdf(compiler(page), {}, issued_at=SHORT.issued_at)


def test_our_page_imports_nothing() -> None:
    """A package of Typst's own site would be fetched from it."""
    assert not re.search(r"@preview|\b(import|include)\b", PAGE.read_text("utf-8"))


def test_a_picture_in_a_picture_is_not_read_either(tmp_path: Path) -> None:
    picture = tmp_path / "private.png"
    PIL.Image.new("RGB", (9, 9)).save(picture)
    image = f'<image href="{picture.as_uri()}" width="9" height="9"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{image}</svg>'
    words = to_words(SHORT) | {"qr": svg}
    with pytest.raises(PermanentError, match="cannot be set"):
        to_pdf(compiler(PAGE), words, issued_at=SHORT.issued_at)


def test_the_page_and_fonts_load_without_complaint() -> None:
    words = json.dumps(to_words(FAMILY))
    page = compiler(PAGE)
    assert page.compile_with_warnings(format="pdf", sys_inputs={"view": words}, pdf_standards="a-2a")[1] == []


def test_every_process_gives_the_same_bytes() -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        first, second = pool.map(render, [SHORT, SHORT], timeout=60)
    assert first == second == render(SHORT)
    assert first.startswith(b"%PDF-1.7")


def typeset(view: ReceiptView) -> bytes:
    """As Typst sets it, before it is painted in another order."""
    return to_pdf(compiler(PAGE), to_words(view), issued_at=view.issued_at)


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


def english_of(view: ReceiptView) -> list[str]:
    payment = view.payment
    return [
        *("Payment receipt", "Residency renewal fees", "Applicant’s civil number", "Total paid", "How to verify"),
        *("KNET payment references", "Transaction ID", "Authorisation", view.receipt_number, view.case_reference),
        *(payment.payment_id, payment.transaction_id, payment.reference, payment.auth_code, payment.track_id),
        *(person.name_latin for person in view.persons if len(person.name_latin) < 26),
        *(person.civil_number for person in view.persons),
        *(group.payee.en for group in view.payees),
        *(basis.rule for basis in view.bases),
        *(view.total.english, view.total_words.en, view.verify_url),
        *(["18-1000 – KD 840.000 – 4"] if view.together else []),
    ]


def fonts(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    for page in pdf.pages:
        yield from page.resources.Font.values()
