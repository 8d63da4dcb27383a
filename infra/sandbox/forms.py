"""Finds a form on a page and what it would send, as a browser does."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class PageForm:
    action: str = ""
    values: dict[str, str] = field(default_factory=dict)


class _FormReader(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self._form_id = form_id
        self._inside = False
        self._select = ""
        self.form: PageForm | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("id") == self._form_id:
            self.form, self._inside = PageForm(action=given.get("action", "")), True
        elif self._inside and self.form is not None:
            self._note(tag, given, values=self.form.values)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False

    def _note(self, tag: str, given: dict[str, str], *, values: dict[str, str]) -> None:
        if tag == "input" and given.get("name"):
            values[given["name"]] = given.get("value", "")
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._select and (self._select not in values or "selected" in given):
            values[self._select] = given.get("value", "")


def find_form(html: str, form_id: str) -> PageForm | None:
    """Inputs and selects with what they hold; buttons and ticks are the caller's choice."""
    reader = _FormReader(form_id)
    reader.feed(html)
    return reader.form
