"""How the captcha's picture is made hard to read for machines, in few steps: lines, dots, and few tones.

Functions for django-simple-captcha's settings. What is drawn at random here decides nothing.
"""

import random
from functools import cache
from itertools import cycle
from zlib import Z_HUFFMAN_ONLY

from django.conf import settings
from PIL import Image, ImageOps
from PIL.ImageDraw import ImageDraw

INK, PAPER = settings.CAPTCHA_FOREGROUND_COLOR, settings.CAPTCHA_BACKGROUND_COLOR
LINES = 4
DOTS = 1000
#: So few that a point takes four bits in the file.
TONES = 8


def lines(draw: ImageDraw, image: Image.Image) -> ImageDraw:
    """Lines from side to side."""
    width, height = image.size
    for _ in range(LINES):
        ends = (0, random.randrange(height), width, random.randrange(height))  # noqa: S311
        draw.line(ends, fill=INK, width=2)
    return draw


def dots(draw: ImageDraw, image: Image.Image) -> ImageDraw:
    """Dots everywhere, all in one stroke."""
    drawn = memoryview(random.randbytes(2 * 2 * DOTS)).cast("H")  # noqa: S311
    draw.point([number % side for number, side in zip(drawn, cycle(image.size), strict=False)], fill=INK)
    return draw


def grey(image: Image.Image) -> Image.Image:
    """A byte a point instead of three: what follows takes a third of the time."""
    return image.convert("L")


def few_tones(image: Image.Image) -> Image.Image:
    """Few different colours: a quarter of the size, and of the time to pack it."""
    tones = image.point([level * TONES // 256 for level in range(256)])
    tones.putpalette(_palette())
    # There is nothing in noise that repeats itself: not to look for it takes a sixth of the time, and no more room.
    tones.encoderinfo = {"compress_type": Z_HUFFMAN_ONLY}
    return tones


@cache
def _palette() -> list[int]:
    """The colour for each tone: between the ink's and the paper's, beyond them the nearer one."""
    darkest, brightest = (Image.new("RGB", (1, 1), colour).convert("L").tobytes()[0] for colour in (INK, PAPER))
    ramp = ImageOps.colorize(Image.linear_gradient("L"), INK, PAPER, blackpoint=darkest, whitepoint=brightest)
    colours = ramp.crop((0, 0, 1, 256)).tobytes()  # three bytes for each brightness
    steps = [tone * 255 // (TONES - 1) for tone in range(TONES)]
    return [part for step in steps for part in colours[3 * step : 3 * step + 3]]
