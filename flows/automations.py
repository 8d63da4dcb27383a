"""Putting the automations into Prefect, and the block that says where their alerts go; staff's changes stay."""

from typing import Final
from uuid import UUID

from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import BlockDocumentCreate, BlockDocumentUpdate
from prefect.client.schemas.objects import BlockDocument
from prefect.events.actions import CallWebhook
from prefect.events.schemas.automations import AutomationCore
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

from flows.alarms import Alarm, alarms
from infra.alerts import ALERTS_PATH, TOKEN_HEADER, alert_token, alerts_url
from infra.settings import Settings
from infra.wiring import ports

BLOCK: Final = "staff-alerts"
_SLUG: Final = Webhook.get_block_type_slug()
_TAGS: Final = ["residency-renewal"]


async def make_automations(client: PrefectClient, *, work_pool: str) -> None:
    """Make what is missing, refresh what the code says; safe to repeat. One that staff switched off stays off."""
    block = await _make_block(client, ports().settings)
    for each in alarms(work_pool):
        await _make(client, _automation(each, block))


async def _make(client: PrefectClient, wanted: AutomationCore) -> None:
    found = await client.read_automations_by_name(wanted.name)
    if not found:
        await client.create_automation(wanted)
        await _keep_the_first(client, wanted.name)
        return
    [same, *_] = found
    if (same.description, same.trigger, same.actions) != (wanted.description, wanted.trigger, wanted.actions):
        await client.update_automation(same.id, wanted.model_copy(update={"enabled": same.enabled}))


async def _keep_the_first(client: PrefectClient, name: str) -> None:
    """Prefect takes any number of one name, and workers start together: all of them keep the same one."""
    found = sorted(await client.read_automations_by_name(name), key=lambda each: each.id)
    for spare in found[1:]:
        await client.delete_automation(spare.id)


def _automation(alarm: Alarm, block: UUID) -> AutomationCore:
    return AutomationCore(
        name=alarm.name,
        description=alarm.description,
        tags=_TAGS,
        trigger=alarm.trigger,
        actions=[CallWebhook(block_document_id=block, payload=_payload(alarm))],
    )


def _payload(alarm: Alarm) -> str:
    """JSON, its text written by Prefect's template engine; `text` alone is what chat programs read."""
    return f'{{"alert": "{alarm.name}", "text": {{% filter tojson %}}{alarm.text}{{% endfilter %}}}}'


async def _make_block(client: PrefectClient, settings: Settings) -> UUID:
    """Ours until staff put another address into it (Blocks, `staff-alerts`); then theirs."""
    block = Webhook(
        url=alerts_url(settings),
        headers={"Content-Type": "application/json", TOKEN_HEADER: alert_token(settings)},
    )
    try:
        kind = await client.read_block_type_by_slug(_SLUG)
    except ObjectNotFound:  # several servers over one database: none of them registers Prefect's catalogue of blocks
        await Webhook.aregister_type_and_schema(client=client)
        kind = await client.read_block_type_by_slug(_SLUG)
    schema = await client.read_block_schema_by_checksum(Webhook._calculate_schema_checksum())  # noqa: SLF001 - no other way
    data = block.model_dump(context={"include_secrets": True}, mode="json")
    wanted = BlockDocumentCreate(name=BLOCK, data=data, block_type_id=kind.id, block_schema_id=schema.id)
    try:
        return (await client.create_block_document(wanted)).id
    except ObjectAlreadyExists:
        found = await client.read_block_document_by_name(BLOCK, _SLUG)
    if _is_ours(found) and found.data["url"] != alerts_url(settings):
        await client.update_block_document(found.id, BlockDocumentUpdate(data=data))
    return found.id


def _is_ours(found: BlockDocument) -> bool:
    """A local stack may listen at another port today."""
    return str(found.data["url"]).endswith(ALERTS_PATH)
