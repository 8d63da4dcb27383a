"""What is wrong with a field of `application.json` that the schema refuses, and what to do, in our own words."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError

from infra.remedies import MANAGE
from models.rules.book import rule_book
from models.rules.situation import Relation
from models.service import Language, Service

_AS_THE_SCHEMA: Final = f"write it as `{MANAGE} submit --schema` shows"
_FILE: Final = "write the name of a file beside application.json: Latin letters, digits, dot, hyphen; no folder"
_REMEDIES: Final[Mapping[str, str]] = {
    "service": f"write one of {', '.join(Service)}",
    "language": f"write one of {', '.join(Language)}",
    "applicant": "write who applies, with civil_number and mobile",
    "civil_number": "write the twelve digits of the civil number, in quotation marks",
    "mobile": "write +965 and the eight digits of the telephone number",
    "organisation_file": "write the organisation's file number: digits, slash, hyphen",
    "persons": "list each person whose permit is to be renewed, 50 at most",
    "passport_mrz": "write both lines at the foot of the passport page, 44 characters each",
    "relation": f"write one of {', '.join(Relation)}, or leave it out",
    "years": "write whole years, from 1 to 15",
    "documents": "list each document with kind and file",
    "file": _FILE,
    "spreadsheet": _FILE,
}


def wrong_fields(error: ValidationError, given: Any) -> list[tuple[str, str]]:
    """Each field that is wrong, once, with its remedy. What was written is not repeated: it may be personal."""
    found: dict[str, str] = {}
    for field, words in _words(error, given):
        found.setdefault(field, words)
    return list(found.items())


def _words(error: ValidationError, given: Any) -> Iterator[tuple[str, str]]:
    for each in error.errors(include_url=False, include_input=False):
        field = ".".join(map(str, each["loc"])) or "application"
        name = next((part for part in reversed(each["loc"]) if isinstance(part, str)), "")
        match each["type"]:
            case "value_error":  # a rule between fields, in its own words
                yield field, str(each["ctx"]["error"])
            case "extra_forbidden":
                yield field, f"there is no such field; leave it out, or {_AS_THE_SCHEMA}"
            case "missing":
                yield field, f"missing; {_remedy(name, given)}"
            case _:
                yield field, f"not valid; {_remedy(name, given)}"


def _remedy(name: str, given: Any) -> str:
    if name == "article":
        return f"write one of {_articles(given)}"
    if name == "kind":
        return f"write one of {', '.join(sorted(rule_book().documents.kinds))}"
    return _REMEDIES.get(name, _AS_THE_SCHEMA)


def _articles(given: Any) -> str:
    """Those of the service that is asked for; of an unknown service, those that any service renews."""
    rules = rule_book().services
    asked = [each for each in Service if each == given.get("service")] or list(Service)
    return ", ".join(map(str, sorted({article for each in asked for article in rules[each].articles})))
