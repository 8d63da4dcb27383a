"""`manage.py queue`, `release`, `hold` and `unhold`: what they print, as a table and as JSON, and what they refuse."""

import json
from typing import Any

from click.testing import Result

from infra.ranking import learn_expiries
from models.case import Case, CaseStatus
from tests.at_the_terminal import Run, said
from tests.world import World


def read(result: Result) -> Any:
    return json.loads(said(result))


def hold(run: Run, reference: str) -> None:
    said(run("hold", reference, "--reason", "a letter is expected", "--as", "Noura"))


def test_an_empty_queue_is_said_in_a_sentence(run: Run) -> None:
    assert said(run("queue")) == "No case is waiting: the intake queue is empty.\n"
    assert read(run("queue", "--json")) == {"waiting": [], "held": [], "totals": []}


def test_the_queue_shows_ages_deadlines_and_totals(world: World, run: Run) -> None:
    [reference] = world.submit().references
    learn_expiries(world.ports)
    world.clock.advance(hours=28)
    shown = said(run("queue"))
    [row] = read(run("queue", "--json"))["waiting"]
    assert row["days_left"] is not None
    for word in (reference, "individual", "ends in", "1 d 4 h", "Totals", "the permit ends in"):
        assert word in shown


def test_the_queue_can_be_narrowed_to_a_service_and_a_number(world: World, run: Run) -> None:
    for _ in range(3):
        world.submit()
    world.submit(world.company(world.person(), world.person()))
    assert len(read(run("queue", "--limit", 4, "--json"))["waiting"]) == 4
    company = read(run("queue", "--service", "company", "--json"))
    assert {each["service"] for each in company["waiting"]} == {"company"}
    assert [(each["service"], each["cases"]) for each in company["totals"]] == [("company", 2)]


def test_a_held_case_is_listed_apart_with_who_and_why_and_its_status_says_so(world: World, run: Run) -> None:
    [reference] = world.submit().references
    hold(run, reference)
    shown = said(run("queue"))
    assert "the intake queue is empty" in shown
    assert f"{reference} " in shown
    assert "Noura: a letter is expected (submitted)" in shown
    assert "Held by Noura since" in said(run("status", reference))
    assert read(run("status", reference, "--json"))["held"]["because"] == "a letter is expected"
    said(run("unhold", reference, "--reason", "it came", "--as", "Badr"))
    assert read(run("status", reference, "--json"))["held"] is None


def test_hold_wants_a_name_and_a_reason(world: World, run: Run) -> None:
    [reference] = world.submit().references
    assert run("hold", reference, "--reason", "a letter").exit_code == 2
    assert run("hold", reference, "--as", "Noura").exit_code == 2
    empty = run("hold", reference, "--as", "Noura", "--reason", " ")
    assert (empty.exit_code, "--reason: ' ' only holds the place" in empty.output) == (2, True)


def test_a_dry_run_releases_nobody_and_a_release_names_what_it_left(world: World, run: Run) -> None:
    first, second = (world.submit().references[0] for _ in range(2))
    hold(run, second)
    would = said(run("release", "--dry-run"))
    assert "1 case(s) would be released; nothing was done." in would
    assert first in would
    assert {case.status for case in world.rows(Case)} == {CaseStatus.SUBMITTED}
    done = run("release", "--reference", first, "--reference", second)
    assert done.exit_code == 1
    assert done.output.splitlines() == [first, f"Not released: {second} is held; its status says why"]
    assert said(run("release", "--order", "oldest_first")) == "No case is waiting.\n"
    assert read(run("release", "--json")) == []
