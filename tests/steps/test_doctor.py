"""`manage.py doctor` over a database: what is stopped is no tick."""

from typing import Any

from infra.doctor import examine
from infra.payments.pauses import lift_by_staff, pause_by_staff
from tests.world import World


def payments(world: World) -> dict[str, Any]:
    [finding] = [each for each in examine(world.ports) if each["part"] == "payments"]
    return finding


def test_a_paused_gateway_is_named_with_since_when_by_whom_why_and_how_it_ends(world: World) -> None:
    name = world.ports.gateway.name
    assert payments(world) == {"part": "payments", "ok": True, "says": f"{name}: payers are taken"}
    pause_by_staff(world.ports, name, actor="sara", reason="maintenance at the bank")
    paused = payments(world)
    assert not paused["ok"]
    assert f"{name} is paused since 23/11/2026 11:00 by sara: maintenance at the bank" in paused["says"]
    assert f"payments resume {name} --reason TEXT --as NAME" in paused["says"]
    lift_by_staff(world.ports, name, actor="sara", reason="the bank is back")
    assert payments(world)["ok"]
