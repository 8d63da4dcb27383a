"""The sandbox as it is served beside the product: credentials from the product's own settings, people from a file."""

from pathlib import Path

from fastapi import FastAPI

from infra.sandbox.app import create_app
from infra.sandbox.population import Population
from infra.sandbox.settings import SandboxSettings
from infra.settings import get_settings


def sandbox_app(folder: Path) -> FastAPI:
    """Keeps its books and its people in `folder`, so that they survive a restart."""
    ours = get_settings()
    folder.mkdir(parents=True, exist_ok=True)
    known = folder / "population.json"
    return create_app(
        Population.read(known) if known.exists() else Population(),
        settings=SandboxSettings(
            tranportal_id=ours.knet.tranportal_id,
            tranportal_password=ours.knet.tranportal_password,
            resource_key=ours.knet.resource_key,
            registry_token=ours.registries.token,
            tap_secret_key=ours.tap.secret_key if ours.tap else None,
            folder=folder,
        ),
        environment=ours.environment,
    )
