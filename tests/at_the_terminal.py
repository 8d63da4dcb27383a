"""`manage.py` over the world's own adapters, and what it says."""

from collections.abc import Callable, Iterator

import pytest
import structlog
from click.testing import Result
from typer.testing import CliRunner

from manage import app
from tests.world import World

Run = Callable[..., Result]


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """`manage.py` over the world's own adapters."""
    monkeypatch.setenv("RENEWAL_DATABASE_URL", "the world's own")
    assert world.ports

    def manage(*words: object, answer: str | None = None) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words], input=answer)

    yield manage
    structlog.reset_defaults()  # a command has set up its logs


def said(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.output


def refused(result: Result) -> str:
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return result.output
