"""Does what was handed in agree with the registries? The passport's zone, the article, the relation."""

import re
from datetime import date
from typing import Final

from models.checks.facts import Detail
from models.checks.look import PersonLook, found, shown_date
from models.mrz import Passport
from models.rules.situation import Relation

_APOSTROPHES: Final = re.compile(r"['’`]")  # ICAO 9303 part 3, 4.6: left out; every other mark becomes a filler

# The residency registry keeps three relations; an application may be more exact.
_REGISTERED_AS: Final[dict[str, str]] = {
    Relation.PARENT: Relation.OTHER,
    Relation.CHILD_OF_NATURALISED_MOTHER: Relation.CHILD,
}


def civil_record_missing(look: PersonLook) -> Detail | None:
    return found(look.records.civil is None)


def residency_record_missing(look: PersonLook) -> Detail | None:
    return found(look.records.residency is None)


def passport_mismatch_civil(look: PersonLook) -> Detail | None:
    civil = look.records.civil
    return found(civil is not None and not _same_number(civil.passport_number, look.person.passport.number))


def passport_mismatch(look: PersonLook) -> Detail | None:
    residency = look.records.residency
    return found(residency is not None and not _same_number(residency.passport_number, look.person.passport.number))


def birth_date_mismatch(look: PersonLook) -> Detail | None:
    civil = look.records.civil
    return found(civil is not None and _printed(civil.born) != _printed(look.person.passport.born))


def sex_mismatch(look: PersonLook) -> Detail | None:
    civil, printed = look.records.civil, look.person.passport.sex
    return found(civil is not None and printed is not None and civil.sex is not printed)


def nationality_mismatch(look: PersonLook) -> Detail | None:
    civil = look.records.civil
    return found(civil is not None and civil.nationality.rstrip("<") != look.person.passport.nationality)


def latin_name_mismatch_civil(look: PersonLook) -> Detail | None:
    civil = look.records.civil
    return found(civil is not None and not same_name(civil.name_latin, look.person.passport))


def latin_name_mismatch(look: PersonLook) -> Detail | None:
    residency = look.records.residency
    return found(residency is not None and not same_name(residency.name_latin, look.person.passport))


def article_mismatch(look: PersonLook) -> Detail | None:
    residency, asked = look.records.residency, look.person.article
    if residency is None:
        return None
    return found(residency.article != asked, asked=asked, registered=residency.article)


def relation_mismatch(look: PersonLook) -> Detail | None:
    residency, asked = look.records.residency, look.person.relation
    if residency is None or residency.relation is None or asked is None:
        return None
    registered = residency.relation
    return found(_REGISTERED_AS.get(registered, registered) != _REGISTERED_AS.get(asked, asked))


def passport_expired(look: PersonLook) -> Detail | None:
    expires = look.person.passport.expires
    return found(expires < look.on, expired_on=shown_date(expires))


def same_name(registered: str, passport: Passport) -> bool:
    """The same words in any order: registries put given names first. A cut zone may lack the end of the name."""
    words = re.findall(r"[A-Z]+", _APOSTROPHES.sub("", registered.upper()))
    printed = f"{passport.surname} {passport.given_names}".split()
    if not passport.name_is_cut:
        return sorted(words) == sorted(printed)
    *whole, cut = printed
    for word in whole:
        if word not in words:
            return False
        words.remove(word)
    return any(word.startswith(cut) for word in words)


def _same_number(registered: str, printed: str) -> bool:
    return re.sub(r"[^A-Z0-9]", "", registered.upper()) == printed


def _printed(born: date) -> tuple[int, int, int]:
    """A zone carries two digits of the year: somebody over a hundred must not seem a newborn."""
    return born.year % 100, born.month, born.day
