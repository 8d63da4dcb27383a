"""The demo and the local stack as a person meets them on a terminal."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from sqlmodel import func, select

from infra import clock
from infra.database import unit_of_work
from infra.demo.applications import POPULATION, write_applications
from infra.demo.report import print_report, write_report
from infra.demo.stories import Story
from infra.demo.telling import Told, tell
from infra.remedies import MANAGE
from infra.sandbox.population import Population
from infra.settings import Settings
from infra.stack import LocalStack, Places, StackError, running_environment
from infra.stack.progress import Progress as StackProgress
from infra.wiring import Ports, build
from models.case import Case

_QUICK: Final = {
    "RENEWAL_PAYMENTS__PAGE_TTL": "PT12S",
    "RENEWAL_PAYMENTS__GRACE": "PT1S",
    "RENEWAL_PAYMENTS__CONFIRM_AFTER": "PT5S",
    "RENEWAL_PAYMENTS__NOT_FOUND_APART": "PT2S",
}
"""A payer who walks away is noticed within the demo, not after three quarters of an hour."""

_FIRST_NUMBER: Final = 100_000  # of the demo's people; those of measurements come before
_PEOPLE_A_DEMO: Final = 40
_DEMOS: Final = 2000


@contextmanager
def _stack(places: Places, console: Console) -> Iterator[LocalStack]:
    with LocalStack(places=places, tell=StackProgress(console)) as stack:
        for remark in stack.remarks:
            console.print(remark, markup=False, soft_wrap=True)
        os.environ.update(stack.environment)
        yield stack


def show_demo(places: Places, console: Console) -> None:
    """Start the stack, tell the stories, print and write the report, stop the stack."""
    os.environ.update(_QUICK)
    with _stack(places, console):
        ports = build(Settings())
        folder = places.var / "demo"
        shutil.rmtree(folder, ignore_errors=True)
        stories = write_applications(folder / "applications", on=_today(), first_number=_unused_number(ports))
        introduce(folder / "applications" / POPULATION, os.environ["RENEWAL_REGISTRIES__CIVIL_URL"])
        told = _tell(ports, folder / "applications", stories, console)
        entries = write_report(ports, folder, told)
        print_report(console, entries)
        ports.close()
    console.print(
        f"Receipts and report.json are in {_relative(folder)}. `make run` keeps the stack up to look around.",
        soft_wrap=True,
    )


def _tell(ports: Ports, folder: Path, stories: tuple[Story, ...], console: Console) -> list[Told]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("Renewing", total=len(stories))

        def on_told(told: Told) -> None:
            bar.console.print(f"[green]✓[/] {told.story.title_en}")
            bar.advance(task)

        return tell(ports, folder, stories, on_told=on_told)


def show_stack(places: Places, console: Console) -> None:
    """Keep the stack up until Ctrl-C or until a part ends by itself."""
    with _stack(places, console) as stack:
        console.print(f"Prefect UI     {stack.ports.url('prefect')}", markup=False)
        console.print(f"Web            {stack.ports.url('web')}", markup=False)
        console.print(f"Sandbox        {stack.ports.url('sandbox')}", markup=False)
        console.print(f"Ctrl-C stops everything. In another terminal: `{MANAGE} seed`, then `submit`.")
        try:
            stack.wait()
        except KeyboardInterrupt:
            console.print("Stopping.")


def seed_applications(folder: Path) -> tuple[Story, ...]:
    """Write the applications; StackError when no sandbox runs that could learn of their people."""
    told = dict(os.environ) if "RENEWAL_REGISTRIES__CIVIL_URL" in os.environ else running_environment()
    os.environ.update(told)
    ports = build(Settings())
    stories = write_applications(folder, on=_today(), first_number=_unused_number(ports))
    introduce(folder / POPULATION, told["RENEWAL_REGISTRIES__CIVIL_URL"])
    ports.close()
    return stories


def introduce(population: Path, civil_url: str) -> None:
    """Tell the sandbox, wherever its registries are, about the people of a population file."""
    people = [person.model_dump(mode="json") for person in Population.read(population).people.values()]
    url = httpx.URL(civil_url).copy_with(path="/__sandbox__/people")
    try:
        httpx.post(url, json=people, timeout=30).raise_for_status()
    except httpx.HTTPError as error:
        raise StackError(f"the sandbox did not take the people ({type(error).__name__}); is it running?") from None


def _unused_number(ports: Ports) -> int:
    """Each demo has people of its own: the number of cases only grows, and it numbers the people."""
    with unit_of_work(ports.engine) as session:
        cases = session.exec(select(func.count()).select_from(Case)).one()
    return _FIRST_NUMBER + cases % _DEMOS * _PEOPLE_A_DEMO


def _today() -> date:
    return clock.kuwait_date(clock.now())


def _relative(folder: Path) -> Path:
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
