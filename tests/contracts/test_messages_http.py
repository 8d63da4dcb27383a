"""The message gateway over HTTP, against the sandbox: one message a key, trouble told apart, and the outbox page."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from infra.errors import PermanentError, TransientError
from infra.messages import Letter
from infra.messages.http import HttpMessages
from models.message import MessageKind
from models.service import Language
from tests.sandbox_world import World, message_settings, sandbox_world

WORDS = {
    Language.ARABIC: "تجديد الإقامة \u2066RN-2222-2222\u2069",
    Language.ENGLISH: "Residency renewal <RN-2222-2222>",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with sandbox_world(tmp_path) as running:
        yield running


@pytest.fixture
def gateway(world: World) -> Iterator[HttpMessages]:
    opened = HttpMessages(message_settings(world.url))
    yield opened
    opened.close()


def letter(key: str = "lapsed:1", mobile: str = "+96550000001", language: Language = Language.ARABIC) -> Letter:
    return Letter(
        key=key,
        account_id=UUID(int=1),
        mobile=mobile,
        template=MessageKind.LAPSED,
        language=language,
        words=WORDS,
    )


def kept(world: World, number: str = "") -> list[dict[str, object]]:
    found: list[dict[str, object]] = httpx.get(f"{world.url}/__sandbox__/messages", params={"number": number}).json()
    return found


def test_a_message_is_kept_with_both_languages_and_the_key_it_came_under(world: World, gateway: HttpMessages) -> None:
    gateway.send(letter())
    [one] = kept(world)
    assert (one["key"], one["to"], one["template"], one["repeats"]) == ("lapsed:1", "+96550000001", "lapsed", 0)
    assert one["text"] == {"ar": WORDS[Language.ARABIC], "en": WORDS[Language.ENGLISH]}


def test_the_same_key_again_is_one_message(world: World, gateway: HttpMessages) -> None:
    for _ in range(3):
        gateway.send(letter())
    [one] = kept(world)
    assert one["repeats"] == 2


def test_a_lost_answer_is_trouble_and_the_repeat_makes_no_second_message(world: World, gateway: HttpMessages) -> None:
    world.control("messages/trouble", {"lost_answers": 1})
    with pytest.raises(TransientError, match="HTTP 502"):
        gateway.send(letter())
    gateway.send(letter())
    assert len(kept(world)) == 1


def test_a_gateway_that_is_down_or_not_there_is_trouble(world: World, gateway: HttpMessages) -> None:
    world.control("messages/trouble", {"down": True})
    with pytest.raises(TransientError, match="HTTP 503"):
        gateway.send(letter())
    nobody = HttpMessages(message_settings("http://127.0.0.1:9"))
    with pytest.raises(TransientError, match="did not answer"):
        nobody.send(letter())
    nobody.close()
    assert kept(world) == []


def test_a_wrong_token_loses_no_message_for_it_may_be_put_right(world: World) -> None:
    stranger = HttpMessages(message_settings(world.url, token="wrong"))
    with pytest.raises(TransientError, match="HTTP 401"):
        stranger.send(letter())
    stranger.close()


def test_a_number_that_is_none_is_refused_for_good(gateway: HttpMessages) -> None:
    with pytest.raises(PermanentError, match="HTTP 422"):
        gateway.send(letter(mobile="erased"))


def test_the_box_survives_a_restart_and_knows_its_keys(tmp_path: Path) -> None:
    for _ in range(2):
        with sandbox_world(tmp_path) as running:
            again = HttpMessages(message_settings(running.url))
            again.send(letter())
            again.close()
            assert len(kept(running)) == 1


def outbox(world: World, number: str = "") -> str:
    reply = httpx.get(f"{world.url}/__sandbox__/outbox", params={"number": number}).raise_for_status()
    assert reply.headers["content-type"].startswith("text/html")
    return reply.text


def test_the_outbox_shows_both_languages_the_persons_own_first_and_is_no_real_gateway(
    world: World, gateway: HttpMessages
) -> None:
    gateway.send(letter())
    page = outbox(world)
    assert "This is not a real message gateway" in page
    assert "ليست بوابة رسائل حقيقية" in page
    assert page.index("تجديد الإقامة \u2066RN-2222") < page.index("Residency renewal &lt;RN-2222-2222&gt;")
    assert "<script" not in page


def test_the_outbox_is_filtered_by_number_the_newest_first(world: World, gateway: HttpMessages) -> None:
    gateway.send(letter("lapsed:1", "+96550000001"))
    gateway.send(letter("lapsed:2", "+96550000002"))
    gateway.send(letter("lapsed:3", "+96550000002"))
    assert [each["key"] for each in kept(world)] == ["lapsed:3", "lapsed:2", "lapsed:1"]
    assert [each["key"] for each in kept(world, "+965 5000 0002")] == ["lapsed:3", "lapsed:2"]
    page = outbox(world, "50000001")
    assert "+96550000001" in page
    assert "+96550000002" not in page
    assert "No message" in outbox(world, "9999")
