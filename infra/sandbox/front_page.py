"""The sandbox's first page: what is here, for a person who opens its address in a browser."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from infra.clock import KUWAIT
from infra.sandbox.books import posting_day
from infra.sandbox.pages import page
from infra.sandbox.settings import TEST_CARD, SandboxSettings


@dataclass(frozen=True, slots=True)
class Place:
    """An address here, and what it is for; one that begins with POST or DELETE is for scripts, not for a browser."""

    address: str
    english: str
    arabic: str

    @property
    def opens(self) -> bool:
        return self.address.startswith("/")


def front_page(settings: SandboxSettings, *, now: Callable[[], datetime], people: Callable[[], int]) -> APIRouter:
    """`now` is the time of the bank’s books, `people` counts whom the registries know."""
    router = APIRouter()

    def show() -> HTMLResponse:
        local = now().astimezone(KUWAIT)
        return page(
            "front.html",
            arabic=True,
            clock=f"{local:%d/%m/%Y %H:%M}",
            people=people(),
            card=TEST_CARD,
            expiry=settings.capture_expiry,
            places=_places(posting_day(local, cut_off=settings.cut_off)),
        )

    router.add_api_route("/", show, methods=["GET"])
    return router


def _places(today: date) -> list[Place]:
    return [
        Place(
            "/__sandbox__/ledger", "The bank’s books: what really became of every payment", "دفاتر البنك: مصير كل عملية"
        ),
        Place(
            f"/__sandbox__/settlement/{today}.csv",
            "Settlement file of today, as the bank writes it; any other day has its own address",
            "كشف التسوية لهذا اليوم، ولكل يوم عنوانه",
        ),
        Place(
            "/__sandbox__/outbox",
            "What people were told: every message, to read by number",
            "ما أُبلغ به الأشخاص: كل الرسائل، وتُقرأ بحسب رقم الهاتف",
        ),
        Place("/__sandbox__/messages", "The same messages, for programs", "الرسائل نفسها للبرامج"),
        Place("/__sandbox__/clock", "The bank’s clock", "ساعة البنك"),
        Place("POST /__sandbox__/clock", "Move the clock ahead", "تقديم الساعة"),
        Place(
            "POST /__sandbox__/scenarios",
            "Script what happens to a payment; DELETE forgets the scripts",
            "كتابة ما سيحدث لعملية دفع، والحذف يزيل ما كُتب",
        ),
        Place(
            "POST /__sandbox__/deliver/TRACKID",
            "Send a payment’s result that was held back, or once more",
            "إرسال نتيجة عملية دفع محتجزة، أو إرسالها مجددًا",
        ),
        Place(
            "POST /__sandbox__/portal/refunds",
            "Return money by the bank’s own staff; portal/sales makes a payment that nobody asked for",
            "إعادة مبلغ من موظفي البنك، ويُنشئ portal/sales عملية لم يطلبها أحد",
        ),
        Place(
            "POST /__sandbox__/faults",
            "Trouble at a rate, from one seed; terminal: an expired password",
            "أعطال بمعدل محدد، أو انتهاء كلمة مرور الجهاز",
        ),
        Place(
            "POST /__sandbox__/messages/trouble",
            "A message gateway that is down, or loses its answers",
            "بوابة رسائل متوقفة أو تضيع إجاباتها",
        ),
        Place(
            "POST /__sandbox__/people", "Tell the registries about synthetic people", "إضافة أشخاص وهميين إلى السجلات"
        ),
    ]
