"""教员: the trainer sees how the class is doing, pins an edition, switches a fault on, gives back what was set aside.

May import portal.shared and the subject, no other room.
"""
