"""Rules of payers: they set out, pay or not, come back or not, look at pages, and send what anybody could send."""

from typing import Any
from urllib.parse import urljoin

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from infra.errors import InfraError
from infra.gateway import Notification
from infra.payments.pauses import PaymentsPausedError
from infra.payments.starting import NotPayableError, PaymentInProgressError, start_payment
from infra.sandbox.forms import find_form
from models.payments.attempt import AttemptState, PaymentAttempt
from tests.crashes import MOMENTS, CrashError, crash
from tests.money.cases import open_case
from tests.money.example import Example, picks

_S = AttemptState
_UNDECIDED = {_S.UNKNOWN, _S.VERIFYING, _S.CAPTURED_UNCONFIRMED}
_PRESSED = {
    "pay": {"action": "submit", "pin": "1234"},
    "a card that is declined": {"action": "submit", "pin": "1234", "expiry": "05/2021"},
    "cancel": {"action": "cancel"},
}
BUTTONS = ["pay", "a card that is declined", "cancel", "pay"]


scripts = st.runner().flatmap(lambda machine: machine.bed.side.scripts)
"""What may go wrong with one payment at this gateway."""


class Payers(Example):
    @initialize(fils=st.sampled_from([1_001, 120_500, 999_000_000]), script=scripts, button=st.sampled_from(BUTTONS))
    def the_first_payer(self, fils: int, script: dict[str, Any], button: str) -> None:
        self.cases.append(open_case(self.bed.ports, fils))
        self._set_out(0, script, opens=True)
        self._press(0, button, comes_back=False)

    @rule(pick=picks, script=scripts, button=st.sampled_from(BUTTONS), comes_back=st.booleans())
    def a_payer_pays(self, pick: int, script: dict[str, Any], button: str, comes_back: bool) -> None:  # noqa: FBT001
        if self._set_out(pick, script, opens=True):
            self._press(0, button, comes_back=comes_back)

    @rule(pick=picks, script=scripts, opens=st.booleans())
    def a_payer_sets_out(self, pick: int, script: dict[str, Any], opens: bool) -> None:  # noqa: FBT001
        """And looks at the bank's page, or closes the window before it is there."""
        self._set_out(pick, script, opens=opens)

    @rule(pick=picks, moment=st.sampled_from(MOMENTS), nth=st.integers(1, 2))
    def our_web_dies_while_a_payer_sets_out(self, pick: int, moment: str, nth: int) -> None:
        """Where the gateway is told of the payment, between two commits: also with the charge made and not noted."""
        try:
            with crash(moment, nth=nth):
                start_payment(self.bed.ports, self.order(pick).id, now=self.bed.clock())
        except (CrashError, PaymentInProgressError, NotPayableError, PaymentsPausedError, InfraError):
            pass

    @rule(pick=picks, button=st.sampled_from(BUTTONS), comes_back=st.booleans())
    def a_payer_presses(self, pick: int, button: str, comes_back: bool) -> None:  # noqa: FBT001
        self._press(pick, button, comes_back=comes_back)

    @rule(pick=picks)
    def a_payer_pays_while_our_database_is_down(self, pick: int) -> None:
        with self.bed.without_database():
            self._press(pick, "pay", comes_back=False)

    @rule(pick=picks)
    def a_payer_comes_back(self, pick: int) -> None:
        """By the address that stood in an acknowledgement, or that the gateway was told from the beginning."""
        attempt = self.attempt(pick)
        knows = self.bed.gateway.capabilities.notification is Notification.WEBHOOK
        if attempt is not None and (knows or attempt.acknowledged_at is not None):
            self.bed.browser.get(f"{self.bed.ports.settings.public_url}/pay/return/{attempt.return_token}")

    @rule(pick=picks)
    def somebody_looks_at_the_pay_page(self, pick: int) -> None:
        answer = self.bed.browser.get(f"{self.bed.ports.settings.public_url}/pay/{self.order(pick).id}")
        assert answer.status_code == 200

    @rule(pick=picks, code=st.sampled_from(["IPAY0100048", "IPAY0100042", "IPAY0100158", "CAPTURED"]))
    def somebody_writes_an_error_return(self, pick: int, code: str) -> None:
        attempt = self.attempt(pick)
        if attempt is not None:
            fields = {"Error": code, "trackid": attempt.trackid, "result": "CAPTURED", "amt": "1.000"}
            self.bed.browser.get(f"{self.bed.ports.settings.public_url}/{self.bed.side.name}/error", params=fields)

    def _set_out(self, pick: int, script: dict[str, Any], *, opens: bool) -> bool:
        """Whether the payer is at the bank's page."""
        order = self.order(pick)
        before = self.rows(PaymentAttempt, order_id=order.id)
        if first := self.bed.side.first_answers(script):
            self.bed.script("next", first)
        answer = self.bed.browser.post(f"{self.bed.ports.settings.public_url}/pay/{order.id}")
        after = self.rows(PaymentAttempt, order_id=order.id)
        if any(each.state in _UNDECIDED for each in before):
            assert len(after) == len(before), "I9: a new attempt while another one is not decided"
        if answer.status_code != 303 or not opens:
            return False
        self._script(after[-1], script)
        return self._open(answer.headers["location"], after[-1].trackid)

    def _script(self, attempt: PaymentAttempt, script: dict[str, Any]) -> None:
        if attempt.trackid not in self.pages:
            self.bed.script({"trackid": attempt.trackid}, self.bed.side.script(script, attempt.amount_fils))

    def _open(self, url: str, trackid: str) -> bool:
        shown = self.bed.browser.get(url)
        form = find_form(shown.text, "knet")
        if form is not None:
            self.pages[trackid] = (urljoin(url, form.action), form.values)
        return form is not None

    def _press(self, pick: int, button: str, *, comes_back: bool) -> None:
        if not self.pages:
            return
        address, values = list(self.pages.values())[::-1][pick % len(self.pages)]
        answer = self.bed.browser.post(address, data=values | _PRESSED[button])
        if answer.status_code == 303 and comes_back:
            self.bed.browser.get(answer.headers["location"])
