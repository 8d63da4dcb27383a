"""The whole stack under load while its parts are killed and stopped: every case must end where it should, once."""
