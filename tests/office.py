"""The product as it runs: worker and web as processes, a real Prefect, and a sandbox that can be in a mood."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

import httpx
import pytest

from infra import clock
from infra.database import all_of, fetch, unit_of_work
from infra.demo.crowd import Passerby, make_crowd
from infra.intake import submit
from infra.intake.reading import APPLICATION
from infra.payments.orders import order_of
from infra.queue import release_cases
from infra.sandbox.app import create_app
from infra.sandbox.payer import Behaviour, pay
from infra.sandbox.population import Population, Resident
from infra.sandbox.settings import SandboxSettings
from infra.schema import migrate
from infra.settings import Environment, Settings
from infra.stack import application
from infra.stack.environment import base_environment, prefect_client, renewal_settings
from infra.stack.local_secrets import LocalSecrets
from infra.stack.part import Part
from infra.stack.places import Places
from infra.stack.ports import Ports as Listening
from infra.stack.postgres_cluster import Cluster
from infra.stack.postgres_databases import make_database
from infra.stack.sequence import bring_up, take_down
from infra.wiring import Ports, build
from models.base import Record
from models.case import Case, CaseStatus, Channel
from models.payments.attempt import PaymentAttempt
from models.payments.order import PaymentOrder
from tests.money_bank import BankPage, open_bank_page
from tests.moods import Moods
from tests.sandbox_world import served

Row = TypeVar("Row", bound=Record)
Found = TypeVar("Found")
PATIENCE: Final = 60.0
CROWD: Final = 60
RETRY: Final = {"state": {"type": "SCHEDULED", "name": "AwaitingRetry"}, "force": True}
"""What the Retry button of Prefect's UI sends."""


@dataclass(frozen=True)
class Filed:
    """A submitted case."""

    case_id: UUID
    reference: str
    person: Resident


def soon(look: Callable[[], Found | None], what: str, *, seconds: float = PATIENCE) -> Found:
    """What `look` finds at last."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")


@dataclass(frozen=True)
class Office:
    """Ask it to do what applicants, staff and payers do; read afterwards what the database and Prefect say."""

    ports: Ports
    prefect: httpx.Client
    moods: Moods
    sandbox_url: str
    crowd: Iterator[Passerby]
    logs: Path
    parts: dict[str, Part]

    # What people do

    def file(self, change: Callable[[Resident], Resident] = lambda resident: resident) -> Filed:
        """Submit the application of a person whom nobody else uses; `change` is what registries know otherwise."""
        passerby = next(self.crowd)
        person = change(passerby.resident)
        people = [person.model_dump(mode="json")]
        httpx.post(f"{self.sandbox_url}/__sandbox__/people", json=people).raise_for_status()
        text = passerby.folder.application.model_dump_json(exclude_unset=True, exclude_none=True)
        files = {APPLICATION: text.encode(), **passerby.folder.files}
        [reference] = submit(self.ports, files, channel=Channel.FOLDER).references
        [case] = self.rows(Case, reference=reference)
        return Filed(case.id, reference, person)

    def release(self, filed: Filed) -> None:
        assert release_cases(self.ports, actor="tester", limit=1, references=[filed.reference]) == [filed.reference]

    def at_the_payer(self, change: Callable[[Resident], Resident] = lambda resident: resident) -> Filed:
        """A new case whose run is suspended until somebody pays."""
        filed = self.file(change)
        self.release(filed)
        self.run_named(filed, "Suspended")
        return filed

    def pay(self, filed: Filed) -> None:
        pay(f"{self.ports.settings.public_url}/pay/{self.order(filed).id}", Behaviour.APPROVE)

    def at_the_bank(self, filed: Filed) -> BankPage:
        """Its payer has pressed our button and looks at the bank's page."""
        shown = httpx.post(f"{self.ports.settings.public_url}/pay/{self.order(filed).id}", timeout=30)
        return open_bank_page(shown.headers["Location"])

    def press_cancel(self, filed: Filed) -> None:
        """As the Cancel button: the run's worker stops it."""
        state = {"state": {"type": "CANCELLING"}}
        self.prefect.post(f"/flow_runs/{self.run(filed)['id']}/set_state", json=state).raise_for_status()

    def press_retry(self, filed: Filed) -> None:
        self.prefect.post(f"/flow_runs/{self.run(filed)['id']}/set_state", json=RETRY).raise_for_status()

    def stop_worker(self) -> float:
        """Ask it to stop, as an orchestrator does; the seconds that it took."""
        begun = time.monotonic()
        self.parts["worker"].child.ask_to_stop()
        soon(lambda: not self.parts["worker"].child.is_running, "the worker's end")
        return time.monotonic() - begun

    def start_worker(self) -> None:
        bring_up([replace(self.parts["worker"], needs=frozenset())])

    # What the database says

    def rows(self, kind: type[Row], /, **equals: object) -> list[Row]:
        with unit_of_work(self.ports.engine) as session:
            return all_of(session, kind, **equals)

    def case(self, filed: Filed) -> Case:
        with unit_of_work(self.ports.engine) as session:
            return fetch(session, Case, filed.case_id)

    def status(self, filed: Filed) -> CaseStatus:
        return self.case(filed).status

    def order(self, filed: Filed) -> PaymentOrder:
        with unit_of_work(self.ports.engine) as session:
            order = order_of(session, fetch(session, Case, filed.case_id))
        assert order is not None
        return order

    def captures(self, filed: Filed) -> list[dict[str, Any]]:
        """What the bank's own books say it took for this case."""
        ledger = httpx.get(f"{self.sandbox_url}/__sandbox__/ledger").json()
        ours = {each.trackid for each in self.attempts(filed)}
        return [each for each in ledger if each["trackid"] in ours and each["result"] == "CAPTURED"]

    def attempts(self, filed: Filed) -> list[PaymentAttempt]:
        return self.rows(PaymentAttempt, order_id=self.order(filed).id)

    # What Prefect says

    def ask(self, path: str, question: dict[str, Any]) -> Any:
        reply = self.prefect.post(path, json=question)
        reply.raise_for_status()
        return reply.json()

    def run(self, filed: Filed) -> dict[str, Any]:
        run_id = soon(lambda: self.case(filed).flow_run_id, "the case's run")
        run: dict[str, Any] = self.prefect.get(f"/flow_runs/{run_id}").raise_for_status().json()
        return run

    def run_named(self, filed: Filed, name: str, *, after: str | None = None) -> dict[str, Any]:
        """The run once its state has this name; `after` is the id of a state that does not count."""

        def look() -> dict[str, Any] | None:
            run = self.run(filed)
            return run if run["state"]["name"] == name and run["state"]["id"] != after else None

        return soon(look, f"a run in state {name}")

    def tasks(self, filed: Filed, *, names: list[str]) -> list[dict[str, Any]]:
        """The run's task rows in the order of their start; Prefect writes them a moment after the work."""

        def look() -> list[dict[str, Any]] | None:
            asked = {"flow_runs": {"id": {"any_": [self.run(filed)["id"]]}}}
            found = sorted(self.ask("/task_runs/filter", asked), key=lambda task: str(task["start_time"]))
            over = all(task["state"]["type"] in {"COMPLETED", "FAILED"} for task in found)
            return found if over and [step_of(task) for task in found] == names else None

        return soon(look, f"the task rows {names}")

    @property
    def today(self) -> date:
        return clock.kuwait_date(clock.now())

    def worker_log(self) -> list[str]:
        return (self.logs / "worker.log").read_text(errors="replace").splitlines()

    def web_log(self) -> list[str]:
        return (self.logs / "web.log").read_text(errors="replace").splitlines()

    def artifacts(self, filed: Filed) -> list[dict[str, Any]]:
        asked = {"artifacts": {"flow_run_id": {"any_": [self.run(filed)["id"]]}}, "sort": "UPDATED_DESC"}
        found: list[dict[str, Any]] = self.ask("/artifacts/filter", asked)
        return found


