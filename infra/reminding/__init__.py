"""Expiry reminders: whose permit ends soon, who has been told, and the messages to those who have not.

What we know of an expiry comes from our own cases, of each person from the newest: the end of the period that a
completed case brought, else the last day that the registry named when it was asked for a case that came to nothing.
"""
