"""What the domain refuses.

CaseworkError
├── RuleError                  the request breaks a rule
│   ├── IllegalTransitionError the state does not allow the event
│   └── InputError             a field of what was handed in is wrong: names the field and the remedy
├── RuleBookError              the rule data has a gap, an overlap or a missing price: names every fault
└── MissingError               there is no such thing
"""

from enum import StrEnum


class CaseworkError(Exception):
    """Base of all refusals of the domain."""


class RuleError(CaseworkError):
    """The request breaks a rule; the message says which and what to do."""


class IllegalTransitionError(RuleError):
    def __init__(self, state: StrEnum, event: StrEnum) -> None:
        super().__init__(f"{type(state).__name__} {state.value!r} does not allow {event.value!r}")
        self.state = state
        self.event = event


class InputError(RuleError):
    """One field is wrong. `field` is its path in what was handed in; the message names the remedy."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class RuleBookError(CaseworkError):
    """The rule data cannot answer; a price is never guessed. Each fault names file, entry and key."""

    def __init__(self, *faults: str) -> None:
        many = f"the rule data has {len(faults)} faults:\n" if len(faults) > 1 else ""
        super().__init__(many + "\n".join(faults))
        self.faults = faults


class MissingError(CaseworkError):
    def __init__(self, what: str, key: object, *, remedy: str = "") -> None:
        super().__init__(f"there is no {what} {key}{'; ' if remedy else ''}{remedy}")
        self.what = what
        self.key = key
