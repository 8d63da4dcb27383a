"""The outside world: settings, database, object store, gateway, registries, paper, and the sandbox that plays it."""
