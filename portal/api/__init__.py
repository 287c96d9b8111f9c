"""The JSON API: the provider's programs against this site instead of the ministry's. Same domain calls as the pages."""
