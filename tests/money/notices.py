"""Rules of notices: sent again, late, forged under the right key, altered on the way; they prove nothing, ever."""

from hypothesis import strategies as st
from hypothesis.stateful import rule
from pydantic import SecretStr

from infra.gateway import Evidence, knet_fields
from infra.gateway.knet_cipher import TrandataCipher
from infra.payments.hearing import hear
from models.money import Money
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import EvidenceKind
from tests.crashes import MOMENTS, CrashError, crash
from tests.money.example import Example, picks
from tests.sandbox_world import KEY

RESULTS = ("CAPTURED", "NOT CAPTURED", "CANCELED", "HOST TIMEOUT", "SUSPECTED", "NO SUCH WORD")


def notice(attempt: PaymentAttempt, result: str, *, fils: int, mark: str) -> bytes:
    """A result as the bank would encrypt it; `mark` makes it another message than the last."""
    values = {
        "paymentid": attempt.paymentid or "100000000000000000",
        "result": result.replace(" ", "+"),
        "trackid": attempt.trackid,
        "udf2": mark,
        "amt": str(Money(fils)),
    }
    return b"trandata=" + TrandataCipher(SecretStr(KEY)).encrypt(knet_fields.join(values.items())).encode()


class Notices(Example):
    @rule(pick=picks)
    def the_bank_tells_it_again(self, pick: int) -> None:
        attempt = self.attempt(pick)
        if attempt is not None:
            self.bed.control(f"deliver/{attempt.trackid}")

    @rule(pick=picks, result=st.sampled_from(RESULTS), off=st.sampled_from([0, 0, 1]), mark=st.sampled_from("AB"))
    def a_notice_comes(self, pick: int, result: str, off: int, mark: str) -> None:
        """I12 and I13: it moves no money, and the answer is one line with our own address and nothing else."""
        attempt = self.attempt(pick)
        if attempt is None:
            return
        body = notice(attempt, result, fils=attempt.amount_fils + off, mark=mark)
        answer = self.bed.browser.post(f"{self.bed.ports.settings.public_url}/knet/response", content=body)
        address = f"{self.bed.ports.settings.public_url}/pay/return/{attempt.return_token}"
        assert (answer.status_code, answer.content) == (200, f"REDIRECT={address}".encode())

    @rule(pick=picks, place=st.integers(9, 200), result=st.sampled_from(RESULTS))
    def an_altered_notice_comes(self, pick: int, place: int, result: str) -> None:
        attempt = self.attempt(pick)
        if attempt is not None:
            body = bytearray(notice(attempt, result, fils=attempt.amount_fils, mark="C"))
            body[place] = ord("0") if body[place] != ord("0") else ord("1")
            self.bed.browser.post(f"{self.bed.ports.settings.public_url}/knet/response", content=bytes(body))

    @rule(pick=picks, moment=st.sampled_from(MOMENTS), result=st.sampled_from(RESULTS))
    def our_web_dies_over_a_notice(self, pick: int, moment: str, result: str) -> None:
        attempt = self.attempt(pick)
        if attempt is None:
            return
        body = notice(attempt, result, fils=attempt.amount_fils, mark="D")
        evidence: Evidence = self.bed.gateway.parse_inbound(body, {})
        try:
            with crash(moment, nth=1):
                hear(self.bed.ports, evidence, kind=EvidenceKind.CALLBACK, raw=body, now=self.bed.clock())
        except CrashError:
            pass
