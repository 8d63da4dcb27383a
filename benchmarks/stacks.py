"""The three stacks that are compared: the same parts, but for what carries the renewals."""

import sys
from typing import Final

from infra.stack import AppPart, minio, prefect_server
from infra.stack.application import MIGRATE, SANDBOX, WEB, WORKER

STOCK_POOL: Final = "renewals-stock"
STOCK_LIMIT: Final = 4
"""Runs that the stock pool lets run at once: each is a process, and more of them do not go faster on two cores.

The pool's limit, not the worker's: with `--limit`, Prefect 3.8.8's worker dies when a run is resumed before its
first process has gone ("this borrower is already holding one of this CapacityLimiter's tokens").
"""

_CARRIER: Final = AppPart(
    name="carrier",
    title="Outbox carrier",
    command=(sys.executable, "-m", "benchmarks.carrier"),
    needs=WORKER.needs,
    line="carrier_started",
)
_STOCK_WORKER: Final = AppPart(
    name="stock-worker",
    title="Prefect's process worker",
    command=(
        *(sys.executable, "-m", "prefect", "worker", "start"),
        *("--type", "process", "--pool", STOCK_POOL),
    ),
    needs=frozenset({"carrier"}),
    line="started!",
)
_PLAIN_LOOP: Final = AppPart(
    name="plain-loop",
    title="Plain loop",
    command=(sys.executable, "-m", "benchmarks.plain_loop"),
    needs=WORKER.needs,
    line="loop_started",
)
OURS: Final = (MIGRATE, SANDBOX, WEB, WORKER)
PLAIN: Final = (MIGRATE, SANDBOX, WEB, _PLAIN_LOOP)
STOCK: Final = (MIGRATE, SANDBOX, WEB, _CARRIER, _STOCK_WORKER)

PARTS: Final = {
    "worker": ("worker", "own"),
    "worker's children": ("worker", "children"),
    "plain loop": ("plain-loop", "own"),
    "plain loop's children": ("plain-loop", "children"),
    "stock worker": ("stock-worker", "own"),
    "stock worker's runs": ("stock-worker", "children"),
    "outbox carrier": ("carrier", "all"),
    "Prefect server": (prefect_server.NAME, "all"),
    "PostgreSQL": ("postgres", "all"),
    "web": ("web", "all"),
    "sandbox": ("sandbox", "all"),
    "MinIO": (minio.NAME, "all"),
}
"""The lines of the table: which part of the stack, and which of its processes."""
