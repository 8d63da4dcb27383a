"""The two gateways as the machine meets them: what each can do, how its sandbox is told, what its notices look like."""

from datetime import date
from typing import Any, Final, Protocol

import httpx
from hypothesis import strategies as st

from infra.gateway import PaymentGateway
from infra.gateway.knet import KnetGateway
from infra.gateway.tap import TapGateway
from infra.payments.reconciling import import_settlement
from infra.payments.reconciling.importing import import_listing
from infra.wiring import Ports
from models.payments.attempt import PaymentAttempt
from tests.money.notice_bodies import KNET_WORDS, TAP_WORDS, Notice, knet_notice, tap_notice
from tests.money.scripts import knet_script, knet_scripts
from tests.money.tap_scripts import tap_script, tap_scripts
from tests.sandbox_world import knet_settings
from tests.tap_world import tap_settings

READER: Final = "reader"
"""Who takes in what the bank shows of a day."""


class Side(Protocol):
    """`controls` is where its sandbox is told what happens; `words` are the results that a notice may bear."""

    name: str
    controls: str
    words: tuple[str, ...]

    @property
    def scripts(self) -> st.SearchStrategy[dict[str, Any]]: ...

    def adapter(self, url: str, client: httpx.Client) -> PaymentGateway: ...

    def script(self, script: dict[str, Any], fils: int) -> dict[str, Any]:
        """As the sandbox reads it, for a payment of so many fils."""

    def first_answers(self, script: dict[str, Any]) -> dict[str, Any]:
        """What of the script is played before the payment has a name."""

    def credentials(self, *, good: bool) -> tuple[str, dict[str, bool]]:
        """The control that makes them so."""

    def notice(self, attempt: PaymentAttempt, word: str, *, fils: int, mark: str) -> Notice: ...

    def acknowledgement(self, address: str) -> bytes:
        """The whole answer to a notice; `address` is where the payer goes."""

    def read_day(self, ports: Ports, day: date, *, bank: str, browser: httpx.Client) -> None:
        """What the bank shows of a day that is over, taken in."""


class Knet:
    """Its notice names the address of the payer's way back; of a refund it is asked once; its days come as files."""

    name = "knet"
    controls = ""
    words = KNET_WORDS

    @property
    def scripts(self) -> st.SearchStrategy[dict[str, Any]]:
        return knet_scripts()

    def adapter(self, url: str, client: httpx.Client) -> PaymentGateway:
        return KnetGateway(knet_settings(url), client=client)

    def script(self, script: dict[str, Any], fils: int) -> dict[str, Any]:
        return knet_script(script, fils)

    def first_answers(self, script: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - nothing is sent
        return {}

    def credentials(self, *, good: bool) -> tuple[str, dict[str, bool]]:
        return "terminal", {"expired": not good}

    def notice(self, attempt: PaymentAttempt, word: str, *, fils: int, mark: str) -> Notice:
        return knet_notice(attempt, word, fils=fils, mark=mark)

    def acknowledgement(self, address: str) -> bytes:
        return f"REDIRECT={address}".encode()

    def read_day(self, ports: Ports, day: date, *, bank: str, browser: httpx.Client) -> None:
        data = browser.get(f"{bank}/__sandbox__/settlement/{day}.csv").raise_for_status().content
        import_settlement(ports, gateway=self.name, profile="sandbox_knet", name=f"{day}.csv", data=data, actor=READER)


class Tap:
    """A charge is made before the payer sets out, a refund may be sent again for a day, and a day is a list."""

    name = "tap"
    controls = "tap/"
    words = TAP_WORDS

    @property
    def scripts(self) -> st.SearchStrategy[dict[str, Any]]:
        return tap_scripts()

    def adapter(self, url: str, client: httpx.Client) -> PaymentGateway:
        return TapGateway(tap_settings(url), client=client)

    def script(self, script: dict[str, Any], fils: int) -> dict[str, Any]:  # noqa: ARG002 - sums are relative there
        return tap_script(script)

    def first_answers(self, script: dict[str, Any]) -> dict[str, Any]:
        return {"create": script["create"]} if script.get("create") else {}

    def credentials(self, *, good: bool) -> tuple[str, dict[str, bool]]:
        return "tap/key", {"revoked": not good}

    def notice(self, attempt: PaymentAttempt, word: str, *, fils: int, mark: str) -> Notice:
        return tap_notice(attempt, word, fils=fils, mark=mark)

    def acknowledgement(self, address: str) -> bytes:  # noqa: ARG002 - Tap sends the payer back by itself
        return b""

    def read_day(self, ports: Ports, day: date, *, bank: str, browser: httpx.Client) -> None:  # noqa: ARG002
        import_listing(ports, gateway=self.name, day=day, actor=READER)


SIDES: Final[dict[str, Side]] = {"knet": Knet(), "tap": Tap()}
