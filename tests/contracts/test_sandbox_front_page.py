"""The sandbox's first page says what is here, in both languages, and what it links to answers."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from infra.clock import KUWAIT, now
from infra.sandbox.choices import CHOICES
from tests.sandbox_world import World, sandbox_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with sandbox_world(tmp_path) as running:
        yield running


def test_first_page_says_in_both_languages_what_it_is_not(world: World) -> None:
    page = httpx.get(world.url)
    assert page.status_code == 200
    assert "neither a bank nor a ministry" in page.text
    assert "ليست بنكًا ولا وزارة" in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_whatever_the_first_page_links_to_answers(world: World) -> None:
    linked = re.findall(r'href="([^"]+)"', httpx.get(world.url).text)
    assert len(linked) == 5
    assert [httpx.get(f"{world.url}{each}").status_code for each in linked] == [200] * len(linked)


def test_first_page_links_what_people_were_told_in_both_languages(world: World) -> None:
    page = httpx.get(world.url).text
    [entry] = [each for each in page.split("<li>") if 'href="/__sandbox__/outbox"' in each]
    assert "What people were told" in entry
    assert "ما أُبلغ به الأشخاص" in entry


def test_settlement_file_that_it_links_to_is_that_of_the_banks_day(world: World) -> None:
    request = world.pay()
    [link] = re.findall(r'href="([^"]+\.csv)"', httpx.get(world.url).text)
    assert request.trackid in httpx.get(f"{world.url}{link}").text
    world.advance(timedelta(days=40))
    later = (now() + timedelta(days=40)).astimezone(KUWAIT)
    assert f"{later:%d/%m/%Y}" in httpx.get(world.url).text
    assert link not in httpx.get(world.url).text


def test_first_page_counts_the_people(world: World) -> None:
    [before] = re.findall(r"People</span></dt><dd>(\d+)<", httpx.get(world.url).text)
    assert before == "0"


def test_every_choice_of_what_happens_is_in_both_languages(world: World) -> None:
    shown = httpx.get(world.merchant.gateway.prepare(world.merchant.request()).url).text
    for choice in CHOICES.values():
        assert f">{choice.english}<" in shown
        assert f">{choice.arabic}<" in shown
