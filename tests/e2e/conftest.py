"""One run of the demo for all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.demo_run import DemoRun, finished_demo


@pytest.fixture(scope="session")
def demo() -> Iterator[DemoRun]:
    with finished_demo() as run:
        yield run
