"""Writes what the crowd of payers took: a page for people and the same figures as JSON."""

import json
import os
import platform
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any, Final

from infra import clock
from infra.stack.places import CHECKOUT

if TYPE_CHECKING:
    from benchmarks.payments import Measured

_FOLDER: Final = CHECKOUT / "benchmarks"
_PARTS: Final = {"web": "web", "settler": "settling worker", "sandbox": "sandbox", "postgres": "PostgreSQL"}


def write(measured: "Measured") -> Path:
    """Both files; returns the page."""
    figures = _figures(measured)
    (_FOLDER / "payments.json").write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    page = _FOLDER / "payments.md"
    page.write_text(_page(figures), "utf-8")
    return page


def _figures(measured: "Measured") -> dict[str, Any]:
    cut = quantiles(measured.to_captured, n=100)
    cpu = {words: measured.cpu[name] for name, words in _PARTS.items()}
    return {
        "date": clock.now().date().isoformat(),
        "machine": {"cores": os.cpu_count(), "system": platform.system(), "architecture": platform.machine()},
        "load_before": round(measured.load, 2),
        "payments": measured.payments,
        "payers_at_once": measured.at_once,
        "seconds": round(measured.seconds, 1),
        "payments_per_second": round(measured.payments / measured.seconds, 1),
        "seconds_callback_to_captured": {
            "p50": round(cut[49], 2),
            "p95": round(cut[94], 2),
            "max": round(measured.to_captured[-1], 2),
        },
        "cpu_ms_per_payment": {
            words: round((each.own + each.children) * 1000 / measured.payments, 1) for words, each in cpu.items()
        },
    }


def _page(figures: dict[str, Any]) -> str:
    machine, waits = figures["machine"], figures["seconds_callback_to_captured"]
    rows = [
        ("payments a second", figures["payments_per_second"]),
        *((f"s from callback to captured, {name}", value) for name, value in waits.items()),
        *((f"CPU ms a payment: {name}", value) for name, value in figures["cpu_ms_per_payment"].items()),
    ]
    return "\n".join(
        [
            "# Payments at once",
            "",
            (
                f"Written by `make bench-payments` on {figures['date']}: {machine['cores']} cores "
                f"({machine['system']}, {machine['architecture']}), load {figures['load_before']} before the start."
            ),
            "",
            (
                f"{figures['payments']} payers set out at once, {figures['payers_at_once']} of them on the way at the "
                "same moment: our pay page, the sandbox's hosted page, its notification to our web process, the way "
                "back, and the inquiry of one settling worker that proves the capture; no Prefect. Measured from the "
                f"first payer to the last capture: {figures['seconds']} s. None was lost: each was captured once, and "
                "our ledger is the bank's, number by number. The payers' own work is on the same cores."
            ),
            "",
            "| | |",
            "|---|--:|",
            *(f"| {name} | {value} |" for name, value in rows),
            "",
        ]
    )
