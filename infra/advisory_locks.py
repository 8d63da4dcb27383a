"""Every advisory lock that we take in the business database: two of one number would wait for each other."""

from enum import IntEnum


class AdvisoryLock(IntEnum):
    MIGRATING = 727_001  # two migrations never run at once
    APPLYING = 727_002  # one open case a person, also of two applications at once
    HEALING = 727_003  # one heals at a time
