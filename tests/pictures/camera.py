"""A browser that opens pages of the Prefect UI and photographs them, small enough to be kept in the repository."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Page, sync_playwright

WIDTH: Final = 1280
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
_COLOURS: Final = 128
_SETTLING_MS: Final = 2500  # queries of the UI and their fading in
_PATIENCE_MS: Final = 60_000
MOST_BYTES: Final = 150_000

Press = Callable[[Page], Any]


class Camera:
    """`origin` is Prefect's address; `folder` where the pictures go."""

    def __init__(self, page: Page, *, origin: str, folder: Path) -> None:
        self._page = page
        self._origin = origin
        self._folder = folder

    def take(self, name: str, path: str, *presses: Press, until: str, height: int = 800) -> None:
        """`path` below the UI; `until` is a word that shows that the page is there; then come the `presses`."""
        self._page.set_viewport_size({"width": WIDTH, "height": height})
        self._page.goto(f"{self._origin}/v2{path}")
        self._page.get_by_text(until).first.wait_for(timeout=_PATIENCE_MS)
        self._page.wait_for_timeout(_SETTLING_MS)
        for press in presses:
            press(self._page)
            self._page.wait_for_timeout(_SETTLING_MS // 3)
        self._save(name)

    def _save(self, name: str) -> None:
        shot = Image.open(BytesIO(self._page.screenshot())).convert("RGB")
        small = shot.quantize(_COLOURS, dither=Image.Dither.NONE)
        file = self._folder / f"operations-{name}.png"
        small.save(file, optimize=True)
        if file.stat().st_size > MOST_BYTES:
            raise ValueError(
                f"{file.name} is {file.stat().st_size} bytes, more than {MOST_BYTES}: show less of the page"
            )


@contextmanager
def camera(*, origin: str, folder: Path) -> Iterator[Camera]:
    """In Kuwait's time and in daylight; the first `chromium` that the machine has."""
    program = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        raise SystemExit("No browser: install chromium (Debian: apt-get install chromium).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(color_scheme="light", timezone_id="Asia/Kuwait", locale="en-GB")
        page.set_default_timeout(15_000)
        yield Camera(page, origin=origin, folder=folder)
        browser.close()
