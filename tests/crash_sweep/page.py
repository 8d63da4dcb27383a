"""Writes what a sweep found as a page: every moment, how often the product died there, and what came of it."""

import os
from pathlib import Path
from typing import Final

from infra import clock
from tests.crash_sweep.ground import GATEWAYS
from tests.crash_sweep.judging import Verdict
from tests.crash_sweep.naive import NaiveProduct
from tests.crash_sweep.product import Product
from tests.crash_sweep.sweep import Sweep

_HEAD = (
    "| act | dies at | times | double charges | lost captures | double refunds | books differ | left to staff |",
    "|---|---|--:|--:|--:|--:|--:|--:|",
)


_NAMES: Final = {"knet": "KNET", "tap": "Tap"}
_SPEECHES: Final = {
    Product.name: "the product",
    NaiveProduct.name: "the negative control, an integration that trusts every message",
}
_INTRODUCTION: Final = (
    "# Crash sweep",
    "",
    (
        "Written by `make prove-crashes` (`GATEWAY=tap` sweeps one gateway alone). A process is killed (SIGKILL) at "
        "every moment of every act that touches money: before and after each commit, before a request goes out, when "
        "it is out, when its answer is here and not recorded; of what others ask of us, when it has come, before our "
        "answer, and when the answer is out. Then the same is done again by another process, the payer presses the "
        "button again, four days go by, what the bank shows of them (KNET's files, Tap's list) is taken in, and our "
        "books are compared with the sandbox's own, order by order."
    ),
    "",
    (
        "*Left to staff* is no defect: KNET takes a refund once and cannot be asked about it, so of a process that "
        "dies between writing that it will send and sending, only the bank's file can say that nothing was sent. Two "
        "persons then confirm it, and the money waits in the books under an open question. Tap knows a refund that is "
        "sent again for the same one, so there it is sent again."
    ),
)


def write_part(page: Path, sweep: Sweep) -> None:
    """What this sweep found, in its part of the page; the other parts stay."""
    parts = _parts(page.read_text("utf-8")) if page.exists() else {}
    parts[_title(sweep.ground.gateway, sweep.product.name)] = _part(sweep)
    order = [_title(gateway, name) for gateway in GATEWAYS for name in _SPEECHES]
    text = "\n\n".join(f"## {title}\n\n{parts[title]}" for title in order if title in parts)
    page.write_text("\n".join([*_INTRODUCTION, "", text, ""]), "utf-8")


def _title(gateway: str, product: str) -> str:
    return f"Over {_NAMES[gateway]}: {_SPEECHES[product]}"


def _part(sweep: Sweep) -> str:
    when = f"On {clock.now():%Y-%m-%d}, {os.cpu_count()} cores."
    return "\n".join([f"{when} {_summary(sweep.total, sweep)}", "", *_HEAD, *_rows(sweep)])


def _parts(page: str) -> dict[str, str]:
    """The text under each heading."""
    sections = (each.partition("\n") for each in page.split("\n## ")[1:])
    return {title: text.strip() for title, _, text in sections}


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
