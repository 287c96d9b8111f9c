"""What runs before or around the project: set-up, supervisor, test groups. Standard library only."""
