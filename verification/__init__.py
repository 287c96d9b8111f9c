"""The subject: facts, rules, state and jobs of the SMS verification. No HTTP, no templates."""
