"""The receipt on paper: ReceiptView -> HTML -> PDF/A-2a (archivable, tagged), in Arabic and English.

CPU only: `render` is made for a process of the CPU pool. WeasyPrint needs system libraries and half a second to import,
so it is imported by the first call; its fonts and style sheet are read once and kept for the life of the process.
"""

import atexit
import gc
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from infra.clock import KUWAIT
from infra.errors import PermanentError
from models.receipt_view import ReceiptView

_TEMPLATES: Final = Path(__file__).parents[2] / "templates"
_SCHEME: Final = "receipt:"


def render(view: ReceiptView) -> bytes:
    """The receipt as a PDF. The same view gives the same bytes in any process (with the same system libraries)."""
    return to_pdf(to_html(view))


def to_html(view: ReceiptView) -> str:
    """The page as text; a word that the template misses is an error, never a blank."""
    return _words().get_template("receipt.html").render(view=view, qr=_qr(view.qr_text))


def to_pdf(html: str) -> bytes:
    """Set the page. It may use our own style sheet and fonts; PermanentError if it asks for anything else."""
    engine = _engine()
    try:
        page = engine.page(string=html, base_url=_SCHEME, url_fetcher=engine.fetcher)
        pdf: bytes = page.write_pdf(
            stylesheets=[engine.style],
            font_config=engine.fonts,
            color_profiles=engine.colours,
            output_intent="--screen",
            pdf_variant="pdf/a-2a",
        )
    except engine.refused as error:
        raise PermanentError("the receipt's page asked for a resource that is not its own") from error
    return pdf


@cache
def _words() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES / "receipt"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"day": _day, "kuwait_minute": _kuwait_minute, "utc": _utc}
    return environment


def _day(on: date) -> str:
    return f"{on:%d/%m/%Y}"


def _kuwait_minute(at: datetime) -> str:
    return f"{at.astimezone(KUWAIT):%d/%m/%Y %H:%M}"


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _qr(text: str) -> Markup:
    """One SVG path; the title is what a screen reader says."""
    code = segno.make_qr(text, error="m")
    return Markup(code.svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None, title="QR"))  # noqa: S704 - segno's own markup


@dataclass(frozen=True, slots=True)
class _Engine:
    page: Any  # weasyprint.HTML
    fetcher: Any
    fonts: Any
    style: Any
    colours: dict[str, Any]
    refused: type[BaseException]


@cache
def _engine() -> _Engine:
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    own = {f"{_SCHEME}{font.name}": font.read_bytes() for font in (_TEMPLATES / "fonts").glob("*.ttf")}
    own[f"{_SCHEME}sRGB2014.icc"] = (files("weasyprint.pdf") / "sRGB2014.icc").read_bytes()

    class OwnFilesOnly(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
        """No page reads from disk or network. A refusal stops the page; by default WeasyPrint would go on without."""

        def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
            del headers
            return URLFetcherResponse(url, own[url])

    fetcher = OwnFilesOnly(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
    fonts = FontConfiguration()
    atexit.register(_forget)
    colours: dict[str, Any] = {}
    style = CSS(
        string=(_TEMPLATES / "receipt" / "receipt.css").read_text("utf-8"),
        base_url=_SCHEME,
        font_config=fonts,
        color_profiles=colours,
        url_fetcher=fetcher,
    )
    _settle(colours)
    return _Engine(page=HTML, fetcher=fetcher, fonts=fonts, style=style, colours=colours, refused=FatalURLFetchingError)


def _settle(colours: dict[str, Any]) -> None:
    """Two sources of different bytes for the same page, both outside WeasyPrint's options."""
    for profile in colours.values():
        _ = profile.name  # a colour profile is written out longer once its name was read; it is read in every page
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")  # else fontTools stamps the time into each font that it cuts


def _forget() -> None:
    """WeasyPrint keeps the fonts in a temporary folder, which it can remove only while modules are still there."""
    _engine.cache_clear()
    gc.collect()
