"""The site, with the pages that it is compared with beside it: same middleware, same templates, same domain calls."""
