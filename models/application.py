"""What an applicant hands in: the schema of `application.json`."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.rules.documents import KIND_ID
from models.rules.situation import Relation
from models.service import Language, Service

CivilNumberText = Annotated[str, Field(pattern=r"^[0-9]{12}$", description="Civil number, 12 digits.")]
MrzLine = Annotated[str, Field(pattern=r"^[A-Z0-9<]{44}$", description="One line of the passport zone.")]
FileName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
        description="A file beside application.json, no folders.",
    ),
]
Years = Annotated[int, Field(ge=1, le=15, description="Whole years asked for.")]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DocumentInput(_Input):
    kind: Annotated[str, Field(pattern=KIND_ID, description="A document kind of the rule book.")]
    file: FileName


class PersonInput(_Input):
    """One person whose permit is to be renewed."""

    civil_number: CivilNumberText
    passport_mrz: Annotated[list[MrzLine], Field(min_length=2, max_length=2)]
    article: Annotated[int, Field(ge=14, le=31, description="Article of the residency, e.g. 18.")]
    relation: Annotated[Relation | None, Field(description="To the head of family: spouse, child, other.")] = None
    years: Years
    documents: list[DocumentInput] = []


class ApplicantInput(_Input):
    """Who applies: the resident, the sponsor, the head of family, or the organisation's operator."""

    civil_number: CivilNumberText
    mobile: Annotated[str, Field(pattern=r"^\+965[0-9]{8}$", description="+965 and eight digits.")]


class Application(_Input):
    """One application. `company` and `government` name a spreadsheet of employees instead of persons."""

    service: Service
    language: Language = Language.ARABIC
    applicant: ApplicantInput
    organisation_file: Annotated[
        str | None,
        Field(pattern=r"^[0-9][0-9/-]{0,19}$", description="File number of the company or government body."),
    ] = None
    persons: Annotated[list[PersonInput], Field(max_length=50)] = []
    spreadsheet: FileName | None = None

    @model_validator(mode="after")
    def _persons_or_spreadsheet(self) -> Self:
        if self.service.is_batch:
            if self.spreadsheet is None or self.persons:
                raise ValueError(f"service {self.service} takes its employees from `spreadsheet`; leave `persons` out")
            if self.organisation_file is None:
                raise ValueError(f"service {self.service} needs `organisation_file`, the organisation's file number")
        elif self.spreadsheet is not None or not self.persons:
            raise ValueError(f"service {self.service} needs `persons` (at least one) and no `spreadsheet`")
        return self
