"""References are read aloud, typed again, and never guessed."""

import re

import pytest

from infra.references import ALPHABET, new_reference


@pytest.mark.parametrize("prefix", ["RN", "BT"])
def test_a_reference_is_a_prefix_and_two_groups_of_four(prefix: str) -> None:
    assert re.fullmatch(rf"{prefix}-[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", new_reference(prefix))


def test_no_character_is_mistaken_for_another() -> None:
    assert not set(ALPHABET) & set("01ILOU")
    assert ALPHABET.isupper()
    assert len(set(ALPHABET)) == len(ALPHABET)


def test_references_do_not_repeat_or_count() -> None:
    references = [new_reference("RN") for _ in range(500)]
    assert len(set(references)) == 500
    assert references != sorted(references)


def test_every_character_of_the_alphabet_is_used() -> None:
    letters = "".join(new_reference("RN")[3:].replace("-", "") for _ in range(1000))
    assert set(letters) == set(ALPHABET)
