"""Asking: what a provider submits, whether it is of good form and agrees with the records, and what anybody may
look up.

May import state and what lies below it.
"""
