"""Mutation testing of what decides about money: `make mutants` breaks it in every small way and runs the unit tests."""
