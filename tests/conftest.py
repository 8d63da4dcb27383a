"""What every test may ask for by name."""

pytest_plugins = ["tests.stack_fixtures", "tests.world_fixtures", "tests.at_the_terminal"]
