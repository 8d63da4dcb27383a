"""Every question of the work list has words in both languages."""

import re

from models.payments.review import ReviewKind, review_words

_ARABIC = re.compile(r"[\u0600-\u06ff]")


def test_every_kind_of_question_says_what_it_is_and_what_to_do_in_both_languages() -> None:
    words = review_words()
    assert set(words) == set(ReviewKind)
    for each in words.values():
        assert each.title_en
        assert each.do_en
        assert _ARABIC.search(each.title_ar)
        assert _ARABIC.search(each.do_ar)
