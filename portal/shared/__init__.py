"""What several rooms use, by matter: visit (who asks, from where), page (what every page is made of), filing, clock.

May import the subject, never a room.
"""
