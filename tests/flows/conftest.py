"""One office for all tests of this folder: real Prefect, real worker, real web."""

from collections.abc import Iterator

import pytest

from infra.stack.places import Places
from infra.stack.postgres_cluster import Cluster
from tests.office import Filed, Office, open_office


@pytest.fixture(scope="session")
def office(stack_places: Places, postgres_cluster: Cluster, prefect_api: str) -> Iterator[Office]:
    with open_office(stack_places, postgres_cluster, prefect_api) as opened:
        yield opened


@pytest.fixture(scope="session")
def renewed(office: Office) -> Filed:
    """A case that went straight from release to receipt."""
    filed = office.at_the_payer()
    office.pay(filed)
    office.run_named(filed, "Completed")
    return filed
