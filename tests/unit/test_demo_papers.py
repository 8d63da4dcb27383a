"""The demo's painted documents: real files of their kind, honest about being specimens."""

from collections.abc import Callable
from datetime import date
from io import BytesIO

import pypdfium2
import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base

from infra.demo.cast import Cast
from infra.demo.papers import Paper, write_pdf
from infra.demo.pictures import civil_id, passport_page, personal_photo
from infra.demo.portfolio import PAINTED_KINDS, Renewal, paint
from infra.sandbox.people import Specimen
from models.rules.book import rule_book

CAST = Cast(on=date(2026, 11, 23))
PERSON, OTHER = CAST.resident(18), CAST.resident(18)
PAPER = Paper(
    title_en="Health-insurance receipt",
    title_ar="إيصال الضمان الصحي",
    rows=[("Civil number", PERSON.civil_number), ("Remark", "50 % (half) \\ paid")],
)
KINDS = rule_book().documents.kinds
MEDIA = {"jpg": "image/jpeg", "pdf": "application/pdf"}


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data), formats=["JPEG"])


@pytest.mark.parametrize(
    ("draw", "size"), [(passport_page, (1200, 850)), (personal_photo, (472, 708)), (civil_id, (1012, 638))]
)
def test_a_picture_is_a_jpeg_that_weighs_what_a_scan_weighs_and_is_painted_the_same_again(
    draw: Callable[[Specimen], bytes], size: tuple[int, int]
) -> None:
    data = draw(PERSON)
    picture = opened(data)
    picture.load()
    assert picture.size == size
    assert 50_000 < len(data) < 300_000
    assert draw(PERSON) == data


def test_the_photo_has_a_blue_ground_and_the_traces_that_must_be_removed() -> None:
    photo = opened(personal_photo(PERSON))
    red, green, blue = photo.getpixel((10, 10))
    assert blue > green > red
    assert Base.DateTime in photo.getexif()
    assert photo.getexif().get_ifd(IFD.GPSInfo)


def test_two_people_have_two_different_passports() -> None:
    assert passport_page(PERSON) != passport_page(OTHER)


def test_a_paper_is_a_pdf_whose_text_can_be_read() -> None:
    data = write_pdf(PAPER)
    text = text_of(data)
    for row in PAPER.rows:
        assert row[1] in text
    assert "SPECIMEN - synthetic, not a real document" in text
    assert write_pdf(PAPER) == data


def text_of(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    try:
        return document[0].get_textpage().get_text_range()
    finally:
        document.close()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_the_rule_book_can_be_painted_in_a_medium_that_it_takes(kind: str) -> None:
    ending, data = paint(kind, Renewal(PERSON, 1, OTHER))
    assert MEDIA[ending] in KINDS[kind].media
    if ending == "jpg":
        opened(data).load()
    else:
        assert "SPECIMEN" in text_of(data)


def test_no_kind_is_painted_that_the_rule_book_does_not_know() -> None:
    assert set(KINDS) >= PAINTED_KINDS


@pytest.mark.parametrize("kind", ["sponsor_civil_id", "domestic_contract"])
def test_a_sponsors_document_is_not_made_up_without_a_sponsor(kind: str) -> None:
    with pytest.raises(LookupError):
        paint(kind, Renewal(PERSON, 1))
