"""The Jinja2 environment of the pages: a missing word is an error, and everything shown is escaped."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from models.money import Money

_ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"), autoescape=True, undefined=StrictUndefined
)
_ENVIRONMENT.filters["kd_en"] = lambda fils: Money(fils).english
_ENVIRONMENT.filters["kd_ar"] = lambda fils: Money(fils).arabic


def page(template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **view: Any) -> HTMLResponse:
    return HTMLResponse(_ENVIRONMENT.get_template(template).render(view), status_code=status, headers=headers)
