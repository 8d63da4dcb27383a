"""What staff see of a case on its run's page: written anew at each stop of the run, under the same key."""

from uuid import UUID

import httpx
import structlog
from prefect.artifacts import acreate_markdown_artifact

from tasks.case_page import CasePage, case_page
from tasks.step import patiently

_log = structlog.get_logger()


async def publish_case_artifact(case_id: UUID) -> None:
    """Write the case's page anew; a page is no reason to fail a run.

    The key is the case's reference, so that Prefect keeps the earlier pages as its history.
    """
    page: CasePage = await patiently(case_page, case_id)
    try:
        await acreate_markdown_artifact(key=page.key, markdown=page.markdown, description=page.summary)
    except httpx.HTTPError as error:
        _log.warning("artifact_not_written", case_id=str(case_id), reason=type(error).__name__)
