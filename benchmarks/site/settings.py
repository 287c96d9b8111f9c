"""The site's settings with the compared pages' addresses, in the variant that ``BENCH_VARIANT`` names.

``bare`` is without middleware; ``stock`` draws the captcha with the noise and the filter that django-simple-captcha
comes with, in the size, font and colours of the site's.
"""

import os

from portal.settings import *  # noqa: F403
from portal.settings import CAPTCHA_FILTER_FUNCTIONS, CAPTCHA_NOISE_FUNCTIONS
from portal.settings import MIDDLEWARE as ALL

VARIANT = os.environ.get("BENCH_VARIANT", "")

ROOT_URLCONF = "benchmarks.site.urls"
MIDDLEWARE = [] if VARIANT == "bare" else ALL

if VARIANT == "stock":
    del CAPTCHA_NOISE_FUNCTIONS, CAPTCHA_FILTER_FUNCTIONS
