"""Measurements: our worker beside Prefect's stock process worker, on one machine, with the real work."""
