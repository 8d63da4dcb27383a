"""The registries' adapter against the sandbox's registries, and against registries that misbehave."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from infra.errors import PermanentError, TransientError, UnknownOutcomeError
from infra.registries import Extension
from infra.registries.http import HttpRegistries
from infra.sandbox.people import make_citizen, make_person
from infra.sandbox.population import Population
from infra.sandbox.troubles import Trouble, troubled
from tests.sandbox_world import ON, World, registry_settings, sandbox_world

CASE = UUID("00000000-0000-4000-8000-000000000042")
WORKER = make_person(1, article=18, on=ON)
CHILD = make_person(2, article=22, on=ON, sponsor=WORKER, relation="child")
CITIZEN = make_citizen(3, on=ON)
CANCELLED = troubled(make_person(4, article=18, on=ON), Trouble.RESIDENCY_CANCELLED, on=ON)
POPULATION = Population.of(person.resident for person in (WORKER, CHILD, CITIZEN, CANCELLED))
PERMIT_ENDS = ON + timedelta(days=40)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with sandbox_world(tmp_path, POPULATION) as running:
        yield running


@pytest.fixture
def registries(world: World) -> Iterator[HttpRegistries]:
    adapter = HttpRegistries(world.registries)
    yield adapter
    adapter.close()


def extension(civil_number: str = WORKER.civil_number, *, years: int = 1, end: date | None = None) -> Extension:
    return Extension(civil_number, start=PERMIT_ENDS, end=end or PERMIT_ENDS + timedelta(days=365 * years), years=years)


def test_every_registry_answers_for_every_person_it_knows(registries: HttpRegistries) -> None:
    numbers = [WORKER.civil_number, CHILD.civil_number, CITIZEN.civil_number, "285051500015"]
    answers = registries.ask(numbers)
    assert set(answers.civil) == set(numbers[:3])
    assert set(answers.residency) == set(answers.insurance) == set(answers.traffic) == set(numbers[:2])
    assert set(answers.work) == {WORKER.civil_number}
    assert answers.civil[WORKER.civil_number] == WORKER.resident.civil
    assert answers.residency[CHILD.civil_number] == CHILD.resident.residency


def test_the_queue_asks_the_residency_registry_alone(registries: HttpRegistries) -> None:
    known = registries.permits([WORKER.civil_number, CHILD.civil_number, CITIZEN.civil_number])
    assert known == dict.fromkeys((WORKER.civil_number, CHILD.civil_number), PERMIT_ENDS)


def test_an_extension_moves_the_end_of_the_permit(registries: HttpRegistries) -> None:
    confirmation = registries.extend(CASE, [extension(), extension(CHILD.civil_number)])
    assert confirmation.startswith("SPECIMEN-")
    answers = registries.ask([WORKER.civil_number, CHILD.civil_number])
    assert {record.permit_expires for record in answers.residency.values()} == {PERMIT_ENDS + timedelta(days=365)}


def test_the_same_case_is_extended_once(registries: HttpRegistries) -> None:
    assert registries.extend(CASE, [extension()]) == registries.extend(CASE, [extension()])
    with pytest.raises(PermanentError, match="different_extension"):
        registries.extend(CASE, [extension(years=2)])


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        (extension("285051500015"), "unknown_person"),
        (extension(CITIZEN.civil_number), "unknown_person"),
        (extension(CANCELLED.civil_number), "residency_cancelled"),
        (extension(end=PERMIT_ENDS), "not_an_extension"),
    ],
)
def test_a_refusal_gives_its_reason_and_no_person(registries: HttpRegistries, refused: Extension, reason: str) -> None:
    with pytest.raises(PermanentError, match=reason) as refusal:
        registries.extend(CASE, [extension(), refused])
    assert refused.civil_number not in str(refusal.value)
    unchanged = registries.ask([WORKER.civil_number]).residency[WORKER.civil_number]
    assert unchanged.permit_expires == PERMIT_ENDS


def test_extensions_and_new_people_survive_a_restart(tmp_path: Path) -> None:
    stranger = make_person(5, article=24, on=ON)
    with sandbox_world(tmp_path, POPULATION) as world:
        registries = HttpRegistries(world.registries)
        confirmation = registries.extend(CASE, [extension()])
        registries.close()
        added = httpx.post(f"{world.url}/__sandbox__/people", json=[stranger.resident.model_dump(mode="json")])
        assert added.status_code == 204
    with sandbox_world(tmp_path, POPULATION) as world:
        registries = HttpRegistries(world.registries)
        assert registries.extend(CASE, [extension()]) == confirmation
        answers = registries.ask([WORKER.civil_number, stranger.civil_number])
        assert answers.residency[WORKER.civil_number].permit_expires > PERMIT_ENDS
        assert answers.civil[stranger.civil_number] == stranger.resident.civil
        registries.close()


def test_a_wrong_token_is_refused(world: World) -> None:
    registries = HttpRegistries(registry_settings(world.url, token="wrong"))
    with pytest.raises(PermanentError, match="401"):
        registries.ask([WORKER.civil_number])
    registries.close()


def test_a_registry_that_is_down_is_transient() -> None:
    registries = HttpRegistries(registry_settings("http://127.0.0.1:1"))
    with pytest.raises(TransientError):
        registries.ask([WORKER.civil_number])
    with pytest.raises(TransientError):
        registries.extend(CASE, [extension()])
    registries.close()


def misbehaving(handler: Callable[[httpx.Request], httpx.Response]) -> HttpRegistries:
    return HttpRegistries(
        registry_settings("https://registry.test"), client=httpx.Client(transport=httpx.MockTransport(handler))
    )


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_trouble_on_their_side_is_transient(status: int) -> None:
    registries = misbehaving(lambda _: httpx.Response(status))
    with pytest.raises(TransientError):
        registries.ask([WORKER.civil_number])
    with pytest.raises(TransientError):
        registries.extend(CASE, [extension()])
    registries.close()


def test_a_timeout_of_the_extension_is_transient_because_a_repeat_is_safe() -> None:
    def hang(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow")

    registries = misbehaving(hang)
    with pytest.raises(TransientError, match="ReadTimeout"):
        registries.extend(CASE, [extension()])
    registries.close()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"records": {}}',
        b'{"records": [{"civil_number": "285051500015", "name_ar": "SECRET"}]}',
        b'{"records": ["SECRET"]}',
    ],
)
def test_an_answer_that_cannot_be_read_is_no_refusal_of_the_extension_and_not_repeated_in_the_error(
    content: bytes,
) -> None:
    registries = misbehaving(lambda _: httpx.Response(200, content=content))
    with pytest.raises(PermanentError) as unreadable:
        registries.ask(["285051500015"])
    assert "SECRET" not in str(unreadable.value)
    assert "285051500015" not in str(unreadable.value)
    assert unreadable.value.__cause__ is None
    with pytest.raises(UnknownOutcomeError):
        registries.extend(CASE, [extension()])
    registries.close()


def test_the_record_of_somebody_else_is_no_answer() -> None:
    record = WORKER.resident.civil.model_dump(mode="json")
    for records in ([record], [record, record]):
        registries = misbehaving(lambda _, records=records: httpx.Response(200, json={"records": records}))
        asked = WORKER.civil_number if len(records) > 1 else CHILD.civil_number
        with pytest.raises(PermanentError):
            registries.ask([asked])
        registries.close()


def test_a_redirect_is_not_followed_with_personal_data() -> None:
    registries = misbehaving(lambda _: httpx.Response(307, headers={"location": "https://elsewhere.test"}))
    with pytest.raises(PermanentError, match="address"):
        registries.ask([WORKER.civil_number])
    registries.close()


def test_a_reason_that_is_no_code_is_not_repeated() -> None:
    registries = misbehaving(lambda _: httpx.Response(422, json={"reason": "Specimen Alef owes KD 5"}))
    with pytest.raises(PermanentError, match="HTTP 422"):
        registries.extend(CASE, [extension()])
    registries.close()
