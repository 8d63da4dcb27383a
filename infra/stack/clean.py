"""`python -m infra.stack.clean`: give up what the local stack keeps, so that the next start is a first one."""

import shutil
import sys

from infra.stack import lock, marks, postgres_home
from infra.stack.errors import StackError
from infra.stack.places import CHECKOUT_PLACES, Places


def clean(places: Places) -> None:
    """Delete database, documents, logs and secrets; StackError while the stack runs. MinIO's built program stays."""
    places.make()
    with lock.held(places.lock):
        marks.stop_leftovers(places.marks)
        postgres_home.remove(places.cluster)
        for kept in places.var.iterdir():
            if kept.is_dir() and kept != places.programs:
                shutil.rmtree(kept)
            elif kept.is_file() and kept != places.lock:
                kept.unlink()


if __name__ == "__main__":
    try:
        clean(CHECKOUT_PLACES)
    except StackError as error:
        sys.exit(str(error))
