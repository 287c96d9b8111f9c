"""The form of a filing: its fields, the parts that a kind asks for, and example data for what is still blank."""
