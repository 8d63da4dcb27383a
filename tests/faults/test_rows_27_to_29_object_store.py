"""Rows 27 to 29 of the fault matrix: a real MinIO that is down, busy, slow, frozen, or whose answer gets lost."""

import time
from contextlib import suppress
from functools import partial
from uuid import UUID

import pytest
import typer

from infra.command_line import plain_errors
from infra.errors import TransientError
from infra.storage import minio_store
from models.case import Case, CaseStatus
from models.document import Document
from tests.cutting_proxy import CuttingProxy
from tests.racing import at_once
from tests.stack_fixtures import soon
from tests.stored import Stored

BUSY = (
    b"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: 46\r\nConnection: close\r\n\r\n"
    b"<Error><Code>SlowDownRead</Code></Error>      "
)


def test_row_27_while_the_store_is_down_no_upload_is_taken_in_and_the_applicant_is_told_to_try_again(
    stored: Stored, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is acknowledged and no row is written; the same application is taken in whole afterwards."""
    draft = stored.world.draft()
    with stored.down(), pytest.raises(typer.Exit) as left, plain_errors():
        stored.world.submit(draft)
    assert left.value.exit_code == 3
    said = capsys.readouterr().err
    assert "the object store cannot be reached" in said
    assert "try again in a minute" in said
    assert stored.world.rows(Case) == []
    stored.world.ports.store.check()
    assert len(stored.world.submitted(draft)) == 1


def test_row_27_receipt_waits_for_the_store_and_is_issued_under_the_same_number(stored: Stored) -> None:
    """The step says TransientError, so its run tries again; readers of other receipts are asked to come back."""
    case_id = stored.world.at(CaseStatus.EXTENDED)
    other = stored.world.at(CaseStatus.COMPLETED)
    page = stored.receipt_page
    issued = stored.site.get(page).content
    with stored.down():
        with pytest.raises(TransientError):
            stored.world.step(case_id)
        waiting = stored.site.get(page)
        assert (waiting.status_code, waiting.headers["retry-after"]) == (503, "60")
    assert stored.world.status(case_id) is CaseStatus.EXTENDED
    [number] = [each.number for each in stored.receipts if each.case_id == case_id]
    assert soon(lambda: stored.site.get(page).status_code == 200)
    assert stored.world.step(case_id) is CaseStatus.COMPLETED
    assert [each.number for each in stored.receipts if each.case_id == case_id] == [number]
    assert stored.site.get(page).content == issued
    assert {each.case_id for each in stored.receipts} == {case_id, other}


def test_row_27_store_that_answers_503_is_trouble_and_a_slow_one_is_waited_for(
    stored: Stored, store_proxy: CuttingProxy
) -> None:
    case_id = stored.world.at(CaseStatus.IDENTIFIED)
    store_proxy.instead = BUSY
    with pytest.raises(TransientError):
        stored.world.step(case_id)
    assert stored.world.status(case_id) is CaseStatus.IDENTIFIED
    store_proxy.instead, store_proxy.delay = b"", 0.1
    assert stored.world.step(case_id) is CaseStatus.DOCUMENTED


def done(stored: Stored, case_id: UUID) -> bool:
    with suppress(TransientError):
        return stored.world.step(case_id) is CaseStatus.COMPLETED
    return False


def test_row_28_frozen_store_holds_nobody_longer_than_ten_seconds_and_then_nobody_at_all(stored: Stored) -> None:
    """SIGSTOP. Measured: three callers at once give up after 8 s; the breaker then refuses the next without asking.

    After SIGCONT and the pause of the breaker (5 s) the step is done as if nothing had been.
    """
    case_id = stored.world.at(CaseStatus.EXTENDED)
    with stored.frozen():
        began = time.monotonic()
        calls = [partial(stored.world.ports.store.exists, f"receipts/{number}.pdf") for number in range(2)]
        ended = at_once(partial(stored.world.step, case_id), *calls)
        assert time.monotonic() - began < 10
        assert [type(each) for each in ended] == [TransientError] * 3
        began = time.monotonic()
        with pytest.raises(TransientError, match="left alone"):
            stored.world.ports.store.exists("receipts/1.pdf")
        assert time.monotonic() - began < 0.5
    assert soon(lambda: done(stored, case_id), seconds=minio_store._PAUSE_SECONDS + 5)
    assert len(stored.keys("receipts/")) == 1


@pytest.mark.parametrize("here", [CaseStatus.IDENTIFIED, CaseStatus.EXTENDED])
def test_row_29_object_whose_answer_was_lost_is_put_again_under_the_same_key_and_is_one(
    stored: Stored, store_proxy: CuttingProxy, here: CaseStatus
) -> None:
    """The connection is reset after the whole body was sent: the object is there or not. One object, one version."""
    case_id = stored.world.at(here)
    with store_proxy.cutting(b"PUT /") as cut, pytest.raises(TransientError):
        stored.world.step(case_id)
    assert cut.done == 1
    assert stored.world.status(case_id) is here
    assert stored.world.step(case_id) is not here
    if here is CaseStatus.EXTENDED:
        assert stored.keys("receipts/") == [stored.receipt.object_key]
    else:
        documents = stored.world.rows(Document, case_id=case_id)
        assert sorted(stored.keys("documents/")) == sorted(each.object_key or "" for each in documents)
