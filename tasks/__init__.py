"""One durable step per function: look, act, record. Each may be run twice.

1. Ids in, a small value out: the status that the step left the case in. No model, no bytes, no personal data.
2. Look in a short transaction, act outside any, record in a short transaction guarded by the status that was seen.
3. Our own key everywhere: whoever is asked twice, the store, the registry or the database, can see it is the same.
4. No broad `except`: foreign errors are translated once, at the adapter's edge in `infra`.
"""
