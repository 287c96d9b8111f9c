"""演练大厅: visitors start, join, recover and leave a sandbox; its owner gives out the parts and closes it.

May import portal.shared and the subject, no other room.
"""
