"""The list of deployments: every flow as staff find it in the Prefect UI, and when it runs by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from prefect import Flow
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import ConcurrencyLimitStrategy
from prefect.client.schemas.schedules import CronSchedule

from flows.heal import heal
from flows.reconcile import reconcile
from flows.release import release
from flows.remind import remind
from flows.renewal import renewal
from flows.reprocess import reprocess
from flows.retain import retain
from flows.scrub import scrub
from flows.summary import summary
from flows.work_queues import OPERATIONS

IN_TURN: Final = ConcurrencyLimitStrategy.ENQUEUE
"""One at a time; a second one, which somebody may have asked for with other words in its form, waits."""
NOT_NOW: Final = ConcurrencyLimitStrategy.CANCEL_NEW
"""One at a time; a second one is dropped: the next comes in a minute, and an outage must not leave a heap of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`cron` by the clock of Kuwait; `slug` is its name for ever. Staff switch it on and off in the UI."""

    slug: str
    cron: str
    active: bool = True
    parameters: Mapping[str, Any] = field(default_factory=dict)  # where the form's defaults are not meant

    @property
    def created(self) -> DeploymentScheduleCreate:
        return DeploymentScheduleCreate(
            schedule=CronSchedule(cron=self.cron, timezone="Asia/Kuwait"),
            active=self.active,
            slug=self.slug,
            parameters=dict(self.parameters),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One flow; named by module path, never by file.

    `queue` of a renewal's run is its service's instead. `two_at_once` is what becomes of a second run; None: it runs.
    """

    flow: Flow[..., Any]
    name: str
    entrypoint: str
    description: str
    queue: str | None = OPERATIONS
    two_at_once: ConcurrencyLimitStrategy | None = IN_TURN
    schedule: Schedule | None = None


DEPLOYMENTS: Final = (
    Deployment(
        flow=renewal,
        name="renewal",
        entrypoint="flows.renewal.renewal",
        description="One renewal (تجديد الإقامة), from identity to receipt. **Not started by hand**: `release` does, "
        "one run for each case. *Retry* runs it again and repeats nothing; *Cancel* holds the case. "
        "Its page, an artifact of the run, says where the case stands and what you can do.",
        queue=None,
        two_at_once=None,
    ),
    Deployment(
        flow=release,
        name="release",
        entrypoint="flows.release.release",
        description="Release waiting cases (الطلبات المنتظرة) from the intake queue, whom waiting costs most first; "
        "each becomes a `renewal` in the work queue of its service. A dry run says who would be. **Switch its schedule "
        "on** to release fifty every quarter of an hour in office hours; held cases stay.",
        schedule=Schedule(slug="office-hours", cron="*/15 8-13 * * 0-4", active=False),
    ),
    Deployment(
        flow=reprocess,
        name="reprocess",
        entrypoint="flows.reprocess.reprocess",
        description="Ask again about cases whose payment or renewal stands still: the bank, the registries, refunds "
        "that are due. Run it with `preview` first. **Nobody is ever charged**, and done twice it repeats nothing.",
    ),
    Deployment(
        flow=reconcile,
        name="reconcile",
        entrypoint="flows.reconcile.reconcile",
        description="Hold the bank's settlement file, or a gateway's list of a day, against our books, line by line. "
        "What differs becomes a question for staff; nothing is put right by itself.",
    ),
    Deployment(
        flow=heal,
        name="heal",
        entrypoint="flows.heal.heal",
        description="Give runs of workers that are gone to others, and word to cases that stand still. "
        "Each worker also does it by itself; pressed at any time it does no harm.",
        two_at_once=NOT_NOW,
        schedule=Schedule(slug="each-minute", cron="* * * * *"),
    ),
    Deployment(
        flow=summary,
        name="summary",
        entrypoint="flows.summary.summary",
        description="The day on one page, with a chart: what came in, what was finished, who is waited for since when, "
        "the money, open questions, workers. Each morning of the day before; at any time of any day.",
        schedule=Schedule(slug="each-morning", cron="30 6 * * *"),
    ),
    Deployment(
        flow=remind,
        name="remind",
        entrypoint="flows.remind.remind",
        description="Tell those whose residency permit (إقامة) ends soon, once at each step of `reminders.yaml`. "
        "Who has renewed or applied again is left alone. After days without a run only the nearest step is sent.",
        schedule=Schedule(slug="each-day", cron="0 9 * * *"),
    ),
    Deployment(
        flow=retain,
        name="retain",
        entrypoint="flows.retain.retain",
        description="Erase the personal data of cases whose period is over (حذف البيانات الشخصية), **for ever**; by "
        "hand it is a dry run unless you untick it. Periods that nobody has confirmed are only counted. Each night it "
        "erases by the confirmed ones, finishes what was interrupted, and sweeps files that a crash left unnamed.",
        schedule=Schedule(slug="each-night", cron="30 2 * * *", parameters={"dry_run": False}),
    ),
    Deployment(
        flow=scrub,
        name="scrub",
        entrypoint="flows.scrub.scrub",
        description="Read every stored receipt and document again (فحص الملفات المحفوظة). It changes nothing; it ends "
        "*Failed* when one is damaged or gone, and its page says of which case. Each Friday night, or by hand.",
        schedule=Schedule(slug="each-week", cron="30 3 * * 5"),
    ),
)
