"""What Prefect's automations tell staff: into the log, as `staff_alert`, for whoever watches over the service."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, Field, ValidationError

from infra.alerts import ALERTS_PATH, TOKEN_HEADER, is_alert_token
from web.deps import PortsDep, SmallBody

router = APIRouter()
_log = structlog.get_logger()


class Alert(BaseModel):
    """As chat programs take it too: `text` is all that they read."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]
    alert: Annotated[str, Field(max_length=200)] = ""


@router.post(ALERTS_PATH)
def hear_alert(body: SmallBody, ports: PortsDep, token: Annotated[str, Header(alias=TOKEN_HEADER)] = "") -> Response:
    """Nobody but our Prefect may fill the log: 403 without its token."""
    if not is_alert_token(ports.settings, token):
        return Response(status_code=403)
    try:
        heard = Alert.model_validate_json(body)
    except ValidationError:
        return Response(status_code=400)
    _log.warning("staff_alert", alert=heard.alert, text=heard.text)
    return Response(status_code=204)
