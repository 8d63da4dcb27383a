"""Every question of the work list has words in both languages, and rules; both are data."""

import re
from pathlib import Path

import pytest

from models.errors import RuleBookError
from models.payments import review
from models.payments.review import ClosedBy, ReviewKind, blocking, healing, review_rules, review_words

_ARABIC = re.compile(r"[\u0600-\u06ff]")


def test_every_kind_of_question_says_what_it_is_and_what_to_do_in_both_languages() -> None:
    words = review_words()
    assert set(words) == set(ReviewKind)
    for each in words.values():
        assert each.title_en
        assert each.do_en
        assert _ARABIC.search(each.title_ar)
        assert _ARABIC.search(each.do_ar)


def test_the_rules_of_every_kind_are_those_of_the_house() -> None:
    assert {each.value for each in blocking()} == {
        *("unknown_outcome", "mismatch", "contradiction", "reversed", "not_settled", "external_refund"),
    }
    assert {each.value for each in healing()} == {"unknown_outcome", "not_settled", "refund_unknown"}
    others = {kind.value: rules.closed_by for kind, rules in review_rules().items() if rules.closed_by != "staff"}
    two = ClosedBy.TWO_PERSONS
    after = ClosedBy.AFTER_REFUND
    assert others == {"unknown_outcome": two, "refund_unknown": two, "mismatch": after, "cancelled_paid": after}


def test_a_kind_that_is_only_a_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "reviews.yaml").write_text("{}", "utf-8")
    monkeypatch.setattr(review, "files", lambda _package: tmp_path)
    with pytest.raises(
        RuleBookError, match="nothing about cancelled_paid, contradiction, extended_unpaid, external_refund"
    ):
        review_rules.__wrapped__()
