"""A state machine is a table; everything else is derived from the table."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final, Generic, TypeVar

from models.errors import IllegalTransitionError

State = TypeVar("State", bound=StrEnum)
Event = TypeVar("Event", bound=StrEnum)


class Party(StrEnum):
    """Whom a status waits for; the run's state in Prefect follows from it."""

    APPLICANT = "applicant"
    PAYER = "payer"
    STAFF = "staff"
    US = "us"
    NOBODY = "nobody"


class Machine(Generic[State, Event]):
    """Read-only table of `(state, event) -> state`; every state says whom it waits for."""

    def __init__(
        self, *, start: State, edges: Mapping[tuple[State, Event], State], waits_on: Mapping[State, Party]
    ) -> None:
        self.start: Final = start
        self._edges: Final = dict(edges)
        self.waits_on: Final = dict(waits_on)

    def after(self, state: State, event: Event) -> State:
        """The state that `event` leads to, or IllegalTransitionError."""
        try:
            return self._edges[state, event]
        except KeyError:
            raise IllegalTransitionError(state, event) from None

    def allows(self, state: State, event: Event) -> bool:
        return (state, event) in self._edges

    def events_from(self, state: State) -> frozenset[Event]:
        return frozenset(event for (before, event) in self._edges if before == state)

    def edges(self) -> Iterator[tuple[State, Event, State]]:
        return ((before, event, after) for (before, event), after in self._edges.items())

    def waiting_on(self, party: Party) -> tuple[State, ...]:
        """The states that wait for this party, in the order of the table."""
        return tuple(state for state, waits_for in self.waits_on.items() if waits_for is party)

    def is_final(self, state: State) -> bool:
        return not self.events_from(state)
