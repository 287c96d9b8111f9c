"""管局: the officer looks through the queue and decides, on one filing or on many at once.

May import portal.shared and the subject, no other room.
"""
