"""What the code writes itself: the state diagrams in README.md, the JSON Schemas in docs/, deployed settings."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from infra.stack.prefect_machines import ENV_FILE, env_file
from models.application import Application
from models.case import CASE
from models.document import DOCUMENT
from models.fees.facts import schema as fees_schema
from models.payments.attempt import ATTEMPT
from models.payments.order import ORDER
from models.payments.refund import REFUND
from models.states import Machine, Party

README: Final = "README.md"
BEGIN: Final = "<!-- states:begin -->"
END: Final = "<!-- states:end -->"

MACHINES: Final[Mapping[str, Machine[Any, Any]]] = {
    "A case": CASE,
    "A document": DOCUMENT,
    "A payment order": ORDER,
    "A payment attempt": ATTEMPT,
    "A refund": REFUND,
}

_LEGEND: Final = "Each box is a status and whom it waits for; a box with a status alone waits for nobody."
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_COLOURS: Final = {
    Party.APPLICANT: "fill:#fff3cd,stroke:#b58105,color:#3d2c00",
    Party.PAYER: "fill:#fff3cd,stroke:#b58105,color:#3d2c00",
    Party.STAFF: "fill:#f8d7da,stroke:#a61e2d,color:#4a0d14",
    Party.US: "fill:#d9ecf7,stroke:#1b6a96,color:#07293d",
    Party.NOBODY: "fill:#e2efe0,stroke:#3c7a36,color:#143010",
}


def write(root: Path) -> list[str]:
    """Bring every generated part under `root` up to date; returns the names of the files that changed."""
    changed = stale(root)
    for name, text in _documents(root).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return changed


def stale(root: Path) -> list[str]:
    """The names of the files under `root` that do not say what the code says."""
    return [name for name, text in _documents(root).items() if _read(root / name) != text]


def _documents(root: Path) -> dict[str, str]:
    return {
        README: with_diagrams(_read(root / README)),
        "docs/application.schema.json": _as_json(Application.model_json_schema()),
        "docs/fees-quote.schema.json": _as_json(fees_schema()),
        ENV_FILE: env_file(),
    }


def _read(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


def _as_json(schema: Mapping[str, Any]) -> str:
    return json.dumps({"$schema": _DIALECT, **schema}, ensure_ascii=False, indent=2) + "\n"


def with_diagrams(readme: str) -> str:
    """The text with the diagrams between its two markers; ValueError when a marker is missing."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{README} needs the lines {BEGIN} and {END}, in this order; put them back")
    parts = [_LEGEND, *(f"### {title}\n\n{diagram(machine)}" for title, machine in MACHINES.items())]
    return before + "\n\n".join([BEGIN, *parts, END]) + after


def diagram(machine: Machine[Any, Any]) -> str:
    """A machine as a Mermaid state diagram; events between the same two statuses share an arrow."""
    return "\n".join(["```mermaid", "stateDiagram-v2", *(f"    {line}" for line in _lines(machine)), "```"])


def _lines(machine: Machine[Any, Any]) -> Iterator[str]:
    for status, party in machine.waits_on.items():
        waits = "" if party is Party.NOBODY else f" · {party.value}"
        yield f'state "{status.value}{waits}" as {status.value}'
    yield f"[*] --> {machine.start.value}"
    for (before, after), events in _arrows(machine).items():
        yield f"{before.value} --> {after.value} : {' / '.join(events)}"
    for status in machine.waits_on:
        if machine.is_final(status):
            yield f"{status.value} --> [*]"
    yield from _paint(machine)


def _arrows(machine: Machine[Any, Any]) -> dict[tuple[StrEnum, StrEnum], list[str]]:
    arrows: dict[tuple[StrEnum, StrEnum], list[str]] = defaultdict(list)
    for before, event, after in machine.edges():
        arrows[before, after].append(event.value)
    return arrows


def _paint(machine: Machine[Any, Any]) -> Iterator[str]:
    for party, colour in _COLOURS.items():
        waiting = [status.value for status, whom in machine.waits_on.items() if whom is party]
        if waiting:
            yield f"classDef {party.value} {colour}"
            yield f"class {','.join(waiting)} {party.value}"
