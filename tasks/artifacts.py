"""What staff see of a case on its run's page: where it stands and why, without a name, a number or an amount."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import httpx
import structlog
from prefect.artifacts import acreate_link_artifact, acreate_markdown_artifact

from infra.clock import KUWAIT
from infra.database import all_of, fetch, unit_of_work
from infra.wiring import ports
from models.case import Case, CaseStatus
from models.history import Transition
from models.obstacle import Obstacle
from models.quote import FeeLine, FeeQuote
from models.receipt import Receipt
from tasks.step import patiently

_NEXT: Final = {
    CaseStatus.DOCUMENTS_NEEDED: "The applicant hands in what is listed below; the run then goes on by itself.",
    CaseStatus.AWAITING_PAYMENT: "The payer pays on KNET's page; the run then goes on by itself.",
    CaseStatus.PAYMENT_REVIEW: "Staff: look at the payment's evidence; nothing more is charged or sent meanwhile.",
    CaseStatus.REGISTRY_REFUSED: "Staff: the registry refused the question; mend the cause, then press Retry.",
    CaseStatus.RENEWAL_REFUSED: "Staff: paid, but the registry refused to extend; mend the cause, then press Retry.",
}


_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Page:
    key: str
    markdown: str
    receipt_link: str | None


async def publish_case_artifact(case_id: UUID) -> None:
    """Write the case's page anew, and the link to its receipt when there is one; a page is no reason to fail a run."""
    page = await patiently(_page, case_id)
    try:
        await acreate_markdown_artifact(key=page.key, markdown=page.markdown, description="Where the case stands")
        if page.receipt_link is not None:
            await acreate_link_artifact(key=f"{page.key}-receipt", link=page.receipt_link, link_text="Receipt (PDF)")
    except httpx.HTTPError as error:
        _log.warning("artifact_not_written", case_id=str(case_id), reason=type(error).__name__)


def _page(case_id: UUID) -> _Page:
    with unit_of_work(ports().engine) as session:
        case = fetch(session, Case, case_id)
        steps = all_of(session, Transition, entity=Case.__tablename__, entity_id=case_id)
        obstacles = all_of(session, Obstacle, case_id=case_id, lifted_at=None)
        quotes = all_of(session, FeeQuote, case_id=case_id)
        lines = all_of(session, FeeLine, quote_id=quotes[-1].id) if quotes else []
        receipts = all_of(session, Receipt, case_id=case_id)
    link = f"{ports().settings.public_url}/receipts/{receipts[0].id}.pdf" if receipts and receipts[0].sha256 else None
    parts = [
        f"# {case.reference}\n\n**{case.status}**; waits for **{case.waits_on}**. {_NEXT.get(case.status, '')}",
        _table("Steps", "time (Kuwait) | event | from | to", [_step(each) for each in steps]),
        _table("Obstacles", "rule | office", [_obstacle(each) for each in obstacles]),
        _table(
            "Fee rules", f"rule (book {quotes[-1].rule_book}) | source" if quotes else "", [_line(x) for x in lines]
        ),
    ]
    return _Page(case.reference.lower(), "\n\n".join(part for part in parts if part), link)


def _table(title: str, heading: str, rows: list[str]) -> str:
    if not rows:
        return ""
    rule = "|".join("---" for _ in heading.split("|"))
    return "\n".join([f"## {title}", "", f"| {heading} |", f"|{rule}|", *(f"| {row} |" for row in rows)])


def _step(each: Transition) -> str:
    return f"{each.at.astimezone(KUWAIT):%d/%m/%Y %H:%M:%S} | {each.event} | {each.before} | {each.after}"


def _obstacle(each: Obstacle) -> str:
    return f"{each.rule} | {each.office_en or 'the applicant'}"


def _line(each: FeeLine) -> str:
    return f"{each.rule}{' (to be confirmed)' if each.needs_confirmation else ''} | {each.source}"
