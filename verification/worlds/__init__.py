"""Worlds: a sandbox is started, filled, joined, closed and deleted. May import acting and what lies below it."""
