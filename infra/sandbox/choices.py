"""The buttons of the hosted page by which a person chooses what the bank shall do."""

from dataclasses import dataclass

from infra.sandbox.scenario import Later, Notify, Script

_SOON = 60


@dataclass(frozen=True, slots=True)
class Choice:
    """`script` takes the place of whatever was scripted for the payment."""

    english: str
    arabic: str
    script: Script


CHOICES = {
    "approve": Choice("Approved", "قبول", Script(result="CAPTURED")),
    "decline": Choice("Declined", "رفض", Script(result="NOT CAPTURED", auth_resp_code="05")),
    "no_funds": Choice("Insufficient funds", "رصيد غير كافٍ", Script(result="NOT CAPTURED", auth_resp_code="51")),
    "late_capture": Choice(
        "No answer from the card’s bank; captured a minute later",
        "لا رد من بنك البطاقة، ثم قبول بعد دقيقة",
        Script(result="HOST TIMEOUT", becomes=Later(result="CAPTURED", after_seconds=_SOON)),
    ),
    "late_decline": Choice(
        "No answer from the card’s bank; declined a minute later",
        "لا رد من بنك البطاقة، ثم رفض بعد دقيقة",
        Script(result="HOST TIMEOUT", becomes=Later(result="NOT CAPTURED", after_seconds=_SOON)),
    ),
    "suspected": Choice(
        "No answer from the card’s bank; reversed, and only the settlement file shows it",
        "لا رد من بنك البطاقة، ثم عكس لا يظهر إلا في كشف التسوية",
        Script(result="HOST TIMEOUT", becomes=Later(result="SUSPECTED", after_seconds=0)),
    ),
    "lost": Choice(
        "Captured; the message to the merchant is lost",
        "قبول مع ضياع الرسالة إلى التاجر",
        Script(result="CAPTURED", notify=Notify(times=0)),
    ),
    "unconfirmed": Choice(
        "Captured; the merchant’s confirmation is lost, so the money goes back",
        "قبول مع ضياع تأكيد التاجر، فيُعاد المبلغ",
        Script(result="CAPTURED", ack="cut"),
    ),
    "repeated": Choice(
        "Captured; the merchant is told three times at once",
        "قبول مع إبلاغ التاجر ثلاث مرات معًا",
        Script(result="CAPTURED", notify=Notify(times=3, concurrent=True)),
    ),
    "contradicted": Choice(
        "Captured; the merchant is told the opposite too",
        "قبول مع إبلاغ التاجر بالعكس أيضًا",
        Script(result="CAPTURED", notify=Notify(contradict="after")),
    ),
    "less": Choice(
        "Captured, but 1.000 only", "قبول بمبلغ 1.000 فقط", Script(result="CAPTURED", captured_amount="1.000")
    ),
    "reversed": Choice(
        "Captured; the settlement file shows it reversed",
        "قبول، ثم يظهر معكوسًا في كشف التسوية",
        Script(result="CAPTURED", settlement=("reversed",)),
    ),
}
