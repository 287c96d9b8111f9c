"""The lesson that goes on in a visitor's sandbox: the bar on every page, and what its buttons do."""
