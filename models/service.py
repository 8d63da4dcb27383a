"""The six services that a renewal can be applied for."""

from enum import StrEnum


class Service(StrEnum):
    INDIVIDUAL = "individual"
    INDIVIDUAL_PHOTO = "individual_photo"
    FAMILY = "family"
    DOMESTIC_WORKER = "domestic_worker"
    COMPANY = "company"
    GOVERNMENT = "government"

    @property
    def is_batch(self) -> bool:
        """An organisation's operator hands in many employees at once; each becomes a case of its own."""
        return self in {Service.COMPANY, Service.GOVERNMENT}


class Language(StrEnum):
    ARABIC = "ar"
    ENGLISH = "en"
