"""The error codes that the sandbox's KNET answers with, each with our own words in both languages."""

from enum import StrEnum
from typing import Self

from infra.errors import PermanentError


class Code(StrEnum):
    """`english` and `arabic` say it to the person at the page."""

    english: str
    arabic: str

    def __new__(cls, code: str, english: str, arabic: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.english = english
        member.arabic = arabic
        return member

    RESPONSE_URL = "IPAY0100002", "The response address is not valid.", "عنوان الرد غير صالح."
    ERROR_URL = "IPAY0100004", "The error address is not valid.", "عنوان الخطأ غير صالح."
    REQUEST = "IPAY0100013", "The request is not valid.", "الطلب غير صالح."
    PASSWORD = "IPAY0100015", "The terminal password is wrong.", "كلمة مرور الجهاز غير صحيحة."
    EXPIRED = "IPAY0100018", "The terminal password has expired.", "انتهت صلاحية كلمة مرور الجهاز."
    AMOUNT = "IPAY0100024", "The amount is not valid.", "المبلغ غير صالح."
    IN_PROGRESS = "IPAY0100040", "This payment is open in another window.", "عملية الدفع هذه مفتوحة في نافذة أخرى."
    TIME_LIMIT = "IPAY0100042", "The time to pay has passed.", "انتهت المهلة المحددة للدفع."
    STATUS = "IPAY0100055", "This payment has ended already.", "انتهت عملية الدفع هذه من قبل."
    ACTION = "IPAY0100057", "This terminal does not support the action.", "هذا الجهاز لا يدعم العملية المطلوبة."
    INQUIRY_AMOUNT = "IPAY0100062", "The amount is not that of the payment.", "المبلغ لا يطابق مبلغ العملية."
    DUPLICATE = "IPAY0100114", "This payment number was used before.", "رقم العملية مستخدم من قبل."
    ORIGINAL = "IPAY0100115", "This payment cannot be refunded.", "لا يمكن رد مبلغ هذه العملية."
    OVER_REFUND = "IPAY0100137", "The refund is greater than what is left.", "مبلغ الرد أكبر من المبلغ المتبقي."
    TRANDATA = "IPAY0100176", "The request cannot be decrypted.", "تعذر فك تشفير الطلب."
    TERMINAL = "IPAY0100215", "There is no such terminal.", "لا يوجد جهاز بهذا الرقم."
    RESPONSE_DOWN = (
        "IPAY0100249",
        "The merchant did not confirm; the amount was returned to the card.",
        "لم يؤكد التاجر العملية، وأعيد المبلغ إلى البطاقة.",
    )
    NOT_FOUND = "IPAY0100263", "There is no such transaction.", "لا توجد عملية بهذه البيانات."


class KnetRefusalError(PermanentError):
    def __init__(self, code: Code) -> None:
        super().__init__(code.value)
        self.code = code
