"""Fees beside the residency fee and insurance: one that is collected is a bill, one that is only shown a hint."""

from pathlib import Path
from shutil import copytree

import pytest

from models.errors import InputError
from models.fees.facts import parse_case
from models.fees.quote import quote_fees
from models.money import Money
from models.rules.book import load_rule_book
from models.rules.reading import DATA
from tests.unit.test_rule_book_broken import entry, rewrite

CASE = {"id": "c", "service": "individual", "on": "2026-12-01", "persons": [{"article": 24, "years": 1}]}


def test_a_collected_fee_is_not_left_out_because_a_fact_that_it_depends_on_is_missing(tmp_path: Path) -> None:
    folder = copytree(DATA, tmp_path / "data")
    of_old_people = {"when": {"article": [24], "age": {"min": 60}}, "instrument": "moh_306_2025"}
    rewrite(folder / "other_fees.yaml", entry("other_fees", "civil_id.renewal", **of_old_people))
    assert quote_fees(parse_case(CASE), load_rule_book(folder)).total > Money(0)
    rewrite(folder / "collection.yaml", entry("collections", "collection.civil_id", collected=True))
    with pytest.raises(InputError) as refused:
        quote_fees(parse_case(CASE), load_rule_book(folder))
    assert refused.value.field.endswith("born")
