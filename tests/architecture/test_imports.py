"""Who may import whom, and that a package's name leads to this checkout and to nothing else."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import CHECKOUT, PACKAGES, modules, name, python_files

IMPORT_ALL = "import importlib, sys; [importlib.import_module(each) for each in sys.argv[1:]]"


def test_the_import_contracts_are_kept() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    ran = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_resolves_to_this_checkout(package: str) -> None:
    """Short names such as `models` are taken by others too; the first on the path wins."""
    assert importlib.import_module(package).__file__ == str(CHECKOUT / package / "__init__.py")


def test_every_module_imports_by_itself_without_any_settings() -> None:
    bare = {variable: value for variable, value in os.environ.items() if not variable.startswith("RENEWAL_")}
    command = [sys.executable, "-c", IMPORT_ALL, "manage", *modules()]
    ran = subprocess.run(command, cwd=CHECKOUT, env=bare, capture_output=True, text=True, check=False)  # noqa: S603
    assert ran.returncode == 0, ran.stderr


def test_no_file_of_flows_or_tasks_is_named_like_a_package() -> None:
    """A path entrypoint of Prefect's would put their folder first on the path, and such a file in its place."""
    stems = {path.stem for path in python_files(under=("flows", "tasks"))}
    assert not stems & {*PACKAGES, *sys.stdlib_module_names}


def test_modules_are_imported_from_the_root_and_not_from_their_folder() -> None:
    folders = {str(CHECKOUT / package) for package in PACKAGES}
    assert not folders & set(sys.path)
    assert [name(path) for path in python_files(under=PACKAGES)], "no module was found at all"
