"""Rules that change, as dated data with sources: fees, fines, durations, documents, blockers; and their validation."""
