"""What can go wrong with the local stack; every message names the remedy."""

from infra.errors import PermanentError


class StackError(PermanentError):
    """The local stack cannot start, or lost a part."""


class PartFailedError(StackError):
    """One part did not become ready, or ended by itself; carries the end of its log."""

    def __init__(self, part: str, reason: str, log_tail: str) -> None:
        super().__init__(f"{part} {reason}." + (f" The end of its log:\n{log_tail}" if log_tail else ""))
        self.part = part
