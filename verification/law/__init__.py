"""What the documents say: pure Python, no Django, readable and testable on its own.

- ``editions`` loads one TOML file per document and answers which edition governs a province at a moment;
- ``who`` derives the persons to verify; ``times`` the moments at which something happens;
- ``tables`` sets an edition out in rows, to be compared with its document;
- ``identity`` and ``carriers`` know documents and phone numbers.
"""
