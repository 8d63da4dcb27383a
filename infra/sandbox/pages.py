"""The sandbox's pages; each says in both languages that it is neither a bank nor a ministry."""

from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[2] / "templates" / "sandbox"),
    autoescape=True,
    undefined=StrictUndefined,
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def page(template: str, *, status: int = 200, **view: Any) -> HTMLResponse:
    return HTMLResponse(_TEMPLATES.get_template(template).render(view), status_code=status, headers=_HEADERS)
