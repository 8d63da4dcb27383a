"""Row 30 of the fault matrix: a stored object whose bits flipped, which was cut short, or is gone."""

from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from infra.errors import PermanentError
from infra.scrubbing import Scrubbed, scrub
from models.case import CaseStatus
from models.document import Document, DocumentState
from tests.stored import Stored

Damage = Callable[[Stored, str, bytes], None]


def flip(stored: Stored, key: str, data: bytes) -> None:
    stored.overwrite(key, data[:40] + bytes([data[40] ^ 1]) + data[41:])


def truncate(stored: Stored, key: str, data: bytes) -> None:
    stored.overwrite(key, data[:-1])


def remove(stored: Stored, key: str, data: bytes) -> None:
    assert data
    stored.remove(key)


DAMAGES = pytest.mark.parametrize("damage", [flip, truncate, remove])


def content(stored: Stored, key: str) -> bytes:
    found: bytes = stored.behind_our_back.get_object(stored.settings.bucket, key).read()
    return found


@DAMAGES
def test_row_30_damaged_receipt_is_shown_to_nobody_and_staff_are_alerted(stored: Stored, damage: Damage) -> None:
    """Found on reading, by its hash: 500 and a page in both languages; the log says `staff_alert` with the number."""
    stored.world.at(CaseStatus.COMPLETED)
    whole = stored.site.get(stored.receipt_page)
    assert whole.status_code == 200
    damage(stored, stored.receipt.object_key or "", whole.content)
    with capture_logs() as logs:
        answer = stored.site.get(stored.receipt_page)
    assert answer.status_code == 500
    assert b"%PDF" not in answer.content
    assert "The receipt cannot be shown" in answer.text
    assert "تعذّر عرض الإيصال" in answer.text
    [alert] = [each for each in logs if each["event"] == "staff_alert"]
    assert stored.receipt.number in alert["text"]


@DAMAGES
def test_row_30_damaged_upload_is_not_worked_on_and_the_run_fails_by_its_name(stored: Stored, damage: Damage) -> None:
    """PermanentError is not tried again: the run ends *Failed*, with these words, which alerts staff (flows.alarms)."""
    case_id = stored.world.at(CaseStatus.IDENTIFIED)
    document = stored.world.rows(Document, case_id=case_id)[0]
    damage(stored, document.quarantine_key, content(stored, document.quarantine_key))
    with pytest.raises(PermanentError, match=f"object {document.quarantine_key} is (damaged|missing)"):
        stored.world.step(case_id)
    assert stored.world.status(case_id) is CaseStatus.IDENTIFIED
    [after] = stored.world.rows(Document, id=document.id)
    assert after.state is DocumentState.RECEIVED


def test_row_30_bit_that_flips_on_the_disk_of_the_server_is_not_served(stored: Stored) -> None:
    """MinIO keeps small objects in one file with their checksum; it, or our hash, refuses what changed there."""
    stored.world.at(CaseStatus.COMPLETED)
    assert stored.site.get(stored.receipt_page).status_code == 200
    folder = stored.folder / stored.settings.bucket / (stored.receipt.object_key or "")
    [file] = [each for each in folder.rglob("*") if each.is_file()]
    data = bytearray(file.read_bytes())
    data[data.index(b"%PDF") + 40] ^= 1
    file.write_bytes(data)
    answer = stored.site.get(stored.receipt_page)
    assert answer.status_code in {500, 503}
    assert b"%PDF" not in answer.content


def test_row_30_scrub_reads_everything_and_names_what_is_damaged(stored: Stored) -> None:
    """Each damage is a `staff_alert` too; what was only handed in, and files of erased cases, are not read."""
    stored.world.at(CaseStatus.COMPLETED)
    documents = stored.world.rows(Document)
    assert scrub(stored.world.ports) == Scrubbed(read=1 + len(documents), damaged=[])
    stored.remove(stored.receipt.object_key or "")
    flip(stored, documents[0].object_key or "", content(stored, documents[0].object_key or ""))
    with capture_logs() as logs:
        found = scrub(stored.world.ports)
    assert found.read == 1 + len(documents)
    assert {kept.what: why.split()[-1] for kept, why in found.damaged} == {
        stored.receipt.number: "missing",
        documents[0].kind: "sha256",
    }
    assert [each["event"] for each in logs].count("staff_alert") == 2
