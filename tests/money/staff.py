"""Rules of people in offices: ours ask, approve, resolve and close; the bank's return money without telling us."""

from contextlib import suppress
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlmodel import Session

from infra.cancelling import cancel_case
from infra.clock import kuwait_date
from infra.errors import InfraError
from infra.payments.refund_requests import approve_refund, refundable, refuse_refund, request_refund
from infra.payments.refunding import send_refund
from infra.payments.resolving import approve_resolution, request_resolution, withdraw_resolution
from infra.payments.reviews import close_review
from models.case import Case
from models.errors import InputError, RuleError
from models.money import Money
from models.payments.refund import Refund, RefundState
from models.payments.resolution import Resolution, Verdict
from models.payments.review import ReviewItem
from models.states import IllegalTransitionError
from tests.crashes import MOMENTS, CrashError, crash
from tests.money.books import is_what_was_asked_for, kept
from tests.money.example import Example, picks

_REFUSED = (RuleError, InputError, IllegalTransitionError)


class Staff(Example):
    @rule(pick=picks, share=st.sampled_from([1, 2, 3]), sees=st.booleans())
    def a_refund_is_asked_for(self, pick: int, share: int, sees: bool) -> None:  # noqa: FBT001
        """The whole, half, or a third of what is left; `sees` is whether the asking person saw what is left now."""
        order = self.order(pick)
        with Session(self.bed.ports.engine) as session:
            found = refundable(session, order)
        left = found[1] if found else 0
        try:
            request_refund(
                self.bed.ports,
                order.id,
                amount=Money(max(left // share, 1)),
                believed_left=Money(left if sees else left + 1),
                reason="asked for",
                actor="first",
            )
        except _REFUSED:
            return
        assert sees

    @rule(pick=picks, actor=st.sampled_from(["first", "second"]), yes=st.booleans())
    def a_refund_is_decided(self, pick: int, actor: str, yes: bool) -> None:  # noqa: FBT001
        waiting = self.rows(Refund, state=RefundState.REQUESTED)
        if not waiting:
            return
        chosen = waiting[pick % len(waiting)]
        try:
            if yes:
                approve_refund(self.bed.ports, chosen.id, actor=actor)
                assert actor == "second"
            else:
                refuse_refund(self.bed.ports, chosen.id, actor=actor, reason="no")
        except _REFUSED:
            assert actor == "first"

    @rule(pick=picks, moment=st.sampled_from(MOMENTS), nth=st.integers(1, 3))
    def a_worker_dies_while_it_sends_a_refund(self, pick: int, moment: str, nth: int) -> None:
        """It may have been carried out: the reply is not written down."""
        refunds = self.rows(Refund)
        if not refunds:
            return
        try:
            with crash(moment, nth=nth):
                send_refund(self.bed.ports, refunds[pick % len(refunds)].id, actor="dying")
        except CrashError:
            pass

    @rule(pick=picks)
    def an_item_of_the_work_list_is_closed(self, pick: int) -> None:
        items = self.rows(ReviewItem, resolved_at=None)
        if items:
            with suppress(*_REFUSED):
                close_review(self.bed.ports, items[pick % len(items)].id, actor="first", resolution="seen to")

    @rule(pick=picks, actor=st.sampled_from(["first", "second"]))
    def two_persons_say_what_the_bank_shows(self, pick: int, actor: str) -> None:
        """They read the bank's portal right."""
        attempt = self.attempt(pick)
        if attempt is None:
            return
        [*lines] = [line for line in self.bed.ledger() if line["trackid"] == attempt.trackid and line["result"]]
        if not lines or (lines[0]["captured"] and not is_what_was_asked_for(lines[0], attempt)):
            return
        verdict = Verdict.CAPTURED if kept(lines[0]) else Verdict.VOIDED if lines[0]["voided"] else Verdict.DECLINED
        said = {"verdict": verdict, "reason": "seen", "evidence": "the bank's portal"}
        try:
            asked = request_resolution(self.bed.ports, attempt.trackid, actor="first", **said)
            approve_resolution(self.bed.ports, asked, actor=actor)
        except _REFUSED:
            for each in self.rows(Resolution, applied_at=None, withdrawn_at=None):
                withdraw_resolution(self.bed.ports, each.id)

    @rule(pick=picks, share=st.sampled_from([1, 2]))
    def the_bank_returns_money_by_itself(self, pick: int, share: int) -> None:
        attempt = self.attempt(pick)
        lines = [each for each in self.bed.ledger() if attempt is not None and each["trackid"] == attempt.trackid]
        if lines and kept(lines[0]) > share:
            order = {"trackid": lines[0]["trackid"], "amount": str(Money(kept(lines[0]) // share))}
            self.bed.control(f"{self.bed.side.controls}portal/refunds", order)

    @rule(pick=picks)
    def a_case_is_cancelled(self, pick: int) -> None:
        [case] = self.rows(Case, id=self.cases[pick % len(self.cases)])
        with suppress(*_REFUSED):
            cancel_case(self.bed.ports, case.reference, actor="first", reason="asked for")

    @rule()
    def the_banks_files_are_read(self) -> None:
        with suppress(InfraError):  # a list is asked for, with credentials that may have expired
            self.read_the_files()

    def read_the_files(self) -> None:
        """Of every day of this example that is over; what was read before counts once."""
        day = self.since
        while day < kuwait_date(self.bed.clock()):
            self.bed.side.read_day(self.bed.ports, day, bank=self.bed.url, browser=self.bed.browser)
            day += timedelta(days=1)
