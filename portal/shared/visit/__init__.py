"""Who is visiting, as which participant, on which host; and the way from one host to another."""
