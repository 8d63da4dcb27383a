"""What a fresh machine needs before anything else runs. Standard library only: it works before any package is there."""
