"""The public portals, the provinces' and the national one: home, verify, send again, help, public query.

Whoever files comes here, with the code from the message; strangers read. The law in force and its look decide what is
there. May import portal.shared and the subject, no other room.
"""
