"""The arithmetic of a line, in words of both languages. Years follow a colon: Arabic needs no plural then."""

from dataclasses import dataclass

from models.money import Money
from models.rules.rule import Exemption, Fine


@dataclass(frozen=True, slots=True)
class Explanation:
    en: str
    ar: str


def by_years(yearly: Money, years: int) -> Explanation:
    unit = "year" if years == 1 else "years"
    return Explanation(
        en=f"{yearly.english} a year × {years} {unit}",
        ar=f"{yearly.arabic} عن كل سنة، عدد السنوات: {years}",
    )


def once(amount: Money) -> Explanation:
    return Explanation(en=f"{amount.english} for each renewal", ar=f"{amount.arabic} عن كل تجديد")


def exempt(exemption: Exemption) -> Explanation:
    return Explanation(en=f"free of charge by {exemption.id}", ar=f"معفى من الرسم بموجب {exemption.id}")


def late(fine: Fine, days: int) -> Explanation:
    """Shows the rates, and that the cap was reached where it was."""
    capped = fine.uncapped(days) > fine.cap
    first, beyond = min(days, fine.first_days), max(0, days - fine.first_days)
    en = f"days late: {days}; {fine.first_rate.english} a day × {first}"
    ar = f"أيام التأخير: {days}؛ {fine.first_rate.arabic} عن كل يوم × {first}"
    if beyond:
        en += f" + {fine.after_rate.english} a day × {beyond}"
        ar += f" + {fine.after_rate.arabic} عن كل يوم × {beyond}"
    if capped:
        en += f", capped at {fine.cap.english}"
        ar += f"، بحد أقصى {fine.cap.arabic}"
    return Explanation(en=en, ar=ar)
