"""Milliseconds of a receipt's rendering, in this process and through the worker's pool, both warm."""

import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

from sqlmodel import select

from infra.database import fetch, unit_of_work
from infra.pool import CpuPool
from infra.receipts import render
from infra.receipts.seal import SealPayload, seal
from infra.wiring import Ports
from models.case import Case
from models.receipt import Receipt
from models.receipt_view import ReceiptView
from tasks.receipt_view import receipt_view

_WARM, _TIMES = 5, 30


def render_milliseconds(ports: Ports) -> dict[str, float]:
    """The median of thirty, with a receipt that the run before has issued."""
    view = _sealed_view(ports)
    pool = CpuPool(1)
    try:
        return {"bare": _median(lambda: render(view)), "in_pool": _median(lambda: pool.run(render, view))}
    finally:
        pool.close()


def _sealed_view(ports: Ports) -> ReceiptView:
    with unit_of_work(ports.engine) as session:
        receipt = session.exec(select(Receipt)).first()
        if receipt is None:
            raise LookupError("no receipt was issued")
        case = fetch(session, Case, receipt.case_id)
        view = receipt_view(session, case, receipt, public_url=ports.settings.public_url)
    text = seal(SealPayload.of(view), ports.settings.seal_key)
    return replace(view, qr_text=f"{view.verify_url}/{text}".upper())


def _median(job: Callable[[], bytes]) -> float:
    for _ in range(_WARM):
        job()
    times = []
    for _ in range(_TIMES):
        start = time.perf_counter()
        job()
        times.append((time.perf_counter() - start) * 1000)
    return median(times)
