"""Which script is for which payment, and what of it has not been played yet; kept across a restart."""

from threading import RLock
from typing import Any

from infra.sandbox.journal import Journal
from infra.sandbox.scenario import ByTrackid, Delay, InquiryFault, RefundFault, Scenario, Script


class Scenarios:
    """Thread-safe."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = RLock()
        self._of: dict[str, Script] = {}
        self._next: list[Script] = []
        self._all = Script()
        for entry in journal.replay():
            self._replay(entry)

    def add(self, scenario: Scenario) -> None:
        """A later script for the same trackid, or for all, takes the place of the earlier one."""
        with self._lock:
            self._journal.append({"added": scenario.model_dump(mode="json")})
            self._add(scenario)

    def opened(self, trackid: str) -> Script:
        """The script of a payment that opens: its own, else the first that waits for the next one, else that of all."""
        with self._lock:
            if trackid not in self._of and self._next:
                self._keep(trackid, self._next[0], waited=True)
            return self.of(trackid)

    def of(self, trackid: str) -> Script:
        return self._of.get(trackid, self._all)

    def take_inquiry_fault(self, trackid: str) -> InquiryFault | Delay | None:
        with self._lock:
            script = self.of(trackid)
            if not script.inquiry:
                return None
            self._keep(trackid, script.model_copy(update={"inquiry": script.inquiry[1:]}))
            return script.inquiry[0]

    def take_refund_fault(self, trackid: str) -> RefundFault | Delay | None:
        with self._lock:
            script = self.of(trackid)
            if not script.refund:
                return None
            self._keep(trackid, script.model_copy(update={"refund": script.refund[1:]}))
            return script.refund[0]

    def clear(self) -> None:
        """No fault is left to come. What happened to a payment, and what its day's file shows of it, stays."""
        with self._lock:
            self._journal.append({"cleared": True})
            self._clear()

    def _add(self, scenario: Scenario) -> None:
        if isinstance(scenario.match, ByTrackid):
            self._of[scenario.match.trackid] = scenario.script
        elif scenario.match == "next":
            self._next.append(scenario.script)
        else:
            self._all = scenario.script

    def _keep(self, trackid: str, script: Script, *, waited: bool = False) -> None:
        entry = {"trackid": trackid, "waited": waited, "script": script.model_dump(mode="json")}
        self._journal.append({"played": entry})
        self._play(entry, script)

    def _play(self, entry: dict[str, Any], script: Script) -> None:
        self._of[entry["trackid"]] = script
        if entry["waited"]:
            self._next.pop(0)

    def _clear(self) -> None:
        self._next, self._all = [], Script()
        self._of = {trackid: Script(settlement=script.settlement) for trackid, script in self._of.items()}

    def _replay(self, entry: dict[str, Any]) -> None:
        if "added" in entry:
            self._add(Scenario.model_validate(entry["added"]))
        elif "played" in entry:
            self._play(entry["played"], Script.model_validate(entry["played"]["script"]))
        else:
            self._clear()
