"""Uploaded PDFs: what survives is what is seen on the pages."""

import zlib
from io import BytesIO

import pikepdf
import pypdfium2
import pytest
import typst
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image, ImageChops

from infra.settings import UploadSettings
from infra.uploads import RefusalCode, RefusedFileError, rebuild
from tests.uploads import armed_pdf, bomb_pdf, pdf_of, picture, saved, scan_pdf, text_pdf, with_picture

LIMITS = UploadSettings()


def refused(data: bytes, limits: UploadSettings = LIMITS) -> RefusalCode:
    with pytest.raises(RefusedFileError) as caught:
        rebuild(data, limits=limits)
    return caught.value.code


def cleaned(data: bytes) -> bytes:
    clean = rebuild(data, limits=LIMITS)
    assert clean.media_type == "application/pdf"
    return clean.data


def first_page(data: bytes) -> Image.Image:
    with pypdfium2.PdfDocument(data) as document:
        return document[0].render().to_pil()


def text_of(data: bytes) -> str:
    with pypdfium2.PdfDocument(data) as document:
        return document[0].get_textpage().get_text_range()


def unpacked(data: bytes) -> bytes:
    with pikepdf.open(BytesIO(data)) as pdf:
        return saved(pdf, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.generalized)


def looks_the_same(before: bytes, after: bytes) -> bool:
    return ImageChops.difference(first_page(before), first_page(after)).getbbox() is None


def flate_scan() -> bytes:
    pdf = pdf_of(b"")
    pixels = Image.open(BytesIO(picture())).tobytes()
    with_picture(pdf, zlib.compress(pixels), size=(60, 40), filters=[Name.FlateDecode])
    return saved(pdf)


def wrapped_scan() -> bytes:
    pdf = pdf_of(b"")
    with_picture(pdf, zlib.compress(picture()), size=(60, 40), filters=[Name.FlateDecode, Name.DCTDecode])
    return saved(pdf)


def test_everything_that_could_act_is_gone_and_the_page_stays() -> None:
    armed = armed_pdf()
    clean = unpacked(cleaned(armed))
    words = (
        b"JavaScript JS OpenAction AA AF EmbeddedFile EmbeddedFiles Filespec Launch Annots Names Metadata PieceInfo Ref"
    )
    assert [word for word in words.split() if b"/" + word in unpacked(armed)] == words.split()
    assert [word for word in words.split() if b"/" + word in clean] == []
    assert [word for word in (b"evil", b"Secret", b"alert", b"/PS") if word in clean] == []
    assert looks_the_same(armed, cleaned(armed))


@pytest.mark.parametrize(
    "data", [text_pdf(), scan_pdf(), flate_scan(), wrapped_scan()], ids=lambda data: str(len(data))
)
def test_a_rebuilt_page_looks_the_same(data: bytes) -> None:
    assert first_page(data).convert("L").getextrema()[0] < 100
    assert looks_the_same(data, cleaned(data))


def test_an_arabic_document_keeps_its_fonts_its_text_and_its_shades() -> None:
    shade = 'box(width: 9cm, fill: gradient.linear(rgb("#123"), rgb("#fed8")))[shade]'
    page = f'#set text(font: ("Receipt Latin", "Receipt Arabic"))\n= شهادة راتب\nSalary 123.450\n\n#{shade}'
    data = typst.compile(page.encode(), format="pdf", font_paths=["templates/fonts"])
    assert looks_the_same(data, cleaned(data))
    assert text_of(data) == text_of(cleaned(data))


def test_a_filled_in_field_stays_readable_and_is_no_field_any_more() -> None:
    pdf = pdf_of(b"")
    look = Stream(pdf, b"/Tx BMC BT /F 18 Tf 2 2 Td (12 March) Tj ET EMC")
    look.Type, look.Subtype, look.BBox = Name.XObject, Name.Form, Array([0, 0, 200, 30])
    look.Resources = Dictionary(pdf.pages[0].Resources)
    widget = pdf.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("expiry"), F=4))
    widget.V, widget.Rect, widget.AP = String("12 March"), Array([40, 300, 240, 330]), Dictionary(N=look)
    pdf.pages[0].Annots = Array([widget])
    pdf.Root.AcroForm = Dictionary(Fields=Array([widget]), NeedAppearances=True)
    clean = cleaned(saved(pdf))
    assert b"/Widget" not in unpacked(clean)
    assert b"(12 March) Tj" in unpacked(clean)
    assert first_page(clean).convert("L").getextrema()[0] < 100


