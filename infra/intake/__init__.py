"""Taking in an application: checked field by field, then stored whole, or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass

from infra.clock import kuwait_date
from infra.database import unit_of_work
from infra.intake.checking import check
from infra.intake.drafting import draft_cases
from infra.intake.reading import read_application, read_persons
from infra.intake.writing import write
from infra.wiring import Ports
from models.case import Channel


@dataclass(frozen=True, slots=True)
class Submitted:
    """What was taken in: one case, or one case a row of the spreadsheet."""

    references: list[str]
    batch_reference: str | None


def submit(ports: Ports, files: Mapping[str, bytes], *, channel: Channel) -> Submitted:
    """Take in `application.json` and the files that it names.

    Nothing is stored when a field is wrong: InputError names it and the remedy. The files go into quarantine first,
    then all rows in one transaction; a crash between leaves unreferenced objects and no half application.
    """
    now = ports.now()
    application = read_application(files)
    persons = read_persons(application, files)
    check(application, persons, files, limits=ports.settings.uploads, on=kuwait_date(now))
    drafts = draft_cases(application, persons, files)
    for draft in drafts:
        for document in draft.documents:
            ports.store.put(document.quarantine_key, document.data, media_type="application/octet-stream")
    with unit_of_work(ports.engine) as session:
        cases, batch = write(session, application, drafts, channel=channel, now=now)
        return Submitted([case.reference for case in cases], batch.reference if batch else None)
