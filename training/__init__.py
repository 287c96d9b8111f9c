"""What teaches: exercises as files, tries and their judge, debriefs. Knows the subject, and nothing of HTTP.

It acts on a sandbox by the same calls as everybody, and learns what happened from the rows that these leave.
"""