def step_of(task: dict[str, Any]) -> str:
    """`validate_identity` of `validate_identity-1a2`."""
    return str(task["name"]).rpartition("-")[0]


@contextmanager
def open_office(places: Places, cluster: Cluster, prefect_api: str) -> Iterator[Office]:
    with ExitStack() as stack:
        secrets = LocalSecrets.kept_in(places.secrets)
        moods, sandbox = (
            Moods(),
            create_app(Population(), settings=_sandbox(places, secrets), environment=Environment.LOCAL),
        )
        moods.come_over(sandbox)
        sandbox_url = stack.enter_context(served(sandbox))
        at = replace(Listening.private(), sandbox=_port(sandbox_url), prefect=_port(prefect_api))
        told = {
            **prefect_client(places, at),
            **renewal_settings(at, secrets, database_url=make_database(cluster, "office")),
            "RENEWAL_STORE__DIRECTORY": str(places.var / "office-documents"),
            "RENEWAL_WORKER__CPU_PROCESSES": "1",
            "RENEWAL_WORKER__DRAIN_SECONDS": "5",
        }
        ports = stack.enter_context(_ports(told))
        migrate(ports.engine)
        parts = stack.enter_context(_running(places, at, told))
        prefect = stack.enter_context(httpx.Client(base_url=prefect_api, timeout=30))
        crowd = make_crowd(CROWD, on=clock.kuwait_date(clock.now()))
        yield Office(ports, prefect, moods, sandbox_url, crowd, places.logs, parts)


def _port(url: str) -> int:
    port = httpx.URL(url).port
    assert port is not None
    return port


def _sandbox(places: Places, secrets: LocalSecrets) -> SandboxSettings:
    return SandboxSettings(
        tranportal_id=secrets.knet_tranportal_id.get_secret_value(),
        tranportal_password=secrets.knet_tranportal_password,
        resource_key=secrets.knet_resource_key,
        registry_token=secrets.registry_token,
        folder=places.var / "office-sandbox",
    )


@contextmanager
def _ports(told: dict[str, str]) -> Iterator[Ports]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(name, value)
        ports = build(Settings())  # pyright: ignore[reportCallIssue]
    try:
        yield ports
    finally:
        ports.close()


@contextmanager
def _running(places: Places, at: Listening, told: dict[str, str]) -> Iterator[dict[str, Part]]:
    environment = {**base_environment(), **told}
    parts = [application.part(app, places, at, environment) for app in (application.WEB, application.WORKER)]
    try:
        bring_up(parts)
        yield {part.name: part for part in parts}
    finally:
        take_down(parts)
