"""The form of a deployment in the Prefect UI, from the annotations of its flow."""

import inspect
from typing import Any, get_args

from prefect import Flow
from prefect.utilities.callables import parameter_schema
from pydantic.fields import FieldInfo


def form_of(flow: Flow[..., Any]) -> dict[str, Any]:
    """Its parameters as JSON schema. Prefect takes a name for a title; the title of the annotation is put back."""
    schema = parameter_schema(flow).model_dump()
    for name, parameter in inspect.signature(flow.fn, eval_str=True).parameters.items():
        for field in get_args(parameter.annotation):
            if isinstance(field, FieldInfo):
                schema["properties"][name].update(title=field.title, description=field.description)
    return schema
