"""Our work-pool worker: claims due runs and carries them in this process; what carries no run runs beside it."""
