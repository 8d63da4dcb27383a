"""Rules of time and of our workers: they go their rounds, die at any commit, and get in each other's way."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from infra.payments.due import settle_due
from infra.payments.settling import settle
from tests.crashes import MOMENTS, CrashError, crash
from tests.money.cases import go_on
from tests.money.example import Example, picks

_SPANS = ("seconds=11", "seconds=31", "seconds=61", "minutes=5", "minutes=16", "minutes=46", "hours=3", "hours=13")


def _span(text: str) -> timedelta:
    unit, _, number = text.partition("=")
    return timedelta(**{unit: int(number)})


class Workers(Example):
    @rule(span=st.sampled_from(_SPANS))
    def time_passes(self, span: str) -> None:
        self.bed.clock.advance(_span(span))

    @rule(span=st.sampled_from(_SPANS))
    def time_passes_and_the_worker_goes_its_round(self, span: str) -> None:
        self.bed.clock.advance(_span(span))
        settle_due(self.bed.ports)

    @rule()
    def the_worker_goes_its_round(self) -> None:
        settle_due(self.bed.ports)

    @rule(moment=st.sampled_from(MOMENTS), nth=st.integers(1, 6))
    def the_worker_dies_in_its_round(self, moment: str, nth: int) -> None:
        try:
            with crash(moment, nth=nth):
                settle_due(self.bed.ports)
        except CrashError:
            pass

    @rule(pick=picks)
    def another_worker_asks(self, pick: int) -> None:
        attempt = self.attempt(pick)
        if attempt is not None:
            settle(self.bed.ports, attempt.id, actor="another")

    @rule(pick=picks, moment=st.sampled_from(MOMENTS), nth=st.integers(1, 2))
    def another_worker_dies_while_it_asks(self, pick: int, moment: str, nth: int) -> None:
        attempt = self.attempt(pick)
        if attempt is not None:
            try:
                with crash(moment, nth=nth):
                    settle(self.bed.ports, attempt.id, actor="another")
            except CrashError:
                pass

    @rule(pick=picks, span=st.sampled_from(_SPANS))
    def a_slow_worker_hears_what_was_true_before(self, pick: int, span: str) -> None:
        """While its answer is on the way, time passes and another one is quicker."""
        attempt = self.attempt(pick)
        if attempt is None:
            return

        def meanwhile() -> None:
            self.bed.clock.advance(_span(span))
            settle_due(self.bed.ports)

        self.bed.gateway.meanwhile = meanwhile
        settle(self.bed.ports, attempt.id, actor="slow")

    @rule(pick=picks)
    def the_case_goes_on(self, pick: int) -> None:
        """I2: when a receipt is issued, the bank has the money."""
        case_id = self.cases[pick % len(self.cases)]
        go_on(self.bed.ports, case_id)

    @rule(expired=st.booleans())
    def our_credentials_expire(self, expired: bool) -> None:  # noqa: FBT001
        self.bed.credentials(good=not expired)
