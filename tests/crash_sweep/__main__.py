"""`python -m tests.crash_sweep`: kills the product at every moment of a payment, and writes what was found."""

import argparse
import json
import logging
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import structlog

from infra.database import open_engine
from infra.schema import migrate
from infra.stack.throwaway import throwaway_database
from tests.crash_sweep.ground import sweep_ground
from tests.crash_sweep.naive import NaiveProduct
from tests.crash_sweep.page import write_page
from tests.crash_sweep.product import Product
from tests.crash_sweep.sweep import Sweep
from tests.crash_sweep.tales import ACTS


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeats", type=int, default=2, help="of every moment of the product")
    options.add_argument("--naive", type=int, default=1, help="of every moment of the negative control")
    options.add_argument("--page", type=Path, help="where to write the results, after every repeat")
    chosen = options.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    found: dict[str, Sweep] = {}
    for product, repeats in ((NaiveProduct(), chosen.naive), (Product(), chosen.repeats)):
        if repeats:
            _sweep(product, repeats, found, page=chosen.page)
    totals = {name: asdict(each.total) | {"points": len(each.points)} for name, each in found.items()}
    print(json.dumps(totals, indent=2))  # noqa: T201 - what the program is asked for


def _sweep(product: Product, repeats: int, found: dict[str, Sweep], *, page: Path | None) -> None:
    """On a database, a bank and a web of its own."""
    with throwaway_database() as url, tempfile.TemporaryDirectory(prefix="renewal-") as folder:
        engine = open_engine(url, pool_size=2)
        migrate(engine)
        engine.dispose()
        with sweep_ground(url, Path(folder), make_web=product.web) as ground:
            acts = tuple(act for act in ACTS if act.naive or not isinstance(product, NaiveProduct))
            found[product.name] = Sweep(ground, product, acts)

            def tell(done: int) -> None:
                print(f"{product.name}: {done} of {repeats}", file=sys.stderr)  # noqa: T201 - a program
                if page is not None:
                    write_page(page, found)

            found[product.name].run(repeats=repeats, tell=tell)


if __name__ == "__main__":
    main()
