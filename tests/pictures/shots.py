"""Which pictures are taken: the page, and what is pressed on it; their order is that of the guide."""

from typing import Any, Final

from playwright.sync_api import Page

from tests.office import Filed, Office
from tests.pictures.camera import Camera
from tests.pictures.day import Day

_POOL: Final = "work-pools/work-pool/renewals"


def take_all(camera: Camera, office: Office, day: Day) -> None:
    camera.take("morning", "/dashboard", until="renewals", height=900)
    camera.take("runs", "/runs", _scroll_to_the_list, until="RN-", height=900)
    camera.take("case", _page_of(office, day.waiting), until="What you can do", height=760)
    camera.take("release", _form(office, "release"), until="How many", height=1000)
    camera.take(
        "paid", _form(office, "reprocess"), _reference(day.waiting.reference), until="Preview or do", height=1000
    )
    camera.take("review", _page_of(office, day.review), until="Questions for staff", height=760)
    camera.take(
        "refused",
        f"/runs/flow-run/{office.run(day.refused[0])['id']}",
        _open_the_menu,
        until="RegistryRefused",
        height=700,
    )
    camera.take("held", _page_of(office, day.held), until="What you can do", height=700)
    camera.take("reprocess", _artifact(office, day.runs["reprocess"], "reprocess"), until="verdict", height=620)
    camera.take("reconcile", _form(office, "reconcile"), until="Columns of the file", height=900)
    camera.take("remind", _deployment(office, "remind"), until="At 09:00 AM", height=760)
    camera.take(
        "summary", _artifact(office, day.runs["summary"], "summary"), until="Who is waited for now", height=1250
    )
    camera.take("chart", _artifact(office, day.runs["summary"], "summary-chart"), until="Image URL", height=520)
    camera.take("alarms", "/automations", until="No worker at all", height=900)
    camera.take("workers", f"/{_POOL}?tab=Workers", until="Online", height=560)
    office.prefect.patch("/work_pools/renewals/queues/company", json={"is_paused": True}).raise_for_status()
    camera.take("queue", f"/{_POOL}?tab=Work+Queues", until="Paused", height=760)
    office.prefect.patch("/work_pools/renewals/queues/company", json={"is_paused": False}).raise_for_status()


def _page_of(office: Office, filed: Filed) -> str:
    return f"/artifacts/artifact/{_newest(office, office.run(filed)['id'], filed.reference.lower())['id']}"


def _artifact(office: Office, run_id: str, key: str) -> str:
    return f"/artifacts/artifact/{_newest(office, run_id, key)['id']}"


def _newest(office: Office, run_id: str, key: str) -> dict[str, Any]:
    asked = {"artifacts": {"flow_run_id": {"any_": [run_id]}, "key": {"any_": [key]}}, "sort": "CREATED_DESC"}
    found: list[dict[str, Any]] = office.ask("/artifacts/filter", asked)
    return found[0]


def _deployment(office: Office, name: str) -> str:
    found = office.prefect.get(f"/deployments/name/{name}/{name}").raise_for_status().json()
    return f"/deployments/deployment/{found['id']}"


def _form(office: Office, name: str) -> str:
    return f"{_deployment(office, name)}/run"


def _reference(text: str) -> Any:
    """Typed into the list of references."""

    def press(page: Page) -> None:
        page.get_by_role("button", name="Add").first.click()
        page.get_by_role("textbox").nth(1).fill(text)

    return press


def _open_the_menu(page: Page) -> None:
    """The three dots at the top right, where *Retry* is."""
    page.get_by_role("main").get_by_role("button").first.click()


def _scroll_to_the_list(page: Page) -> None:
    page.get_by_placeholder("Search by flow run name").scroll_into_view_if_needed()
    page.mouse.move(700, 500)
    page.mouse.wheel(0, 520)
