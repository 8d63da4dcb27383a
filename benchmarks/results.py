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
_PACKAGES: Final = ("prefect", "sqlalchemy", "psycopg", "weasyprint", "minio")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    ours: Measured
    stock: Measured
    idle: dict[str, Spent]
    stock_idle: dict[str, Spent]
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
        "ours": _side(compared.ours, compared.idle),
        "stock": _side(compared.stock, compared.stock_idle),
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
    ours, stock, machine = figures["ours"], figures["stock"], figures["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in figures["versions"].items())
    rows = [_row(name, *values) for name, values in _compared(ours, stock)]
    render = figures["receipt_render_ms"]
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
                f"Our worker carried {ours['renewals']} renewals, Prefect's process worker {stock['renewals']} "
                f"({STOCK_LIMIT} runs at once). All were completed, each with one capture and one receipt. "
                "README.md says how to read this."
            ),
            "",
            "| | our worker | stock worker | ratio |",
            "|---|--:|--:|--:|",
            *rows,
            "",
            f"A receipt takes {render['bare']} ms to render, {render['in_pool']} ms through the pool (medians, warm).",
            "",
        ]
    )


def _compared(ours: dict[str, Any], stock: dict[str, Any]) -> list[tuple[str, tuple[Any, Any]]]:
    rows = [("renewals a second", (ours["renewals_per_second"], stock["renewals_per_second"]))]
    lines = [*PARTS, "total"]
    cpu = (ours["cpu_seconds_per_renewal"], stock["cpu_seconds_per_renewal"])
    rows += [(f"CPU s a renewal: {line}", (cpu[0].get(line), cpu[1].get(line))) for line in lines]
    rows.append(("CPU s a second, idle", (ours["cpu_seconds_per_idle_second"], stock["cpu_seconds_per_idle_second"])))
    for key, words in (
        ("seconds_submission_to_quote", "s from submission to quote"),
        ("seconds_payment_to_receipt", "s from payment to receipt"),
    ):
        rows += [(f"{words}, {each}", (ours[key][each], stock[key][each])) for each in ("p50", "p95")]
    return rows


def _row(name: str, ours: float | None, stock: float | None) -> str:
    ratio = f"{stock / ours:.2f}" if ours and stock else ""
    return f"| {name} | {'' if ours is None else ours} | {'' if stock is None else stock} | {ratio} |"
