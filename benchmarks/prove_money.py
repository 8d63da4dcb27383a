"""`make prove-money SEEDS=50`: the invariants of money from many seeds, over each gateway; writes `prove_money.md`."""

import argparse
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
from tests.money.sides import SIDES
from tests.stack_fixtures import cluster_in, private_places, running

RESULTS: Final = Path(__file__).with_suffix(".md")
_KEPT_FROM: Final = "## Violations found"
_TITLES: Final = {"knet": "## Over KNET", "tap": "## Over Tap"}
_EXAMPLES: Final = 5
_STEPS: Final = 30
_TOLD_LINES: Final = 60


@dataclass
class Proved:
    """What was run over one gateway, and the seeds at which an invariant did not hold."""

    gateway: str
    seeds: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0


def prove(gateways: list[str], first: int, count: int, *, shrink: bool) -> list[Proved]:
    """Each seed over each gateway, on a bed of its own; one that fails is told, and the others run all the same.

    Written after every seed.
    """
    proved = [Proved(each) for each in gateways]
    with private_places() as places:
        cluster = cluster_in(places, durable=False)
        with running(postgres.part(cluster, places)):
            engine = open_engine(make_database(cluster, "prove_money"), pool_size=8)
            migrate(engine)
            for number in range(first, first + count):
                for each in proved:
                    _prove_one(each, number, cluster, engine, shrink=shrink)
            engine.dispose()
    return proved


def _prove_one(proved: Proved, number: int, cluster: Cluster, engine: Engine, *, shrink: bool) -> None:
    begun = time.monotonic()
    failure = _failure_at(number, cluster, engine, gateway=proved.gateway, shrink=shrink)
    proved.seeds.append(number)
    proved.seconds += time.monotonic() - begun
    if failure:
        proved.failed[number] = failure
        _tell(failure)
    write(proved)
    steps = REACHED[proved.gateway]["steps"]
    _tell(f"{proved.gateway}, seed {number}: {len(proved.failed)} failed, {steps} steps, {proved.seconds:.0f} s")


def _failure_at(number: int, cluster: Cluster, engine: Engine, *, gateway: str, shrink: bool) -> str:
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
    with TemporaryDirectory() as folder, open_bed(cluster, engine, Path(folder), gateway=gateway) as bed:
        machine = seed(number)(type(f"Seed{number}", (MoneyMachine,), {"bed": bed}))
        try:
            run_state_machine_as_test(machine, settings=budget)
        except Exception as error:  # noqa: BLE001 - whatever it was, it is the finding
            return "\n".join([*traceback.format_exc().splitlines()[-_TOLD_LINES:], *getattr(error, "__notes__", [])])
    return ""


def write(proved: Proved) -> None:
    """The figures of this gateway anew. Those of the other, and what was found and mended (by hand), stay."""
    parts = _parts(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    parts[_TITLES[proved.gateway]] = _figures(proved)
    text = (
        "# The invariants of money, run long\n\n"
        "`make prove-money SEEDS=50` drives payers, gateway faults, time, dying workers, notices, staff and what the"
        " bank shows of a day (KNET's file, Tap's list) against the real adapter, PostgreSQL and the sandbox. It checks"
        " I1 to I18 after every step and when four days have passed (`tests/money`). The sandbox's own ledger is the"
        " oracle. Each seed runs over both gateways; `GATEWAY=tap` runs one.\n\n"
    )
    text += "".join(f"{title}\n\n{parts[title]}\n\n" for title in _TITLES.values() if title in parts)
    RESULTS.write_text(f"{text}{_KEPT_FROM}\n\n{parts.get(_KEPT_FROM, 'None yet.')}\n", "utf-8")


def _figures(proved: Proved) -> str:
    reached = REACHED[proved.gateway]
    failed = ", ".join(str(each) for each in sorted(proved.failed)) or "none"
    rows = "\n".join(f"| {name} | {number} |" for name, number in sorted(reached.items()))
    return (
        f"- seeds: {proved.seeds[0]} to {proved.seeds[-1]} ({len(proved.seeds)}), {_EXAMPLES} examples each,"
        f" at most {_STEPS} steps an example\n"
        f"- steps done: {reached['steps']}\n"
        f"- seconds: {proved.seconds:.0f}\n"
        f"- seeds at which an invariant did not hold: {failed}\n\n"
        f"| reached | times |\n|---|---:|\n{rows}"
    )


def _parts(page: str) -> dict[str, str]:
    """The text under each heading."""
    sections = (each.partition("\n") for each in page.split("\n## ")[1:])
    return {f"## {title}": text.strip() for title, _, text in sections}


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("seeds", type=int, nargs="?", default=20, help="how many")
    options.add_argument("first", type=int, nargs="?", default=1, help="the first of them")
    options.add_argument("--gateway", choices=list(SIDES), help="one alone")
    options.add_argument("--shrink", action="store_true", help="make a failure small")
    chosen = options.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    gateways = [chosen.gateway] if chosen.gateway else list(SIDES)
    proved = prove(gateways, chosen.first, chosen.seeds, shrink=chosen.shrink)
    return 1 if any(each.failed for each in proved) else 0


if __name__ == "__main__":
    sys.exit(main())
