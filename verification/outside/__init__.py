"""The outside: events laid ready for providers' servers and sent there, and the keys by which their programs come in.

May import time, models and law.
"""
