"""Whoever runs the site: is it alive and ready, what is worth a line in the log, who of the staff may log in, no robots.

May import the subject; portal.settings imports its logs.
"""
