"""Rules of notices: sent again, late, forged under the right key, altered on the way; they prove nothing, ever."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import rule

from infra.gateway import Evidence
from infra.payments.hearing import hear
from models.payments.evidence import EvidenceKind
from tests.crashes import MOMENTS, CrashError, crash
from tests.money.example import Example, picks

words = st.runner().flatmap(lambda machine: st.sampled_from(machine.bed.side.words))
"""The results that a notice of this gateway may bear."""


class Notices(Example):
    @rule(pick=picks)
    def the_bank_tells_it_again(self, pick: int) -> None:
        attempt = self.attempt(pick)
        if attempt is not None:
            self.bed.control(f"{self.bed.side.controls}deliver/{attempt.trackid}")

    @rule(pick=picks, word=words, off=st.sampled_from([0, 0, 1]), mark=st.sampled_from("AB"))
    def a_notice_comes(self, pick: int, word: str, off: int, mark: str) -> None:
        """I12 and I13: it moves no money, and the answer is to the byte what this gateway is to read."""
        attempt = self.attempt(pick)
        if attempt is None:
            return
        answer = self.bed.notify(self.bed.side.notice(attempt, word, fils=attempt.amount_fils + off, mark=mark))
        address = f"{self.bed.ports.settings.public_url}/pay/return/{attempt.return_token}"
        assert (answer.status_code, answer.content) == (200, self.bed.side.acknowledgement(address))

    @rule(pick=picks, place=st.integers(9, 200), word=words)
    def an_altered_notice_comes(self, pick: int, place: int, word: str) -> None:
        attempt = self.attempt(pick)
        if attempt is not None:
            right = self.bed.side.notice(attempt, word, fils=attempt.amount_fils, mark="C")
            body = bytearray(right.body)
            body[place] = ord("0") if body[place] != ord("0") else ord("1")
            self.bed.notify(replace(right, body=bytes(body)))

    @rule(pick=picks, moment=st.sampled_from(MOMENTS), word=words)
    def our_web_dies_over_a_notice(self, pick: int, moment: str, word: str) -> None:
        attempt = self.attempt(pick)
        if attempt is None:
            return
        sent = self.bed.side.notice(attempt, word, fils=attempt.amount_fils, mark="D")
        evidence: Evidence = self.bed.gateway.parse_inbound(sent.body, sent.headers)
        try:
            with crash(moment, nth=1):
                hear(self.bed.ports, evidence, kind=EvidenceKind.CALLBACK, raw=sent.body, now=self.bed.clock())
        except CrashError:
            pass
