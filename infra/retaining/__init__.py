"""Personal data is kept no longer than it is needed: until its period ends, or a person asked; and how it is erased.

Reference, amounts, ledger, receipt numbers and seals stay, and the history of every status, without who it was.
"""