def test_pages_turned_and_cropped_stay_so() -> None:
    pdf = pdf_of(b"0 0 1 rg 0 0 200 200 re f", b"")
    pdf.pages[0].Rotate = 90
    pdf.pages[0].CropBox = Array([10, 20, 300, 400])
    clean = rebuild(saved(pdf), limits=LIMITS)
    assert clean.pages == 2
    assert looks_the_same(saved(pdf), clean.data)


def test_a_picture_shared_by_many_pages_is_kept_once() -> None:
    pdf = pdf_of(*[b""] * 10)
    picture_stream = with_picture(pdf, picture(size=(900, 600)), size=(900, 600), filters=[Name.DCTDecode])
    for page in pdf.pages:
        page.Resources.XObject = Dictionary(Im=picture_stream)
    assert cleaned(saved(pdf)).count(b"/DCTDecode") == 1


def test_forms_that_contain_each_other_come_to_an_end() -> None:
    pdf = pdf_of(b"/A Do")
    one, two = (pdf.make_indirect(Stream(pdf, b"")) for _ in range(2))
    for form, other in ((one, two), (two, one)):
        form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 9, 9])
        form.Resources = Dictionary(XObject=Dictionary(A=other))
    pdf.pages[0].Resources.XObject = Dictionary(A=one)
    assert rebuild(saved(pdf), limits=LIMITS).pages == 1


@pytest.mark.parametrize("passwords", [{"user": "open", "owner": "own"}, {"user": "", "owner": "own"}])
def test_a_protected_pdf_is_refused(passwords: dict[str, str]) -> None:
    data = text_pdf(encryption=pikepdf.Encryption(**passwords))
    assert refused(data) is RefusalCode.ENCRYPTED


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_cut_off_pdf_is_damaged(share: float) -> None:
    whole = text_pdf(pages=5)
    assert refused(whole[: int(len(whole) * share)]) is RefusalCode.DAMAGED


@pytest.mark.parametrize("junk", [b"not flate at all", zlib.compress(b"BT ET " * 999)[:-20]])
def test_a_page_whose_drawing_does_not_unpack_is_damaged(junk: bytes) -> None:
    pdf = pdf_of(b"")
    pdf.pages[0].Contents.write(junk, filter=Name.FlateDecode)
    assert refused(saved(pdf)) is RefusalCode.DAMAGED


def test_the_number_of_pages_is_limited_on_both_sides() -> None:
    limit = LIMITS.max_pdf_pages
    assert rebuild(text_pdf(pages=limit), limits=LIMITS).pages == limit
    assert refused(text_pdf(pages=limit + 1)) is RefusalCode.TOO_MANY_PAGES
    assert refused(saved(pikepdf.new())) is RefusalCode.EMPTY


@pytest.mark.parametrize("megabytes", [40, 200])
def test_a_small_pdf_that_unpacks_to_much_is_refused(megabytes: int) -> None:
    data = bomb_pdf(megabytes)
    assert len(data) < LIMITS.max_bytes
    assert refused(data) is RefusalCode.TOO_EXPENSIVE


@pytest.mark.parametrize("keys", [{"Width": 60_000, "Height": 60_000}, {}], ids=["declared", "in its own header"])
def test_a_picture_in_a_pdf_has_the_same_pixel_limit(keys: dict[str, int]) -> None:
    small = LIMITS.model_copy(update={"max_pixels": 2000}) if not keys else LIMITS
    pdf = pdf_of(b"")
    with_picture(pdf, picture(), size=(1, 1), filters=[Name.DCTDecode], **keys)
    assert refused(saved(pdf), small) is RefusalCode.TOO_MANY_PIXELS


def test_a_filter_that_is_not_on_the_list_is_refused() -> None:
    pdf = pdf_of(b"")
    with_picture(pdf, b"packed", size=(1, 1), filters=[Name.NewestDecode])
    assert refused(saved(pdf)) is RefusalCode.DAMAGED


def test_what_stands_before_and_after_the_pdf_is_gone() -> None:
    clean = cleaned(text_pdf() + b"\n<script>alert(1)</script>\n")
    assert b"<script>" not in clean
    assert clean.startswith(b"%PDF-")


def test_the_same_bytes_give_the_same_bytes() -> None:
    for data in (armed_pdf(), scan_pdf()):
        assert rebuild(data, limits=LIMITS) == rebuild(data, limits=LIMITS)
