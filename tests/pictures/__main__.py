"""`python -m tests.pictures`: starts the product, lives a day in it, and writes docs/images/operations-*.png."""

import sys
from pathlib import Path

from infra.stack import postgres, prefect_server
from infra.stack.ports import Ports
from tests.checkout import CHECKOUT
from tests.office import open_office
from tests.pictures.camera import camera
from tests.pictures.day import live_a_day
from tests.pictures.shots import take_all
from tests.stack_fixtures import cluster_in, private_places, running


def main() -> None:
    folder = Path(sys.argv[1]) if sys.argv[1:] else CHECKOUT / "docs" / "images"
    with private_places() as places:
        cluster = cluster_in(places, durable=False)
        ports = Ports.private()
        origin = ports.url("prefect")
        with (
            running(postgres.part(cluster, places)),
            running(prefect_server.part(places, ports, database_url=cluster.engine_url)),
            open_office(places, cluster, f"{origin}/api") as office,
        ):
            day = live_a_day(office)
            with camera(origin=origin, folder=folder) as taking:
                take_all(taking, office, day)


main()
