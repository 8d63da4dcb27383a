"""What copying out of the receipt gives: the order in which its page is painted, and its tanween.

Typst paints row by row. PDF readers (Chrome's among them) join what is painted on one line into one line of text, and
put its words into a wrong order when it mixes directions. So the page is painted language by language: the Arabic,
what needs no language, the English. Tags and look stay as Typst made them.
"""

import io
import re
from collections.abc import Iterator
from typing import Final

import pikepdf

from infra.errors import PermanentError

# Typst would set an alef and its tanween as one cluster in a piece of its own, which is copied in the wrong order.
# The isolated form is a letter to it; our fonts draw the mark for it, and the PDF says the mark again.
_TANWEEN: Final = "\u064b"
_LETTER: Final = "\ufe70"

_BETWEEN_SECTIONS: Final = re.compile(rb"(?<=\nEMC)(?=/(?:Span<</MCID|Artifact<<))")
_SECTION: Final = re.compile(
    rb"(?P<opening>/(?:Span<</MCID (?P<mcid>\d+)[^\n]*|Artifact<<[^\n]*)>>BDC\n)(?P<body>(?:q .*\nQ\n)?)EMC", re.DOTALL
)
_LANGUAGE: Final = re.compile(rb"/Lang\((\w+)\)")
_BETWEEN_PIECES: Final = re.compile(rb"(?<=\nQ\n)(?=q )")
_PIECE: Final = re.compile(rb"q 1 0 0 -1 [\d.]+ (?P<height>[\d.]+) cm.* scn\nBT.*?(?P<font>/f\d+) ", re.DOTALL)
_LAYERS: Final = {"": 0, "ar": 1, "zxx": 2, "en": 3}  # drawings, and the languages that the template names


def with_letters_for_tanween(text: str) -> str:
    return text.replace(f"ا{_TANWEEN}", f"ا{_LETTER}")


def paint_by_language(pdf: bytes) -> bytes:
    """The same document in another order of painting. PermanentError if it is not painted as Typst paints it."""
    painted = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        try:
            _repaint(document)
        except (AttributeError, LookupError) as error:
            raise PermanentError("the receipt's PDF is not built as Typst builds it") from error
        document.save(painted, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return painted.getvalue()


def _repaint(document: pikepdf.Pdf) -> None:
    owners = pikepdf.NumberTree(document.Root.StructTreeRoot.ParentTree)
    for page in document.pages:
        contents = _in_order(page, list(owners[int(page.obj.StructParents)]))
        page.obj.Contents = document.make_stream(contents)
        for font in page.obj.Resources.Font.values():
            _say_tanween(font)
    document.Root.ViewerPreferences = pikepdf.Dictionary()  # a document from right to left has its English read so, too


def _say_tanween(font: pikepdf.Object) -> None:
    letters = font.ToUnicode  # of each glyph
    letters.write(letters.read_bytes().replace(b"<%04X>" % ord(_LETTER), b"<%04X>" % ord(_TANWEEN)))


def _in_order(page: pikepdf.Page, owners: list[pikepdf.Object]) -> bytes:
    """The page's sections in the order of their layers; `owners` are the elements of the tags by section number."""
    arabic = {name.encode() for name, font in page.obj.Resources.Font.items() if "Arabic" in str(font.BaseFont)}
    sections: list[tuple[str, bytes]] = []
    numbers = []
    for text in _BETWEEN_SECTIONS.split(page.obj.Contents.read_bytes()):
        section = _SECTION.fullmatch(text)
        if section is None:
            raise PermanentError("the receipt's page is not painted in sections that are known here")
        if section["mcid"] is None:
            sections += _of_artifact(section, arabic)
        else:
            numbers.append(int(section["mcid"]))
            sections.append((_language(section, owners), text))
    if sorted(numbers) != list(range(len(owners))):
        raise PermanentError("the receipt's page does not paint each of its tagged sections once")
    return b"".join(text for _, text in sorted(sections, key=lambda each: _LAYERS[each[0]]))


def _language(section: re.Match[bytes], owners: list[pikepdf.Object]) -> str:
    """Its own, or of the nearest element that says it; the document is in Arabic. A drawing has none."""
    if b"\nBT" not in section["body"]:
        return ""
    own = _LANGUAGE.search(section["opening"])
    if own:
        return own[1].decode()
    element = owners[int(section["mcid"])]
    while "/P" in element:
        if "/Lang" in element:
            return str(element.Lang)
        element = element.P
    return "ar"


def _of_artifact(section: re.Match[bytes], arabic: set[bytes]) -> Iterator[tuple[str, bytes]]:
    """A drawing, or words beside the tags (a repeated heading, the foot): their language is not said."""
    if b"\nBT" not in section["body"]:
        yield "", section[0]
        return
    lines: dict[bytes, tuple[list[bytes], set[bytes]]] = {}
    for text in _BETWEEN_PIECES.split(section["body"]):
        piece = _PIECE.match(text)
        if piece is None:
            raise PermanentError("the receipt's page has words beside its tags that are not painted line by line")
        texts, fonts = lines.setdefault(piece["height"], ([], set()))
        texts.append(text)
        fonts.add(piece["font"])
    for texts, fonts in lines.values():
        yield "ar" if fonts & arabic else "en", b"".join([section["opening"], *texts, b"EMC"])
