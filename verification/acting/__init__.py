"""Acting: submitting and deciding, checking an entry and sending again, switching a phone. Each call is one
transaction.

May import asking and what lies below it.
"""
