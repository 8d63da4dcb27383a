"""What reprocessing a case would do and whether it may: a pure plan, made before anything is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from models.case import CaseStatus
from models.payments.order import OrderStatus


class Safety(StrEnum):
    SAFE = "safe"
    NEEDS_APPROVAL = "needs_approval"
    REFUSED = "refused"


class MoneyMove(StrEnum):
    """The most that can come of it. Nothing is ever charged."""

    NONE = "none"
    RECORDED = "may_be_recorded"  # that which the payer has paid already, or its return
    REFUND = "refund"


class Because(StrEnum):
    ASK_AGAIN = "ask_again"
    REFUND_DUE = "refund_due"
    REFUND_UNKNOWN = "refund_unknown"
    REFUND_REQUESTED = "refund_requested"
    OPEN_QUESTION = "open_question"
    MONEY_LEAVES = "money_leaves"
    REGISTRY_AGAIN = "registry_again"
    RENEWAL_AGAIN = "renewal_again"
    RUN_AGAIN = "run_again"
    NOT_PAID = "not_paid"
    NOT_RELEASED = "not_released"
    DOCUMENTS_AWAITED = "documents_awaited"
    OVER = "over"
    IS_A_BATCH = "is_a_batch"
    NO_SUCH_CASE = "no_such_case"


class Why(BaseModel):
    """In plain words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    en: str
    ar: str


@cache
def reasons() -> Mapping[Because, Why]:
    """The words of every reason; one without words is an error when they are read."""
    data = yaml.safe_load((files("models.payments") / "reprocess.yaml").read_text("utf-8"))
    words = TypeAdapter(dict[Because, Why]).validate_python(data)
    return {reason: words[reason] for reason in Because}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a case and its money stand. `ask` are the track ids of the attempts that are not settled."""

    reference: str
    case: CaseStatus
    order: OrderStatus | None
    ask: tuple[str, ...] = ()
    refunds_due: int = 0
    refund_unknown: bool = False
    refund_requested: bool = False
    open_question: bool = False  # one that only a person can answer
    money_leaves: bool = False  # its share went back, or is on its way


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`skipped` steps are done, `repeated` ones were begun and run again; each of them looks first what is done."""

    reference: str
    case: CaseStatus | None
    order: OrderStatus | None
    asked: tuple[str, ...]
    refunds: int
    skipped: tuple[str, ...]
    repeated: tuple[str, ...]
    money: MoneyMove
    safety: Safety
    because: Because

    @property
    def why(self) -> Why:
        return reasons()[self.because]


_STEPS: Final = (
    "validate_identity",
    "collect_documents",
    "compute_fee",
    "take_payment",
    "extend_residency",
    "render_receipt",
)
_S, _B = CaseStatus, Because

_DONE: Final[Mapping[CaseStatus, int]] = {
    _S.IDENTIFIED: 1,
    _S.DOCUMENTED: 2,
    _S.QUOTED: 3,
    _S.AWAITING_PAYMENT: 3,
    _S.PAYMENT_REVIEW: 3,
    _S.PAID: 4,
    _S.RENEWAL_REFUSED: 4,
    _S.EXTENDED: 5,
    _S.COMPLETED: 6,
}
"""How many of the steps are behind a case; none where it is not named."""

_BY_STATUS: Final[Mapping[CaseStatus, Because]] = {
    _S.SUBMITTED: _B.NOT_RELEASED,
    _S.DOCUMENTS_NEEDED: _B.DOCUMENTS_AWAITED,
    _S.AWAITING_PAYMENT: _B.NOT_PAID,
    _S.REGISTRY_REFUSED: _B.REGISTRY_AGAIN,
    _S.RENEWAL_REFUSED: _B.RENEWAL_AGAIN,
    _S.COMPLETED: _B.OVER,
    _S.REJECTED: _B.OVER,
    _S.CANCELLED: _B.OVER,
}
_APPROVAL: Final = frozenset({_B.REFUND_UNKNOWN, _B.REFUND_REQUESTED, _B.OPEN_QUESTION, _B.MONEY_LEAVES})
_SAFE: Final = frozenset({_B.ASK_AGAIN, _B.REFUND_DUE, _B.REGISTRY_AGAIN, _B.RENEWAL_AGAIN, _B.RUN_AGAIN})
_RUNS: Final = frozenset({_B.REGISTRY_AGAIN, _B.RENEWAL_AGAIN, _B.RUN_AGAIN})


def plan(standing: Standing) -> Plan:
    """What would be done, and the verdict."""
    because = _because(standing)
    safety = _safety(because)
    acts = safety is Safety.SAFE
    done = _DONE.get(standing.case, 0)
    return Plan(
        reference=standing.reference,
        case=standing.case,
        order=standing.order,
        asked=standing.ask if acts else (),
        refunds=standing.refunds_due if acts else 0,
        skipped=_STEPS[:done],
        repeated=_STEPS[done : done + 1] if because in _RUNS and standing.case is not _S.PAYMENT_REVIEW else (),
        money=_money(standing) if acts else MoneyMove.NONE,
        safety=safety,
        because=because,
    )


def unknown(reference: str, *, because: Because = Because.NO_SUCH_CASE) -> Plan:
    """The row of a reference that no case has."""
    return Plan(
        reference=reference,
        case=None,
        order=None,
        asked=(),
        refunds=0,
        skipped=(),
        repeated=(),
        money=MoneyMove.NONE,
        safety=Safety.REFUSED,
        because=because,
    )


def _because(standing: Standing) -> Because:
    """What can be done by asking comes first; then what only persons can do; then where the case stands."""
    asked = {
        _B.ASK_AGAIN: bool(standing.ask),
        _B.REFUND_DUE: standing.refunds_due > 0,
        _B.REFUND_UNKNOWN: standing.refund_unknown,
        _B.REFUND_REQUESTED: standing.refund_requested,
        _B.OPEN_QUESTION: standing.open_question,
        _B.MONEY_LEAVES: standing.money_leaves,
    }
    first = next((reason for reason, holds in asked.items() if holds), None)
    return first or _BY_STATUS.get(standing.case, _B.RUN_AGAIN)


def _safety(because: Because) -> Safety:
    """What nobody has called safe is refused."""
    if because in _SAFE:
        return Safety.SAFE
    return Safety.NEEDS_APPROVAL if because in _APPROVAL else Safety.REFUSED


def _money(standing: Standing) -> MoneyMove:
    if standing.refunds_due:
        return MoneyMove.REFUND
    return MoneyMove.RECORDED if standing.ask else MoneyMove.NONE
