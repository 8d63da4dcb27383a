"""The bed: the shape of several machines, running, and the ports of the product as its own processes have them."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Final

from infra.settings import Settings
from infra.stack import Places
from infra.stack.clean import clean
from infra.stack.machines import plan
from infra.stack.part import Part
from infra.stack.places import CHECKOUT
from infra.stack.sequence import Listener, bring_up, take_down
from infra.wiring import Ports, build

PLACES: Final = Places(CHECKOUT / "var" / "bench-machines")


@dataclass(frozen=True, slots=True)
class Bed:
    """`ports` are the product's; `workers` the names of the parts that are workers."""

    ports: Ports
    parts: dict[str, Part]
    workers: tuple[str, ...]
    sandbox: str


@contextmanager
def bed(*, workers: int, tell: Listener, places: Places = PLACES) -> Iterator[Bed]:
    """Empty at first; everything is stopped at the end. Enter it in the main thread, which its children die with."""
    clean(places)
    places.make()
    machines = plan(places, workers=workers)
    before = dict(os.environ)
    try:
        bring_up(machines.parts, tell)
        os.environ.update(machines.environment)
        with closing(build(Settings())) as ports:
            parts = {part.name: part for part in machines.parts}
            yield Bed(ports, parts, machines.workers, machines.ports.url("sandbox"))
    finally:
        take_down(machines.parts, tell)
        os.environ.clear()
        os.environ.update(before)
