"""Writes what was measured: a page for people and the same figures as JSON."""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

from benchmarks.cpu import Spent
from benchmarks.renewals import Measured
from benchmarks.stacks import PARTS, STOCK_LIMIT
from infra import clock

PAGE: Final = "results.md"
FIGURES: Final = "results.json"
_PACKAGES: Final = ("prefect", "sqlalchemy", "psycopg", "typst", "minio")


@dataclass(frozen=True, slots=True)
class Side:
    """What one way of carrying renewals took; `idle` is the processor's seconds in a second without work."""

    measured: Measured
    idle: dict[str, Spent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """`sides` by name, ours first; `paced` is ours again, at `rate` submissions a second."""

    sides: dict[str, Side]
    paced: Measured | None
    rate: float
    render: dict[str, float]
    load: float


def write(folder: Path, compared: Compared) -> Path:
    """Both files; returns the page."""
    figures = _figures(compared)
    (folder / FIGURES).write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    page = folder / PAGE
    page.write_text(_page(figures), "utf-8")
    return page


def _figures(compared: Compared) -> dict[str, Any]:
    return {
        "date": clock.now().date().isoformat(),
        "machine": {"cores": os.cpu_count(), "system": platform.system(), "architecture": platform.machine()},
        "load_before": round(compared.load, 2),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        "sides": {name: _side(side.measured, side.idle) for name, side in compared.sides.items()},
        "paced": _side(compared.paced, {}) | {"rate": compared.rate} if compared.paced else None,
        "receipt_render_ms": {name: round(value, 1) for name, value in compared.render.items()},
    }


def _side(measured: Measured, idle: Mapping[str, Spent]) -> dict[str, Any]:
    cpu = {line: round(seconds / measured.renewals, 3) for line, seconds in _lines(measured.cpu).items()}
    return {
        "renewals": measured.renewals,
        "seconds": round(measured.seconds, 1),
        "renewals_per_second": round(measured.renewals / measured.seconds, 2),
        "cpu_seconds_per_renewal": {**cpu, "total": round(sum(cpu.values()), 3)},
        "cpu_seconds_per_idle_second": round(sum(_lines(idle).values()), 3),
        "seconds_submission_to_quote": _percentiles(measured.to_quote),
        "seconds_payment_to_receipt": _percentiles(measured.to_receipt),
        "memory_mb": {
            "before": round(sum(measured.memory_before.values())),
            "after": round(sum(measured.memory_after.values())),
            "parts": {name: round(value) for name, value in measured.memory_after.items()},
        },
    }


def _lines(cpu: Mapping[str, Spent]) -> dict[str, float]:
    found: dict[str, float] = {}
    for line, (part, which) in PARTS.items():
        if part in cpu:
            each = cpu[part]
            found[line] = {"own": each.own, "children": each.children, "all": each.own + each.children}[which]
    return found


def _percentiles(values: list[float]) -> dict[str, float]:
    cuts = quantiles(values, n=20, method="inclusive")
    return {"p50": round(cuts[9], 2), "p95": round(cuts[18], 2)}


def _page(figures: dict[str, Any]) -> str:
    sides, machine, render = figures["sides"], figures["machine"], figures["receipt_render_ms"]
    versions = ", ".join(f"{name} {number}" for name, number in figures["versions"].items())
    carried = ", ".join(f"{name} {side['renewals']}" for name, side in sides.items())
    return "\n".join(
        [
            "# Results",
            "",
            (
                f"Written by `make bench` on {figures['date']}: {machine['cores']} cores ({machine['system']}, "
                f"{machine['architecture']}), load {figures['load_before']} before the start. {versions}."
            ),
            "",
            (
                f"Renewals carried: {carried} ({STOCK_LIMIT} runs at once). All were completed, each with one capture "
                "and one receipt. README.md says how to read this. Ratios are of our worker."
            ),
            "",
            "## Burst",
            "",
            f"| | {' | '.join(sides)} | to the plain loop | to the stock worker |",
            f"|---|{'--:|' * (len(sides) + 2)}",
            *(_row(name, values) for name, values in _compared(list(sides.values()))),
            "",
            *_paced(figures["paced"]),
            f"A receipt takes {render['bare']} ms to render, {render['in_pool']} ms through the pool (medians, warm).",
            "",
        ]
    )


def _paced(paced: dict[str, Any] | None) -> list[str]:
    if paced is None:
        return []
    quote, receipt, memory = (
        paced["seconds_submission_to_quote"],
        paced["seconds_payment_to_receipt"],
        paced["memory_mb"],
    )
    parts = ", ".join(f"{name} {value}" for name, value in memory["parts"].items())
    return [
        f"## Paced at {paced['rate']} a second",
        "",
        (
            f"{paced['renewals']} renewals in {paced['seconds']} s. Submission to quote: p50 {quote['p50']} s, "
            f"p95 {quote['p95']} s. Payment to receipt: p50 {receipt['p50']} s, p95 {receipt['p95']} s. "
            f"CPU {paced['cpu_seconds_per_renewal']['total']} s a renewal. Memory of the whole stack: "
            f"{memory['before']} MB before, {memory['after']} MB after ({parts})."
        ),
        "",
    ]


def _compared(sides: list[dict[str, Any]]) -> list[tuple[str, list[Any]]]:
    rows = [("renewals a second", [side["renewals_per_second"] for side in sides])]
    cpu = [side["cpu_seconds_per_renewal"] for side in sides]
    rows += [(f"CPU s a renewal: {line}", [each.get(line) for each in cpu]) for line in (*PARTS, "total")]
    rows.append(("CPU s a second, idle", [side["cpu_seconds_per_idle_second"] for side in sides]))
    for key, words in (
        ("seconds_submission_to_quote", "s from submission to quote"),
        ("seconds_payment_to_receipt", "s from payment to receipt"),
    ):
        rows += [(f"{words}, {each}", [side[key][each] for side in sides]) for each in ("p50", "p95")]
    rows.append(("MB of the whole stack afterwards", [side["memory_mb"]["after"] for side in sides]))
    return rows


def _row(name: str, values: list[float | None]) -> str:
    ours, *others = values
    ratios = [f"{ours / other:.2f}" if ours and other else "" for other in others]
    return f"| {name} | {' | '.join('' if each is None else str(each) for each in values)} | {' | '.join(ratios)} |"
