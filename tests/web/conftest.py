"""The site over a world of its own."""

import pytest

from tests.site import Site
from tests.world import PUBLIC_URL, World
from web.app import create_app


@pytest.fixture
def site(world: World) -> Site:
    return Site(create_app(world.ports), PUBLIC_URL)
