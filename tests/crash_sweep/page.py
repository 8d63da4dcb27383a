"""Writes what a sweep found as a page: every moment, how often the product died there, and what came of it."""

import os
from pathlib import Path

from infra import clock
from tests.crash_sweep.judging import Verdict
from tests.crash_sweep.naive import NaiveProduct
from tests.crash_sweep.product import Product
from tests.crash_sweep.sweep import Sweep

_HEAD = (
    "| act | dies at | times | double charges | lost captures | double refunds | books differ | left to staff |",
    "|---|---|--:|--:|--:|--:|--:|--:|",
)


def write_page(page: Path, found: dict[str, Sweep]) -> None:
    lines = [
        "# Crash sweep",
        "",
        (
            f"Written by `make prove-crashes` on {clock.now():%Y-%m-%d}: {os.cpu_count()} cores. A process is killed "
            "(SIGKILL) at every moment of every act that touches money: before and after each commit, before a request "
            "goes out, when it is out, when its answer is here and not recorded; of what others ask of us, when it "
            "has come, before our answer, and when the answer is out. Then the same is done again by another process, "
            "the payer presses the button again, four days go by, the bank's settlement files are taken in, and our "
            "books are compared with the sandbox's own, order by order."
        ),
        "",
        (
            "*Left to staff* is no defect: KNET takes a refund once and cannot be asked about it, so of a process that "
            "dies between writing that it will send and sending, only the bank's file can say that nothing was sent. "
            "Two persons then confirm it, and the money waits in the books under an open question."
        ),
    ]
    titles = {
        Product.name: "The product",
        NaiveProduct.name: "The negative control: an integration that trusts every message",
    }
    for name, title in titles.items():
        if name in found:
            sweep = found[name]
            lines += ["", f"## {title}", "", _summary(sweep.total, sweep), "", *_HEAD, *_rows(sweep)]
    page.write_text("\n".join(lines) + "\n", "utf-8")


def _summary(total: Verdict, sweep: Sweep) -> str:
    deaths = sum(point.deaths for point in sweep.points)
    return (
        f"{len(sweep.points)} moments, {deaths} deaths: **{total.double_charges} double charges, "
        f"{total.lost_captures} lost captures, {total.double_refunds} double refunds**; "
        f"the books differ from the bank's in {len(total.differences)} places."
    )


def _rows(sweep: Sweep) -> list[str]:
    return [
        f"| {point.act.name} | {point.moment} | {point.deaths} | {one.double_charges} | {one.lost_captures} "
        f"| {one.double_refunds} | {len(one.differences)} | {one.left_to_staff} |"
        for point in sweep.points
        for one in (point.verdict,)
    ]
