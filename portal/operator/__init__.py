"""Whoever runs the site: is it alive and ready, what is worth a line in the log, its staff, and no search engine.

May import the subject; portal.settings imports its logs.
"""
