"""Which days of a gateway's list are read again when staff name none."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from tasks import reconciliation


def test_the_five_days_before_today_in_kuwait_and_three_long_past(monkeypatch: pytest.MonkeyPatch) -> None:
    late = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)  # half past one on the 25th in Kuwait
    monkeypatch.setattr(reconciliation, "ports", lambda: SimpleNamespace(now=lambda: late))
    long_past = [date(2026, 10, 26), date(2026, 11, 11), date(2026, 11, 18)]
    assert reconciliation.recent_days() == [*long_past, *(date(2026, 11, day) for day in range(20, 25))]
