"""Writes the letters, receipts and contracts that a person hands in, as PDF files. All say SPECIMEN."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Final

import pikepdf
from PIL import Image

from infra.demo.ink import INK, RED, SPECIMEN_AR, SPECIMEN_EN, jpeg, write, write_arabic

_A4: Final = (0, 0, 595, 842)
_HEAD: Final = (1190, 240)  # twice its size on paper
_LEFT: Final = 56
_LINE: Final = 24


@dataclass(frozen=True, slots=True)
class Paper:
    title_en: str
    title_ar: str
    rows: Sequence[tuple[str, str]]
    closing: str = ""


def write_pdf(paper: Paper) -> bytes:
    """One A4 page with real text; the heading is a picture, for the standard fonts have no Arabic."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=_A4[2:])
    page = pdf.pages[0]
    page.Contents = pdf.make_stream(_content(paper))
    page.Resources = pikepdf.Dictionary(
        Font=pikepdf.Dictionary(
            Plain=pdf.make_indirect(_font("Helvetica")), Bold=pdf.make_indirect(_font("Helvetica-Bold"))
        ),
        XObject=pikepdf.Dictionary(Head=_picture(pdf, _head(paper.title_en, paper.title_ar))),
    )
    pdf.docinfo["/Title"] = SPECIMEN_EN
    pdf.docinfo["/Producer"] = "Synthetic scanner"
    out = BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


def _content(paper: Paper) -> bytes:
    height = _HEAD[1] // 2
    lines = [f"q {_HEAD[0] // 2} 0 0 {height} 0 {_A4[3] - height} cm /Head Do Q"]
    y = _A4[3] - height - 40
    for label, value in paper.rows:
        lines += [_show("Bold", 10, (_LEFT, y), label), _show("Plain", 11, (_LEFT + 170, y), value)]
        y -= _LINE
    lines.append(_show("Plain", 10, (_LEFT, y - _LINE), paper.closing))
    lines.append(_show("Bold", 9, (_LEFT, 40), SPECIMEN_EN))
    return "\n".join(lines).encode("cp1252")


def _show(font: str, size: int, at: tuple[int, int], text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /{font} {size} Tf {at[0]} {at[1]} Td ({escaped}) Tj ET"


def _font(name: str) -> pikepdf.Dictionary:
    return pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type1,
        BaseFont=pikepdf.Name(f"/{name}"),
        Encoding=pikepdf.Name.WinAnsiEncoding,
    )


def _picture(pdf: pikepdf.Pdf, data: bytes) -> pikepdf.Stream:
    return pdf.make_stream(
        data,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=_HEAD[0],
        Height=_HEAD[1],
        ColorSpace=pikepdf.Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=pikepdf.Name.DCTDecode,
    )


@cache
def _head(title_en: str, title_ar: str) -> bytes:
    head = Image.new("RGB", _HEAD, (255, 255, 255))
    head.paste(RED, (0, 0, _HEAD[0], 14))
    head.paste(INK, (112, 222, _HEAD[0] - 112, 225))
    write(head, (112, 44), SPECIMEN_EN, size=24, fill=RED)
    write_arabic(head, (_HEAD[0] - 112, 40), SPECIMEN_AR, size=26, fill=RED)
    write(head, (112, 128), title_en, size=40)
    write_arabic(head, (_HEAD[0] - 112, 122), title_ar, size=40)
    return jpeg(head)
