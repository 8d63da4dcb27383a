"""Databases with so many cases in them, and what is done in each to be measured."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Final
from uuid import UUID

from benchmarks.many_cases import fill, runs_of_cases_that_are_over
from infra import clock, healing, leases
from infra.database import unit_of_work
from infra.letters import claim, record
from infra.payments.due import settle_due
from infra.payments.starting import start_payment
from infra.queue import Wanted, release
from infra.ranking import rank_again
from infra.schema import migrate
from infra.settings import Settings
from infra.stack.environment import base_environment, prefect_client, renewal_settings
from infra.stack.local_secrets import LocalSecrets
from infra.stack.places import CHECKOUT, Places
from infra.stack.ports import Ports as Listening
from infra.stack.throwaway import throwaway_database
from infra.waiting_list import head, queue_report
from infra.wiring import Ports, build, installed
from models.case import CaseStatus
from tests.world import World, world_over

_NONE: Final = 4_000
"""What is there while nothing else is: half of it waits, and is released."""

_PAGE: Final = 200
"""Of cases and of runs, as healing reads them."""


@dataclass(frozen=True)
class Ground:
    """A database of its own with so many cases in it, and how to reach it; its `world` carries renewals."""

    size: int
    ports: Ports
    environment: dict[str, str]
    world: World

    def read_head(self) -> None:
        with unit_of_work(self.ports.engine) as session:
            head(session, service=None, limit=100, now=self.ports.now())

    def rank(self) -> None:
        rank_again(self.ports)

    def report(self) -> None:
        queue_report(self.ports, service=None, limit=20)

    def dry_run(self) -> None:
        release(self.ports, Wanted(limit=100), actor="benchmark", dry_run=True)

    def release_and_carry(self) -> None:
        """A release, and the outbox's part of what follows, without Prefect's."""
        release(self.ports, Wanted(limit=100), actor="benchmark")
        letters = claim(self.ports)
        assert len(letters) == 100, "a release of 100 leaves 100 words"  # noqa: S101, PLR2004 - else no figure
        record(self.ports, delivered=letters, failed=[], runs={})

    def heal(self) -> None:
        """All that a whole round reads, an hour from now: whatever was released stands still by then."""
        later, after = replace(self.ports, now=lambda: clock.now() + timedelta(hours=1)), None
        leases.lost(later.engine)
        healing.without_lease(later, list(self.runs))
        while len(found := healing.standing_still(later, after=after, limit=_PAGE)) == _PAGE:
            after = found[-1].case_id
        healing.of_closed_cases(later, list(self.runs))
        healing.superseded(later, self.runs)

    @cached_property
    def runs(self) -> dict[UUID, UUID]:
        return runs_of_cases_that_are_over(_PAGE)

    def settle(self) -> None:
        settle_due(self.ports)

    def renew(self) -> None:
        """By the product's own steps; only the bank, the registries, the store and the printer are fakes."""
        world = self.world
        with installed(world.ports):
            [case_id] = world.submitted()
            world.release(case_id)
            world.run(case_id, until=CaseStatus.AWAITING_PAYMENT)
            start_payment(world.ports, world.order(case_id).id, now=world.clock())
            [attempt] = world.attempts(case_id)
            world.paid_at_the_bank(attempt)
            world.settle(attempt)
            assert world.run(case_id) is CaseStatus.COMPLETED  # noqa: S101 - else no figure

    def command(self) -> None:
        subprocess.run(  # noqa: S603 - our own command line
            [sys.executable, str(CHECKOUT / "manage.py"), "queue", "--json"],
            check=True,
            env=self.environment,
            stdout=subprocess.DEVNULL,
        )


WORK: Final[dict[str, tuple[int, Callable[[Ground], None]]]] = {
    "the head of the queue, 100 cases": (40, Ground.read_head),
    "ranks that change today: none": (40, Ground.rank),
    "head, held and totals, as `queue` reads them": (40, Ground.report),
    "a dry run of 100": (40, Ground.dry_run),
    "what a minute's healing reads, when no case stands still": (40, Ground.heal),
    "a release of 100, with its words taken up and put down": (15, Ground.release_and_carry),
    "what a minute's healing reads, when those 1,600 stand still": (40, Ground.heal),
    "a round of settling with nothing due": (40, Ground.settle),
    "a renewal, from its submission to its receipt, by its own steps": (40, Ground.renew),
    "`manage.py queue`, the whole command": (4, Ground.command),
}


@contextmanager
def grounds_of(sizes: list[int]) -> Iterator[list[Ground]]:
    """A cluster each, filled."""
    with ExitStack() as stack:
        made = []
        for size in sizes:
            url = stack.enter_context(throwaway_database())
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            environment = _environment(url, folder)
            os.environ.update(environment)
            ports = build(Settings())  # pyright: ignore[reportCallIssue]
            stack.callback(ports.close)
            migrate(ports.engine)
            fill(ports.engine, cases=max(size, _NONE), today=clock.kuwait_date(clock.now()))
            print(f"{size:>9,} cases: filled", flush=True)  # noqa: T201 - a command's output
            world = stack.enter_context(world_over(ports.engine, folder / "store"))
            made.append(Ground(size, ports, environment, world))
        yield made


def _environment(url: str, folder: Path) -> dict[str, str]:
    places = Places(folder / "var")
    places.make()
    at = Listening.private()
    told = renewal_settings(at, LocalSecrets.kept_in(places.secrets), database_url=url)
    return {**base_environment(), **prefect_client(places, at), **told}
