"""Takes the pictures of docs/operations.md from the running product: its own stack, synthetic cases, a real browser."""
