"""What both consoles show of filings and records: words, rounds, lists."""
