"""The spoken digits: the committed files, and the steps that make them."""

import math
import wave
from pathlib import Path

import pytest

from tools.captcha_digits import FOLDER, MARGIN, PEAK, RATE, SOURCE_RATE, halve_rate, normalise, trim, write


def tone(hertz: int, *, seconds: float = 0.2, peak: int = 10_000) -> list[int]:
    return [round(peak * math.sin(2 * math.pi * hertz * n / SOURCE_RATE)) for n in range(round(SOURCE_RATE * seconds))]


@pytest.mark.parametrize("digit", range(10))
def test_committed_digit_is_short_and_in_the_one_format(digit: int) -> None:
    with wave.open(str(FOLDER / f"{digit}.wav")) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, RATE)
        assert 0.3 < sound.getnframes() / RATE < 0.7
        samples = memoryview(sound.readframes(sound.getnframes())).cast("h")
    assert max(map(abs, samples)) == PEAK
    assert samples[0] == samples[-1] == 0


def test_halve_rate_keeps_speech_and_drops_what_would_alias() -> None:
    inner = slice(100, -100)  # away from both ends
    assert max(halve_rate(tone(1_000))[inner]) == pytest.approx(10_000, rel=0.02)
    assert max(halve_rate(tone(8_000))[inner]) < 100
    assert len(halve_rate(tone(1_000))) == len(tone(1_000)) // 2


def test_trim_cuts_silence_and_fades() -> None:
    trimmed = trim([0.0] * 5_000 + [1_000.0] * 2_000 + [0.0] * 5_000)
    assert 2_000 < len(trimmed) <= 2_000 + 2 * MARGIN
    assert trimmed[0] == trimmed[-1] == 0
    assert trimmed[len(trimmed) // 2] == 1_000


def test_write_keeps_the_samples(tmp_path: Path) -> None:
    write(tmp_path / "x.wav", normalise([0.0, 2.0, -1.0]))
    with wave.open(str(tmp_path / "x.wav")) as sound:
        assert list(memoryview(sound.readframes(3)).cast("h")) == [0, PEAK, -PEAK // 2]
