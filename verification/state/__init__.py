"""State: the one door through which filings and challenges move, messages on their way, and what becomes due.

May import outside, time, models and law.
"""
