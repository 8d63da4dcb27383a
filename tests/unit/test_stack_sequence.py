"""Parts come up in the order of their needs and go down the other way round."""

from dataclasses import dataclass, field

import pytest

from infra.stack.errors import PartFailedError
from infra.stack.part import Part
from infra.stack.sequence import Happening, Phase, bring_up, take_down


@dataclass
class Pretended:
    """Stands in for a child process."""

    name: str
    diary: list[str]
    exit_code: int | None = None
    obeys: bool = True
    is_running: bool = field(default=False)

    def start(self) -> None:
        self.diary.append(f"+{self.name}")
        self.is_running = self.exit_code is None

    def ask_to_stop(self) -> None:
        self.diary.append(f"-{self.name}")
        self.is_running = not self.obeys

    def kill(self) -> None:
        if self.is_running:
            self.diary.append(f"!{self.name}")
        self.is_running = False

    def failed(self, reason: str) -> PartFailedError:
        return PartFailedError(self.name, reason, "last words")


def make_part(child: Pretended, *needs: str, one_shot: bool = False, patience: float = 5.0) -> Part:
    return Part(
        title=child.name,
        child=child,  # type: ignore[arg-type]
        ready=lambda: patience > 0,
        needs=frozenset(needs),
        one_shot=one_shot,
        start_patience=patience,
        stop_patience=0.1,
    )


def test_a_part_waits_for_what_it_needs_and_stops_before_it() -> None:
    diary: list[str] = []
    parts = [
        make_part(Pretended("worker", diary), "prefect", "migrate"),
        make_part(Pretended("migrate", diary, exit_code=0), "postgres", one_shot=True),
        make_part(Pretended("prefect", diary), "postgres"),
        make_part(Pretended("postgres", diary)),
    ]
    bring_up(parts)
    assert diary[0] == "+postgres"
    assert diary[-1] == "+worker"
    diary.clear()
    take_down(parts)
    assert diary == ["-worker", "-prefect", "-postgres"]


def test_what_leans_on_a_part_through_a_finished_one_still_stops_first() -> None:
    diary: list[str] = []
    parts = [
        make_part(Pretended("postgres", diary)),
        make_part(Pretended("migrate", diary, exit_code=0), "postgres", one_shot=True),
        make_part(Pretended("web", diary), "migrate"),
    ]
    bring_up(parts)
    take_down(parts)
    assert diary[-2:] == ["-web", "-postgres"]


def test_a_need_that_this_machine_has_not_is_not_waited_for() -> None:
    diary: list[str] = []
    bring_up([make_part(Pretended("worker", diary), "minio")])
    assert diary == ["+worker"]


def test_every_phase_is_told() -> None:
    told: list[tuple[str, Phase]] = []

    def tell(happening: Happening) -> None:
        told.append((happening.part.name, happening.phase))

    parts = [make_part(Pretended("web", []))]
    bring_up(parts, tell)
    take_down(parts, tell)
    assert told == [("web", Phase.STARTING), ("web", Phase.READY), ("web", Phase.STOPPING), ("web", Phase.STOPPED)]


def test_a_part_that_ends_instead_of_getting_ready_is_named_with_its_last_words() -> None:
    part = make_part(Pretended("web", [], exit_code=3))
    with pytest.raises(PartFailedError, match=r"web ended with code 3 instead of getting ready.*\nlast words"):
        bring_up([part])


def test_a_part_that_never_gets_ready_is_given_up() -> None:
    with pytest.raises(PartFailedError, match="web was not ready after 0 s"):
        bring_up([make_part(Pretended("web", []), patience=0.0)])


def test_a_part_that_does_not_obey_is_killed() -> None:
    diary: list[str] = []
    parts = [make_part(Pretended("worker", diary, obeys=False))]
    bring_up(parts)
    take_down(parts)
    assert diary == ["+worker", "-worker", "!worker"]


def test_who_interrupts_the_stopping_ends_everything_at_once() -> None:
    diary: list[str] = []

    def interrupt(_happening: Happening) -> None:
        raise KeyboardInterrupt

    parts = [make_part(Pretended("postgres", diary)), make_part(Pretended("web", diary), "postgres")]
    bring_up(parts)
    with pytest.raises(KeyboardInterrupt):
        take_down(parts, interrupt)
    assert diary[-2:] == ["!web", "!postgres"]
