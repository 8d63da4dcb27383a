"""What the sandbox's Tap shall do with one payment, and what of it has not been played yet."""

from threading import Lock
from typing import Literal

from pydantic import Field

from infra.sandbox.scenario import ByTrackid, Seconds, Written
from infra.sandbox.tap_books import Ended, RefundEnded
from models.base import CURRENCY

Question = Literal["create", "retrieve", "refund"]


class TapFault(Written):
    """`executed`: whether what was asked is done although the answer is missing. A delay always does it."""

    answer: Literal["drop", "500", "html", "truncate", "delay"]
    executed: bool = True
    seconds: Seconds = 0


class TapLater(Written):
    """What the charge is once `after_seconds` of the sandbox's clock have passed since the payer was done."""

    status: Ended
    after_seconds: Seconds = 0


class TapWebhook(Written):
    """`lost` of the three deliveries never arrive, the first ones; the merchant's own failures count beside them."""

    lost: int = Field(default=0, ge=0, le=3)
    bad_hash: bool = False


class TapScript(Written):
    """Whatever is left out goes its ordinary way. Faults are used up, one for each question."""

    ends_as: Ended | None = None  # what it comes to when the payer has submitted a card; who cancels, cancels
    code: str = Field(default="", pattern=r"^\d{0,3}$")  # Tap's response code; empty: the usual one
    becomes: TapLater | None = None
    auto_reversed_after_seconds: Seconds | None = None
    amount_off_by_fils: int = 0
    currency: str = Field(default=CURRENCY, pattern=r"^[A-Z]{3}$")  # of what was taken, and is told
    reported_trackid: str = Field(default="", pattern=r"^[A-Za-z0-9]{0,40}$")  # empty: the merchant's own
    webhook: TapWebhook = TapWebhook()
    create: tuple[TapFault, ...] = ()
    retrieve: tuple[TapFault, ...] = ()
    refund: tuple[TapFault, ...] = ()
    refund_ends_as: RefundEnded = "REFUNDED"
    refund_pending_seconds: Seconds = 0


class TapScenario(Written):
    """`next` is the next charge that is asked for."""

    match: ByTrackid | Literal["next"]
    script: TapScript


class TapScripts:
    """Thread-safe. In memory: a restart heals whatever was still to come."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._of: dict[str, TapScript] = {}
        self._next: list[TapScript] = []
        self.key_revoked = False  # of the whole merchant

    def add(self, scenario: TapScenario) -> None:
        with self._lock:
            if isinstance(scenario.match, ByTrackid):
                self._of[scenario.match.trackid] = scenario.script
            else:
                self._next.append(scenario.script)

    def of(self, trackid: str) -> TapScript:
        return self._of.get(trackid, TapScript())

    def take(self, trackid: str, question: Question) -> TapFault | None:
        """The next fault of this kind; the first charge of a trackid takes the script that waits for the next one."""
        with self._lock:
            if question == "create" and trackid not in self._of and self._next:
                self._of[trackid] = self._next.pop(0)
            script = self.of(trackid)
            faults: tuple[TapFault, ...] = getattr(script, question)
            if not faults:
                return None
            self._of[trackid] = script.model_copy(update={question: faults[1:]})
            return faults[0]

    def clear(self) -> None:
        with self._lock:
            self._of, self._next = {}, []
