"""No name, number or amount of a person in Prefect's database, in any log, or in the name of a stored object."""

import warnings
from collections.abc import Iterator

import anyio
import httpx
import pytest
from minio import Minio
from prefect.settings import PREFECT_API_URL, temporary_settings

from infra import clock
from infra.wiring import installed
from models.money import Money
from models.quote import FeeLine
from tasks.summary import summarise_day
from tests import leaks
from tests.demo_run import DemoRun

pytestmark = pytest.mark.timeout(600)

SHOWN_TO_STAFF = """
SELECT name || parameters::text || tags::text FROM flow_run
UNION ALL SELECT coalesce(data::text, '') || coalesce(description, '') || coalesce(metadata_::text, '') FROM artifact
UNION ALL SELECT coalesce(message, '') FROM flow_run_state
UNION ALL SELECT coalesce(message, '') FROM log
"""


@pytest.fixture(scope="session")
def words(demo: DemoRun) -> set[str]:
    words = leaks.private_words(demo.people())
    assert len(words) > 100
    return words


@pytest.fixture(scope="session", autouse=True)
def summarised(demo: DemoRun) -> str:
    """The day's page and chart, as the flow `summary` publishes them, among what is searched."""
    settings = {PREFECT_API_URL: f"{demo.stack.ports.url('prefect')}/api"}
    with temporary_settings(settings), installed(demo.ports), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # an artifact of no run: no worker is there any more
        return anyio.run(summarise_day.fn, clock.kuwait_date(clock.now()))


def test_the_days_summary_is_among_what_is_searched(demo: DemoRun) -> None:
    shown = shown_to_staff(demo)
    assert "## Who is waited for now" in shown
    assert "data:image/svg+xml;base64," in shown


def test_prefects_whole_database_knows_no_person(demo: DemoRun, words: set[str]) -> None:
    with demo.prefect_database() as connection:
        assert leaks.tables_with(connection, words) == {}


@pytest.fixture
def planted(demo: DemoRun) -> Iterator[str]:
    """A civil number and an Arabic name, put into an artifact for the length of a test."""
    person = demo.people()[0].civil
    api = f"{demo.stack.ports.url('prefect')}/api/artifacts/"
    body = {"key": "planted", "type": "markdown", "data": f"{person.name_ar} {person.civil_number} KD 120.000"}
    made = httpx.post(api, json=body).raise_for_status().json()
    yield person.civil_number
    httpx.delete(f"{api}{made['id']}").raise_for_status()


def test_the_search_would_find_a_person_in_the_database(demo: DemoRun, words: set[str], planted: str) -> None:
    with demo.prefect_database() as connection:
        found = leaks.tables_with(connection, words)
    assert planted in found["artifact"]
    assert leaks.FAMILY_NAME_AR in found["artifact"]
    assert list(leaks.amounts_in(shown_to_staff(demo), [Money.parse("120.000")])) == ["120.000"]


def test_no_amount_is_in_what_prefect_shows_of_a_run(demo: DemoRun) -> None:
    amounts = [Money(line.amount_fils) for line in demo.rows(FeeLine)]
    totals = [Money(entry["amount_fils"]) for entry in demo.entries if entry["amount_fils"]]
    assert list(leaks.amounts_in(shown_to_staff(demo), [*amounts, *totals])) == []


def test_no_log_knows_a_person(demo: DemoRun, words: set[str]) -> None:
    logs = {path.name for path in demo.places.logs.iterdir()}
    assert logs >= {"worker.log", "web.log", "prefect.previous.log", "sandbox.previous.log", "minio.previous.log"}
    assert leaks.files_with(demo.places.logs, words) == {}


def test_the_search_would_find_a_person_in_a_log(demo: DemoRun, words: set[str]) -> None:
    planted = demo.places.logs / "planted.log"
    planted.write_text(f'{{"event": "oops", "who": "{leaks.FAMILY_NAME_AR}"}}', "ascii", errors="backslashreplace")
    try:
        assert leaks.files_with(demo.places.logs, words) == {"planted.log": {leaks.FAMILY_NAME_AR}}
    finally:
        planted.unlink()


def test_the_demo_prints_nobodys_name_or_number(demo: DemoRun, words: set[str]) -> None:
    assert leaks.words_in(demo.said, words) == set()


def test_no_stored_object_is_named_after_a_person(demo: DemoRun, words: set[str]) -> None:
    names = list(object_names(demo))
    assert any(name.startswith("receipts/") for name in names)
    assert leaks.words_in("\n".join(names), words) == set()


def object_names(demo: DemoRun) -> Iterator[str]:
    store = demo.ports.settings.store
    assert store.endpoint
    assert store.access_key
    assert store.secret_key
    keys = (store.access_key.get_secret_value(), store.secret_key.get_secret_value())
    client = Minio(store.endpoint, access_key=keys[0], secret_key=keys[1], secure=False)
    for found in client.list_objects(store.bucket, recursive=True):
        yield str(found.object_name)


def shown_to_staff(demo: DemoRun) -> str:
    with demo.prefect_database() as connection:
        return "\n".join(str(row[0]) for row in connection.execute(SHOWN_TO_STAFF))
