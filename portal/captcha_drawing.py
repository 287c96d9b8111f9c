"""How the captcha's picture is made hard to read for machines, in few steps: lines, dots, and few tones.

Functions for django-simple-captcha's settings. What is drawn at random here decides nothing.
"""

import random
from functools import cache

from django.conf import settings
from PIL import Image, ImageOps
from PIL.ImageDraw import ImageDraw

INK, PAPER = settings.CAPTCHA_FOREGROUND_COLOR, settings.CAPTCHA_BACKGROUND_COLOR
LINES = 4
DOTS = 1000
#: The tones that are left of each colour are 256 divided by this.
TONE = 16


def lines(draw: ImageDraw, image: Image.Image) -> ImageDraw:
    """Lines from side to side."""
    width, height = image.size
    for _ in range(LINES):
        ends = (0, random.randrange(height), width, random.randrange(height))  # noqa: S311
        draw.line(ends, fill=INK, width=2)
    return draw


def dots(draw: ImageDraw, image: Image.Image) -> ImageDraw:
    """Dots everywhere, all in one stroke."""
    across, down = (random.choices(range(side), k=DOTS) for side in image.size)  # noqa: S311
    draw.point(list(zip(across, down, strict=True)), fill=INK)
    return draw


def few_tones(image: Image.Image) -> Image.Image:
    """A byte a point instead of three, and few different ones: a quarter of the size, and of the time to pack it."""
    tones = image.convert("L").point([level // TONE * TONE for level in range(256)])
    tones.putpalette(_palette())
    return tones


@cache
def _palette() -> list[int]:
    """The colour for each brightness: between the ink's and the paper's, beyond them the nearer one."""
    darkest, brightest = (Image.new("RGB", (1, 1), colour).convert("L").tobytes()[0] for colour in (INK, PAPER))
    ramp = ImageOps.colorize(Image.linear_gradient("L"), INK, PAPER, blackpoint=darkest, whitepoint=brightest)
    return list(ramp.crop((0, 0, 1, 256)).tobytes())
