"""Taking in an application: checked field by field, then stored whole, or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass

from infra.clock import kuwait_date
from infra.database import unit_of_work
from infra.intake.checking import check
from infra.intake.drafting import draft_cases
from infra.intake.reading import read_application, read_persons
from infra.intake.storing import in_quarantine
from infra.intake.writing import refuse_open_cases, write
from infra.wiring import Ports
from models.case import Channel


@dataclass(frozen=True, slots=True)
class Submitted:
    """What was taken in: one case, or one case a row of the spreadsheet."""

    references: list[str]
    batch_reference: str | None


def submit(ports: Ports, files: Mapping[str, bytes], *, channel: Channel) -> Submitted:
    """Take in `application.json` and the files that it names.

    Nothing is stored when a field is wrong or a renewal is under way: InputError names it and the remedy. The files go
    into quarantine first, then all rows in one transaction; when that refuses, because another application was quicker,
    the files go again. A crash between leaves no half application, and files that no row names; `retain` sweeps those.
    """
    now = ports.now()
    application = read_application(files)
    persons = read_persons(application, files)
    check(application, persons, files, limits=ports.settings.uploads, on=kuwait_date(now))
    drafts = draft_cases(application, persons, files)
    with unit_of_work(ports.engine) as session:
        refuse_open_cases(session, drafts)
    papers = {each.quarantine_key: each.data for draft in drafts for each in draft.documents}
    with in_quarantine(ports.store, papers), unit_of_work(ports.engine) as session:
        cases, batch = write(session, application, drafts, channel=channel, now=now)
        return Submitted([case.reference for case in cases], batch.reference if batch else None)
