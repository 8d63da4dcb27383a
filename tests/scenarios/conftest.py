"""`money`: the product over real parts and the sandbox as its bank, empty, for one test; `tap`: the same over Tap."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine

if TYPE_CHECKING:
    from tests.money_world import MoneyWorld


@pytest.fixture
def money(business_engine: Engine, tmp_path: Path) -> Iterator["MoneyWorld"]:
    from tests.money_world import money_world  # noqa: PLC0415 - imports Prefect, which takes seconds

    with money_world(business_engine, tmp_path) as made:
        yield made


@pytest.fixture
def tap(business_engine: Engine, tmp_path: Path) -> Iterator["MoneyWorld"]:
    from tests.money_world import money_world  # noqa: PLC0415 - as above

    with money_world(business_engine, tmp_path, gateway="tap") as made:
        yield made
