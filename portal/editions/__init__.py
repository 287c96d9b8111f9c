"""规则版本: anybody reads what each document says, and two of them side by side. Nothing here asks the database.

May import portal.shared and the subject, no other room.
"""
