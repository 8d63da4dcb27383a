"""A file of a great day: its totals are greater than any one payment can be."""

from infra.payments.reconciling import import_settlement
from models.money import Money
from models.payments.review import ReviewItem
from models.payments.settlement_file import SettlementFile
from tests.world import World

_HEAD = "Post Date,Type,Status,Amount,Fee,Payment ID,Track ID,Tran ID,Reference ID,Auth Code,Terminal,UDF5"
_LINES = 3
_GREATEST = "999999.999"


def _file() -> bytes:
    lines = [f"22/11/2026,Sale,Posted,{_GREATEST},0.150,{n},TRACK{n},20{n},30{n},A1,900001," for n in range(_LINES)]
    captures, fees = Money.parse(_GREATEST) * _LINES, Money(150) * _LINES
    total = f"TOTAL,{captures},0.000,{fees},{captures - fees}"
    return "\r\n".join([_HEAD, *lines, total, ""]).encode()


def test_the_file_of_a_day_of_three_million_dinars_is_taken_in(world: World) -> None:
    report = import_settlement(
        world.ports, gateway="knet", profile="sandbox_knet", name="2026-11-22.csv", data=_file(), actor="tester"
    )
    assert report.totals_agree
    [kept] = world.rows(SettlementFile)
    assert (kept.captures_fils, kept.net_fils) == (2_999_999_997, 2_999_999_547)
    assert len(world.rows(ReviewItem)) == _LINES  # nobody's money: staff are asked about each
