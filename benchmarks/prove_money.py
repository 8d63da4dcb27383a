"""`make prove-money SEEDS=50`: the invariants of money from many seeds; writes what was run into `prove_money.md`."""

import logging
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import structlog
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from infra.database import open_engine
from infra.schema import migrate
from infra.stack import postgres
from infra.stack.postgres_cluster import Cluster
from infra.stack.postgres_databases import make_database
from tests.money.bed import open_bed
from tests.money.example import REACHED
from tests.money.machine import MoneyMachine
from tests.stack_fixtures import cluster_in, private_places, running

RESULTS: Final = Path(__file__).with_suffix(".md")
_KEPT_FROM: Final = "## Violations found"
_EXAMPLES: Final = 5
_STEPS: Final = 30
_TOLD_LINES: Final = 60


@dataclass
class Proved:
    """What was run, and the seeds at which an invariant did not hold."""

    seeds: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0


def prove(first: int, count: int, *, shrink: bool) -> Proved:
    """One bed for each seed; a seed that fails is told, and the others run all the same. Written after every seed."""
    proved, begun = Proved(), time.monotonic()
    with private_places() as places:
        cluster = cluster_in(places, durable=False)
        with running(postgres.part(cluster, places)):
            engine = open_engine(make_database(cluster, "prove_money"), pool_size=8)
            migrate(engine)
            for number in range(first, first + count):
                failure = _failure_at(number, cluster, engine, shrink=shrink)
                proved.seeds.append(number)
                proved.seconds = time.monotonic() - begun
                if failure:
                    proved.failed[number] = failure
                    _tell(failure)
                steps = REACHED["steps"]
                write(proved)
                _tell(f"seed {number}: {len(proved.failed)} failed, {steps} steps, {proved.seconds:.0f} s")
            engine.dispose()
    return proved


def _failure_at(number: int, cluster: Cluster, engine: Engine, *, shrink: bool) -> str:
    """Empty when every invariant held; else the steps that broke it."""
    budget = settings(
        max_examples=_EXAMPLES,
        stateful_step_count=_STEPS,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    with TemporaryDirectory() as folder, open_bed(cluster, engine, Path(folder)) as bed:
        machine = seed(number)(type(f"Seed{number}", (MoneyMachine,), {"bed": bed}))
        try:
            run_state_machine_as_test(machine, settings=budget)
        except Exception as error:  # noqa: BLE001 - whatever it was, it is the finding
            return "\n".join([*traceback.format_exc().splitlines()[-_TOLD_LINES:], *getattr(error, "__notes__", [])])
    return ""


def write(proved: Proved) -> None:
    """The figures anew; what was found, and how it was mended, is written by hand and stays."""
    kept = RESULTS.read_text("utf-8").partition(_KEPT_FROM)[2] if RESULTS.exists() else "\n\nNone yet.\n"
    seeds = f"{proved.seeds[0]} to {proved.seeds[-1]} ({len(proved.seeds)})" if proved.seeds else "none"
    failed = ", ".join(str(each) for each in sorted(proved.failed)) or "none"
    rows = "\n".join(f"| {name} | {number} |" for name, number in sorted(REACHED.items()))
    text = (
        "# The invariants of money, run long\n\n"
        "`make prove-money SEEDS=50` drives payers, gateway faults, time, dying workers, notices, staff and the bank's"
        " files against the real KNET adapter, PostgreSQL and the sandbox, and checks I1 to I18 after every step and"
        " when four days have passed (`tests/money`). The sandbox's own ledger is the oracle.\n\n"
        f"- seeds: {seeds}, {_EXAMPLES} examples each, at most {_STEPS} steps an example\n"
        f"- steps done: {REACHED['steps']}\n"
        f"- seconds: {proved.seconds:.0f}\n"
        f"- seeds at which an invariant did not hold: {failed}\n\n"
        f"| reached | times |\n|---|---:|\n{rows}\n\n"
    )
    RESULTS.write_text(f"{text}{_KEPT_FROM}{kept}", "utf-8")


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """`COUNT [FIRST] [--shrink]`: how many seeds, from which, and whether a failure is made small."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    numbers = [int(each) for each in arguments if each.isdigit()]
    count, first = (*numbers, 20, 1)[:2] if len(numbers) != 1 else (numbers[0], 1)
    proved = prove(first, count, shrink="--shrink" in arguments)
    return 1 if proved.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
