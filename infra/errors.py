"""Three ways the outside fails, and what each asks of the caller.

InfraError
├── TransientError        nothing happened: retry
│   └── DatabaseError         our own database is away or busy
│       └── ConflictError     somebody else's transaction was in the way: retry at once
├── PermanentError        it said no: record, do not retry
└── UnknownOutcomeError   it may have happened: ask before acting again
"""


class InfraError(Exception):
    """Base of all failures of the outside world. Messages never carry personal data or secrets."""


class TransientError(InfraError):
    """Nothing happened; the same call may be made again."""


class DatabaseError(TransientError):
    """Our own database is away, or has no connection left."""


class ConflictError(DatabaseError):
    """The database ended our transaction in favour of another one; nothing of it was done."""


class PermanentError(InfraError):
    """The other side refused; making the same call again gives the same answer."""


class UnknownOutcomeError(InfraError):
    """The other side may have acted; ask it before acting again."""
