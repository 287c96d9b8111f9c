"""Time: what a sandbox's clock shows, and what may happen only so often. Stands on models and law alone."""
