"""What the code writes into the documents is there, and says what the code says today."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import manage
from infra import generated_docs
from infra.generated_docs import BEGIN, END, MACHINES, README
from infra.stack.prefect_machines import ENV_FILE
from models.states import Machine, Party
from tests.checkout import CHECKOUT


def diagrams(text: str) -> list[str]:
    return re.findall(r"```mermaid\n(.*?)```", text, flags=re.DOTALL)


def test_the_documents_are_fresh() -> None:
    assert generated_docs.stale(CHECKOUT) == [], "run `make docs`"


def test_a_stale_or_missing_document_is_seen_and_written(tmp_path: Path) -> None:
    (tmp_path / README).write_text(f"# Title\n\nbefore\n{BEGIN}\nold\n{END}\nafter\n", "utf-8")
    every = [README, "docs/application.schema.json", "docs/fees-quote.schema.json", ENV_FILE]
    assert generated_docs.stale(tmp_path) == every
    assert generated_docs.write(tmp_path) == every
    assert generated_docs.write(tmp_path) == []
    text = (tmp_path / README).read_text("utf-8")
    assert text.startswith(f"# Title\n\nbefore\n{BEGIN}\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text.split()


def test_the_command_checks_and_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.stack.places.CHECKOUT", tmp_path)
    (tmp_path / README).write_text(f"{BEGIN}\n{END}\n", "utf-8")
    stale = CliRunner().invoke(manage.app, ["docs", "--check"])
    assert stale.exit_code == 1
    assert "README.md, docs/application.schema.json" in stale.output
    assert CliRunner().invoke(manage.app, ["docs"]).exit_code == 0
    assert CliRunner().invoke(manage.app, ["docs", "--check"]).exit_code == 0


@pytest.mark.parametrize("text", ["", BEGIN, END, f"{END}{BEGIN}"])
def test_a_readme_without_its_markers_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(ValueError, match="put them back"):
        generated_docs.with_diagrams(text)


@pytest.mark.parametrize(("title", "machine"), MACHINES.items())
def test_a_diagram_shows_every_edge_and_whom_each_status_waits_for(title: str, machine: Machine[Party, Party]) -> None:
    lines = [line.strip() for line in generated_docs.diagram(machine).splitlines()]
    found = (re.fullmatch(r"(\w+) --> (\w+) : (.+)", line) for line in lines)
    arrows = {(arrow[1], arrow[2]): arrow[3].split(" / ") for arrow in found if arrow}
    edges = {(before.value, after.value, event.value) for before, event, after in machine.edges()}
    assert {(before, after, event) for (before, after), events in arrows.items() for event in events} == edges, title
    for state, party in machine.waits_on.items():
        label = state.value if party is Party.NOBODY else f"{state.value} · {party.value}"
        assert f'state "{label}" as {state.value}' in lines
        assert (f"{state.value} --> [*]" in lines) == machine.is_final(state)
    assert f"[*] --> {machine.start.value}" in lines


def test_no_status_is_a_word_that_the_diagrams_keep_for_themselves() -> None:
    kept = {"state", "note", "end", "class", "classDef", "style", "direction", "as", "fork", "join", "choice"}
    for machine in MACHINES.values():
        assert not {state.value for state in machine.waits_on} & kept


def test_the_readme_has_a_diagram_for_each_machine() -> None:
    text = (CHECKOUT / README).read_text("utf-8")
    assert len(diagrams(text)) >= len(MACHINES)
    assert text.count(BEGIN) == text.count(END) == 1


@pytest.mark.parametrize("file", ["application.schema.json", "fees-quote.schema.json"])
def test_a_schema_is_json_schema_and_describes_its_fields(file: str) -> None:
    schema = json.loads((CHECKOUT / "docs" / file).read_text("utf-8"))
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert schema["$defs"]
