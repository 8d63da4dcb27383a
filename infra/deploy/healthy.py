"""Whether a server of this container answers 200: `healthy.py http://127.0.0.1:8080/health`. Standard library only."""

import sys
from urllib.error import URLError
from urllib.request import urlopen

PATIENCE = 4.0


def main() -> None:
    try:
        with urlopen(sys.argv[1], timeout=PATIENCE) as answer:  # noqa: S310 - the address stands in the compose file
            sys.stdout.write(f"{answer.status}\n")
    except (URLError, TimeoutError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")


if __name__ == "__main__":
    main()
