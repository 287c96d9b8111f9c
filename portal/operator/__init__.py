"""Whoever runs the site: is it alive and ready, what is worth a line in the log, and no search engine, please.

May import the subject; portal.settings imports its logs.
"""
