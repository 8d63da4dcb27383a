"""The receipt on paper: ReceiptView -> words -> PDF/A-2a (archivable, tagged), in Arabic and English.

CPU only: `render` is made for a process of the CPU pool. Typst sets the page; it reads the template and the fonts once
and keeps them for the life of the process. What a person wrote reaches the page as data and is never read as markup.
"""

import json
import os
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

import typst

from infra.errors import PermanentError
from infra.receipts.painting_order import paint_by_language, with_letters_for_tanween
from infra.receipts.words import to_words
from models.receipt_view import ReceiptView

_TEMPLATES: Final = Path(__file__).parents[2] / "templates"


def render(view: ReceiptView) -> bytes:
    """The receipt as a PDF. The same view gives the same bytes in any process."""
    page = compiler(_TEMPLATES / "receipt" / "receipt.typ")
    return paint_by_language(to_pdf(page, to_words(view), issued_at=view.issued_at))


@cache
def compiler(page: Path) -> typst.Compiler:
    """It reads nothing outside the page's folder but our fonts; no package lies on this machine for it."""
    return typst.Compiler(
        input=str(page),
        root=page.parent,
        font_paths=[str(_TEMPLATES / "fonts")],
        ignore_system_fonts=True,
        package_path=Path(os.devnull),
        package_cache_path=Path(os.devnull),
    )


def to_pdf(page: typst.Compiler, words: Mapping[str, object], *, issued_at: datetime) -> bytes:
    """PermanentError if the page asks for a word that is not there, or for a file that is not its own."""
    try:
        pdf = page.compile(
            format="pdf",
            sys_inputs={"view": with_letters_for_tanween(json.dumps(words, ensure_ascii=False))},
            pdf_standards="a-2a",
            timestamp=int(issued_at.timestamp()),
        )
    except typst.TypstError as error:
        raise PermanentError(f"the receipt's page cannot be set: {error.message}") from error
    if not isinstance(pdf, bytes):
        raise PermanentError("the receipt's page was set as several files")
    return pdf
