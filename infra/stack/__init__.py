"""The local stack: PostgreSQL, Prefect, MinIO, the sandbox, the web and the worker on one machine, under `var/`."""

from infra.stack.application import APPLICATION, AppPart
from infra.stack.errors import PartFailedError, StackError
from infra.stack.places import CHECKOUT_PLACES, Places
from infra.stack.stack import LocalStack, running_environment

__all__ = [
    "APPLICATION",
    "CHECKOUT_PLACES",
    "AppPart",
    "LocalStack",
    "PartFailedError",
    "Places",
    "StackError",
    "running_environment",
]
