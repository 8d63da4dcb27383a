"""A working day for the pictures: cases of every service and standing, each made as it would really come about."""

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from infra.demo.applications import POPULATION, write_applications
from infra.demo.show import introduce
from infra.demo.stories import read_stories
from infra.demo.telling import tell
from infra.holding import hold_case
from models.case import CaseStatus
from tests.office import Filed, Office, soon

_TOO_SLOW: Final = frozenset({"abandoned"})  # its payer is waited for longer than a picture is worth
_DEMOS_PEOPLE: Final = 150_000
_REFUSED: Final = 3


@dataclass
class Day:
    """The cases and runs that pictures are taken of."""

    held: Filed
    review: Filed
    refused: list[Filed]
    waiting: Filed
    runs: dict[str, str]


def live_a_day(office: Office) -> Day:
    """Everything is at rest afterwards."""
    _ordinary_cases(office)
    waiting = office.at_the_payer()
    review = _payment_under_review(office)
    refused = _refused_by_a_registry(office)
    held = _held_by_staff(office)
    for _ in range(6):
        office.file()
    return Day(held=held, review=review, refused=refused, waiting=waiting, runs=_staffs_own_runs(office))


def _ordinary_cases(office: Office) -> None:
    """The stories of the demo: families, domestic workers, a company, a government office."""
    with tempfile.TemporaryDirectory() as folder:
        applications = Path(folder)
        write_applications(applications, on=office.today, first_number=_DEMOS_PEOPLE)
        introduce(applications / POPULATION, office.ports.settings.registries.civil_url)
        stories = tuple(each for each in read_stories(applications) if each.folder not in _TOO_SLOW)
        tell(office.ports, applications, stories, on_told=lambda _told: None)


def _payment_under_review(office: Office) -> Filed:
    """The bank took another sum than was asked for."""
    filed = office.at_the_payer()
    script = {"match": "next", "script": {"captured_amount": "7.000"}}
    httpx.post(f"{office.sandbox_url}/__sandbox__/scenarios", json=script).raise_for_status()
    office.pay(filed)
    office.run_named(filed, "PaymentReview")
    return filed


def _refused_by_a_registry(office: Office) -> list[Filed]:
    found = []
    with ExitStack() as moods:
        for _ in range(_REFUSED):
            filed = office.file()
            moods.enter_context(office.moods.answering(403, at="/civil", about=filed.person.civil_number))
            office.release(filed)
            office.run_named(filed, "RegistryRefused")
            found.append(filed)
    return found


def _held_by_staff(office: Office) -> Filed:
    """Its run was suspended; *Resume* lets it see that it is held."""
    filed = office.at_the_payer()
    hold_case(office.ports, case_id=filed.case_id, actor="duty-officer", reason="asked for by the department")
    office.prefect.post(f"/flow_runs/{office.run(filed)['id']}/resume", json={}).raise_for_status()
    office.run_named(filed, "Held")
    return filed


def _staffs_own_runs(office: Office) -> dict[str, str]:
    """The newest run of each of staff's flows, by the name of the flow."""
    file = office.logs.parent / f"knet-{office.today}.csv"
    file.write_bytes(httpx.get(f"{office.sandbox_url}/__sandbox__/settlement/{office.today}.csv").content)
    asked: dict[str, dict[str, Any]] = {
        "reprocess": {"status": CaseStatus.REGISTRY_REFUSED.value, "mode": "preview"},
        "release": {"how_many": 5, "dry_run": True},
        "reconcile": {"file": str(file)},
        "remind": {"dry_run": True},
        "summary": {"day": str(office.today)},
    }
    return {name: _run(office, name, form) for name, form in asked.items()}


def _run(office: Office, name: str, form: dict[str, Any]) -> str:
    deployment = office.prefect.get(f"/deployments/name/{name}/{name}").raise_for_status().json()
    made = office.ask(f"/deployments/{deployment['id']}/create_flow_run", {"parameters": form})
    soon(lambda: _is_over(office, made["id"]), f"the end of {name}")
    return str(made["id"])


def _is_over(office: Office, run_id: str) -> bool:
    state = office.prefect.get(f"/flow_runs/{run_id}").raise_for_status().json()["state"]
    return state["type"] in {"COMPLETED", "FAILED"}
