"""The alarms, as data: which event, or which silence, staff must hear of, and in what words."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from prefect.events.schemas.automations import EventTrigger, Posture

from flows.deployments import DEPLOYMENTS
from flows.ending import STAFF_MUST_ACT
from infra.workflows import HELD

BEAT: Final = "renewal-worker.beat"
STOPPED: Final = "renewal-worker.stopped"
_ENDED_BADLY: Final = frozenset({"Failed", "Crashed", "TimedOut"})
_OTHERS: Final = tuple(each.flow.name for each in DEPLOYMENTS if each.flow.name != "renewal")
_NOT_AGAIN_FOR: Final = timedelta(minutes=5)
"""A registry that is down for everybody is one alert in this time, not one for each case."""
WORKER_SILENT_AFTER: Final = timedelta(seconds=100)  # three beats of 30 s
HEAL_SILENT_AFTER: Final = timedelta(minutes=5)  # it runs every minute


@dataclass(frozen=True, slots=True)
class Alarm:
    """`text` is a template of Prefect's, filled with the event."""

    name: str
    description: str
    trigger: EventTrigger
    text: str


def alarms(work_pool: str) -> tuple[Alarm, ...]:
    return (
        Alarm(
            "Renewals that need staff",
            "A renewal ended Failed under one of our names, or Crashed. At most one alert in five minutes: "
            "the list of failed runs has the others.",
            _on((STAFF_MUST_ACT - {HELD}) | _ENDED_BADLY, flow="renewal"),
            "A renewal needs staff: {{ event.resource.name }} is {{ event.resource['prefect.state-name'] }}. "
            "{{ flow_run | ui_url }}",
        ),
        Alarm(
            "Flows of ours that failed",
            "release, reprocess, reconcile, summary or another flow that staff rely on did not end well.",
            _on(_ENDED_BADLY, flow=_OTHERS),
            "{{ flow.name }} ended {{ event.resource['prefect.state-name'] }}. {{ flow_run | ui_url }}",
        ),
        Alarm(
            "No worker at all",
            "Prefect has heard of no worker of the pool for about two minutes: nothing is being carried.",
            EventTrigger(
                expect={"prefect.work-pool.not-ready"},
                match={"prefect.resource.name": work_pool},
                posture=Posture.Reactive,
                threshold=1,
            ),
            "No worker is there: renewals stand still. Look at the workers of pool {{ event.resource.name }}.",
        ),
        Alarm(
            "A worker fell silent",
            "A worker that had been heard of was not heard of again, and had not said that it stops. "
            "The others go on; its runs are taken up by healing.",
            EventTrigger(
                after={BEAT},
                expect={BEAT, STOPPED},
                for_each={"prefect.resource.id"},
                posture=Posture.Proactive,
                threshold=1,
                within=WORKER_SILENT_AFTER,
            ),
            "A worker fell silent: {{ event.resource.name }}.",
        ),
        Alarm(
            "Healing fell silent",
            "`heal` runs every minute; none has completed for five. Prefect's scheduler or every worker stands still.",
            EventTrigger(
                expect={"prefect.flow-run.Completed"},
                match_related=_of_flow("heal"),
                posture=Posture.Proactive,
                threshold=1,
                within=HEAL_SILENT_AFTER,
            ),
            "heal has not completed for five minutes: what dies does not come back by itself.",
        ),
    )


def _on(names: frozenset[str], *, flow: str | tuple[str, ...]) -> EventTrigger:
    return EventTrigger(
        expect={f"prefect.flow-run.{name}" for name in names},
        match_related=_of_flow(flow),
        posture=Posture.Reactive,
        threshold=1,
        within=_NOT_AGAIN_FOR,
    )


def _of_flow(flow: str | tuple[str, ...]) -> dict[str, Any]:
    return {"prefect.resource.role": "flow", "prefect.resource.name": [flow] if isinstance(flow, str) else list(flow)}
