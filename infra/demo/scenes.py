"""What happens in each story of the demo: who applies, for whom, and what the registries say of them."""

from datetime import timedelta
from typing import Final

from infra.demo.cast import Cast
from infra.demo.folder import Folder, fill
from infra.demo.portfolio import Renewal
from infra.sandbox.identities import years_before
from infra.sandbox.people import Specimen
from infra.sandbox.troubles import Trouble
from models.registry import Sex
from models.service import Language, Service

_LONG: Final = timedelta(days=1200)  # a sponsor's own permit outlasts those that rest on it
_DAYS_LATE: Final = timedelta(days=40)
_ARABIC, _ENGLISH = Language.ARABIC, Language.ENGLISH


def worker(cast: Cast) -> Folder:
    return _alone(cast, _uninsured(cast, cast.resident(18)))


def self_sponsor(cast: Cast) -> Folder:
    return _alone(cast, cast.resident(24, age=52), years=2, language=_ENGLISH)


def worker_with_photo(cast: Cast) -> Folder:
    return _alone(cast, cast.resident(18, sex=Sex.FEMALE), service=Service.INDIVIDUAL_PHOTO)


def family(cast: Cast) -> Folder:
    """Insured for exactly the two years that are asked for; the second child is left out."""
    head = _sponsor(cast)
    spouse = cast.resident(22, sponsor=head, relation="spouse", sex=Sex.FEMALE)
    children = [cast.resident(22, sponsor=head, relation="child", age=age) for age in (14, 9, 4)]
    chosen = [_insured(cast, person, years=2) for person in (spouse, children[0], children[2])]
    renewals = [Renewal(person, 2, head) for person in chosen]
    return fill(Service.FAMILY, applicant=head, renewals=renewals, on=cast.on, language=_ARABIC)


def second_helper_of_a_citizen(cast: Cast) -> Folder:
    sponsor = cast.citizen()
    cast.resident(20, sponsor=sponsor, sex=Sex.FEMALE)
    second = cast.resident(20, sponsor=sponsor)
    return _helper(cast, cast.recorded(second, residency={"worker_no": 2}), sponsor=sponsor, language=_ARABIC)


def helper_of_a_resident(cast: Cast) -> Folder:
    sponsor = _sponsor(cast)
    helper = _uninsured(cast, cast.resident(20, sponsor=sponsor, sex=Sex.FEMALE))
    return _helper(cast, helper, sponsor=sponsor, language=_ENGLISH)


def company(cast: Cast) -> Folder:
    """Five employees, of whom one has a work permit that ran out and an unpaid traffic fine."""
    operator = cast.resident(18)
    staff = [_uninsured(cast, cast.resident(18)) for _ in range(5)]
    staff[3] = cast.troubled(staff[3], Trouble.WORK_PERMIT_EXPIRED, Trouble.TRAFFIC_FINES)
    renewals = [Renewal(person, years) for person, years in zip(staff, (1, 1, 2, 1, 3), strict=True)]
    return fill(Service.COMPANY, applicant=operator, renewals=renewals, on=cast.on, language=_ENGLISH)


def government(cast: Cast) -> Folder:
    operator = cast.citizen()
    renewals = [Renewal(cast.resident(17), 1), Renewal(cast.resident(17, sex=Sex.FEMALE), 2)]
    return fill(Service.GOVERNMENT, applicant=operator, renewals=renewals, on=cast.on, language=_ARABIC)


def late_worker(cast: Cast) -> Folder:
    late = cast.recorded(cast.resident(18), residency={"permit_expires": cast.on - _DAYS_LATE})
    return _alone(cast, _uninsured(cast, late))


def blocked_worker(cast: Cast) -> Folder:
    return _alone(cast, cast.troubled(cast.resident(18), Trouble.TRAFFIC_FINES, Trouble.NO_BIOMETRICS))


def _alone(
    cast: Cast,
    person: Specimen,
    *,
    years: int = 1,
    service: Service = Service.INDIVIDUAL,
    language: Language = _ARABIC,
) -> Folder:
    return fill(service, applicant=person, renewals=[Renewal(person, years)], on=cast.on, language=language)


def _helper(cast: Cast, helper: Specimen, *, sponsor: Specimen, language: Language) -> Folder:
    renewals = [Renewal(helper, 1, sponsor)]
    return fill(Service.DOMESTIC_WORKER, applicant=sponsor, renewals=renewals, on=cast.on, language=language)


def _sponsor(cast: Cast) -> Specimen:
    return cast.recorded(cast.resident(18, age=41), residency={"permit_expires": cast.on + _LONG})


def _uninsured(cast: Cast, person: Specimen) -> Specimen:
    """Their health insurance is paid for in the renewal, so that the payment has a line for each ministry."""
    return cast.recorded(person, insurance={"insured_until": None, "receipt_number": None})


def _insured(cast: Cast, person: Specimen, *, years: int) -> Specimen:
    residency = person.resident.residency
    if residency is None:
        raise LookupError("a citizen has no residency to insure")
    until = years_before(residency.permit_expires, -years)
    return cast.recorded(person, insurance={"insured_until": until})
