"""`python -m tests.crash_sweep`: kills the product at every moment of a payment, and writes what was found."""

import argparse
import json
import logging
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog

from infra.database import open_engine
from infra.schema import migrate
from infra.stack.throwaway import throwaway_database
from tests.crash_sweep.ground import GATEWAYS, GatewayName, sweep_ground
from tests.crash_sweep.naive import NaiveProduct
from tests.crash_sweep.page import write_part
from tests.crash_sweep.product import Product
from tests.crash_sweep.sweep import Sweep
from tests.crash_sweep.tales import ACTS


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--gateway", choices=GATEWAYS, help="one alone")
    options.add_argument("--repeats", type=int, default=2, help="of every moment of the product")
    options.add_argument("--naive", type=int, default=1, help="of every moment of the negative control")
    options.add_argument("--page", type=Path, help="where to write the results, after every repeat")
    chosen = options.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    totals: dict[str, dict[str, Any]] = {}
    for gateway in [chosen.gateway] if chosen.gateway else GATEWAYS:
        for product, repeats in ((NaiveProduct(), chosen.naive), (Product(), chosen.repeats)):
            if repeats:
                found = _sweep(product, gateway, repeats, page=chosen.page)
                told = asdict(found.total) | {"points": len(found.points)}
                totals.setdefault(gateway, {})[product.name] = told
    print(json.dumps(totals, indent=2))  # noqa: T201 - what the program is asked for


def _sweep(product: Product, gateway: GatewayName, repeats: int, *, page: Path | None) -> Sweep:
    """On a database, a bank and a web of its own."""
    with throwaway_database() as url, tempfile.TemporaryDirectory(prefix="renewal-") as folder:
        engine = open_engine(url, pool_size=2)
        migrate(engine)
        engine.dispose()
        with sweep_ground(url, Path(folder), gateway=gateway, make_web=product.web) as ground:
            acts = tuple(act for act in ACTS if act.naive or not isinstance(product, NaiveProduct))
            sweep = Sweep(ground, product, acts)

            def tell(done: int) -> None:
                print(f"{product.name} over {gateway}: {done} of {repeats}", file=sys.stderr)  # noqa: T201 - a program
                if page is not None:
                    write_part(page, sweep)

            sweep.run(repeats=repeats, tell=tell)
            return sweep


if __name__ == "__main__":
    main()
