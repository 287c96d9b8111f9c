"""时钟: whoever may, moves the sandbox's time forward, having seen what would happen, and sets how fast it runs.

May import portal.shared and the subject, no other room.
"""
