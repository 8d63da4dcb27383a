"""The staff's guide: every picture that it shows is there, small, and taken by the script; what it names exists."""

import re
from typing import Final

import pytest

from flows.deployments import DEPLOYMENTS
from models.case import CaseStatus
from models.service import Service
from tests.checkout import CHECKOUT

GUIDE: Final = (CHECKOUT / "docs" / "operations.md").read_text("utf-8")
PICTURES: Final = re.findall(r"!\[[^\]]+\]\(images/(operations-[a-z]+\.png)\)", GUIDE)
SHOTS: Final = (CHECKOUT / "tests" / "pictures" / "shots.py").read_text("utf-8")


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_there_and_small(name: str) -> None:
    assert 1_000 < (CHECKOUT / "docs" / "images" / name).stat().st_size < 150_000


def test_the_pictures_shown_are_those_that_the_script_takes() -> None:
    taken = [f"operations-{each}.png" for each in re.findall(r'camera\.take\(\s*"([a-z]+)"', SHOTS)]
    assert sorted(PICTURES) == sorted(taken)
    assert sorted(each.name for each in (CHECKOUT / "docs" / "images").glob("operations-*")) == sorted(taken)


def test_at_least_ten_situations_each_have_a_picture() -> None:
    sections = re.split(r"^## \d+\. ", GUIDE, flags=re.MULTILINE)[1:]
    assert len(sections) >= 10
    assert all("![" in each for each in sections)


def test_what_staff_are_told_to_open_exists() -> None:
    assert {each.name for each in DEPLOYMENTS} - {"renewal"} <= set(re.findall(r"`([a-z]+)`", GUIDE))
    assert {each.value for each in Service} <= set(re.findall(r"`([a-z_]+)`", GUIDE))
    assert set(re.findall(r"`([a-z]+_[a-z]+)`", GUIDE)) <= {*CaseStatus, *Service, "most_urgent", "staff_alert"}
