"""How pages write the sandbox's time and spans of it."""
