"""What the demo leaves behind: `report.json`, each receipt as a PDF beside it, and a table on the terminal."""

import json
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from sqlmodel import Session

from infra.case_report import case_by_reference, case_report
from infra.database import all_of, unit_of_work
from infra.demo.telling import Told
from infra.wiring import Ports
from models.case import Case
from models.money import Money
from models.receipt import Receipt

REPORT: Final = "report.json"


def write_report(ports: Ports, folder: Path, told: list[Told]) -> list[dict[str, Any]]:
    """One entry a case; receipts are read from the store and checked against their hash."""
    folder.mkdir(parents=True, exist_ok=True)
    references = [reference for each in told for reference in each.references]
    with unit_of_work(ports.engine) as session:
        entries = [_entry(ports, session, folder, case_by_reference(session, each)) for each in references]
    (folder / REPORT).write_text(json.dumps(entries, ensure_ascii=False, indent=2), "utf-8")
    return entries


def _entry(ports: Ports, session: Session, folder: Path, case: Case) -> dict[str, Any]:
    report = case_report(session, case)
    receipts = all_of(session, Receipt, case_id=case.id)
    return {
        "reference": case.reference,
        "service": case.service.value,
        "persons": len(report["persons"]),
        "status": case.status.value,
        "amount_fils": report["amount_fils"],
        "flow_run_id": report["flow_run_id"],
        "receipt": _write_receipt(ports, folder, receipts[-1]) if receipts and receipts[-1].sha256 else None,
        "seconds_submission_to_quote": report["seconds_submission_to_quote"],
        "seconds_payment_to_receipt": report["seconds_payment_to_receipt"],
        "obstacles": report["obstacles"],
    }


def _write_receipt(ports: Ports, folder: Path, receipt: Receipt) -> dict[str, str]:
    if receipt.object_key is None or receipt.sha256 is None:
        raise LookupError(f"receipt {receipt.number} is numbered but not stored")
    path = folder / f"{receipt.number}.pdf"
    path.write_bytes(ports.store.get(receipt.object_key, sha256=receipt.sha256))
    return {"number": receipt.number, "path": path.name, "sha256": receipt.sha256}


def print_report(console: Console, entries: list[dict[str, Any]]) -> None:
    """The table, then each obstacle in both languages."""
    table = Table("case", "service", "people", "status", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("amount", justify="right")
    table.add_column("receipt")
    for column in table.columns:
        column.no_wrap = True
    for entry in entries:
        amount = Money(entry["amount_fils"]).english if entry["amount_fils"] else "-"
        receipt = entry["receipt"]["number"] if entry["receipt"] else "-"
        table.add_row(entry["reference"], entry["service"], str(entry["persons"]), entry["status"], amount, receipt)
    console.print(table, soft_wrap=True)
    for entry in entries:
        for obstacle in entry["obstacles"]:
            for language in ("en", "ar"):
                words = f"{obstacle[f'reason_{language}']} {obstacle[f'remedy_{language}'] or ''}"
                console.print(f"{entry['reference']}  {words}", markup=False, soft_wrap=True)
