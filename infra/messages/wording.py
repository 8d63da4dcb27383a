"""The words of a message, from its template in each language; digits are Western, and stand where they belong."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from infra.clock import written_day, written_minute
from models.message import MessageKind
from models.money import Money
from models.service import Language

_TEMPLATES: Final = Path(__file__).parents[2] / "templates" / "messages"
_LEFT_TO_RIGHT: Final = "\u2066"
_END: Final = "\u2069"


def worded(kind: MessageKind, language: Language, facts: dict[str, Any]) -> str:
    """The text as it is sent; a fact that the template misses is an error, never a blank."""
    template = _words().get_template(f"{kind.value}.{language.value}.txt")
    return template.render(facts).strip()


def isolated(text: str) -> str:
    """Among Arabic words, letters and digits of a reference or a date keep their order inside these two marks."""
    return f"{_LEFT_TO_RIGHT}{text}{_END}"


@cache
def _words() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - plain text: nothing reads it as a page
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"ltr": isolated, "day": written_day, "minute": written_minute, "dinars": _dinars}
    return environment


def _dinars(fils: int) -> str:
    return str(Money(fils))
