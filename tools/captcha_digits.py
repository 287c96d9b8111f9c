"""Make the ten spoken digits of the captcha: ``python -m tools.captcha_digits [FOLDER]``.

Needs ``espeak-ng`` (Debian: ``apt-get install espeak-ng``) on the machine that makes them; the site itself only plays
the files, which are committed. Each is Mandarin, mono, 16 bit, 11 025 Hz, without silence around it, at one loudness.
"""

import array
import io
import math
import subprocess
import sys
import wave
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "portal" / "portals" / "captcha" / "digits"

# Pinyin with tone numbers: the hanzi voice of Debian's espeak-ng spells them out as English words.
VOICE = "cmn-latn-pinyin"
PINYIN = ("ling2", "yi1", "er4", "san1", "si4", "wu3", "liu4", "qi1", "ba1", "jiu3")
WORDS_PER_MINUTE = 120

SOURCE_RATE = 22_050
RATE = SOURCE_RATE // 2
TAPS = 63
SILENCE = 0.02  # of the peak
MARGIN = RATE // 50  # 20 ms kept before and after the sound, faded so that joined digits do not click
PEAK = round(32_767 * 0.8)


def speak(word: str) -> list[int]:
    """Return what espeak-ng says for `word`, as samples at SOURCE_RATE."""
    command = ["espeak-ng", "-v", VOICE, "-s", str(WORDS_PER_MINUTE), "--stdout", word]
    spoken = subprocess.run(command, check=True, capture_output=True).stdout
    with wave.open(io.BytesIO(spoken)) as source:
        if (source.getframerate(), source.getnchannels(), source.getsampwidth()) != (SOURCE_RATE, 1, 2):
            raise ValueError(f"espeak-ng speaks in another format than expected: {source.getparams()}")
        frames = source.readframes(source.getnframes())
    samples = array.array("h", frames)
    if sys.byteorder == "big":
        samples.byteswap()
    return list(samples)


def halve_rate(samples: list[int]) -> list[float]:
    """Keep every second sample behind a low-pass filter (windowed sinc, cut a little below the new Nyquist limit)."""
    cut, middle = 0.23, TAPS // 2
    kernel = [
        2
        * cut
        * (math.sin(x := 2 * math.pi * cut * (n - middle)) / x if n != middle else 1.0)
        * (0.54 - 0.46 * math.cos(2 * math.pi * n / (TAPS - 1)))
        for n in range(TAPS)
    ]
    padded = [0] * middle + samples + [0] * middle
    return [sum(weight * padded[start + n] for n, weight in enumerate(kernel)) for start in range(0, len(samples), 2)]


def trim(samples: list[float]) -> list[float]:
    """Cut the silence at both ends, down to a short fade."""
    threshold = SILENCE * max(map(abs, samples))
    loud = [index for index, sample in enumerate(samples) if abs(sample) >= threshold]
    kept = samples[max(loud[0] - MARGIN, 0) : loud[-1] + MARGIN]
    for index in range(min(MARGIN, len(kept) // 2)):
        kept[index] *= index / MARGIN
        kept[-1 - index] *= index / MARGIN
    return kept


def normalise(samples: list[float]) -> list[int]:
    """Scale so that the loudest sample stands at PEAK."""
    factor = PEAK / max(map(abs, samples))
    return [round(sample * factor) for sample in samples]


def write(path: Path, samples: list[int]) -> None:
    data = array.array("h", samples)
    if sys.byteorder == "big":
        data.byteswap()
    with wave.open(str(path), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(RATE)
        target.writeframes(data.tobytes())


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for digit, word in enumerate(PINYIN):
        path = folder / f"{digit}.wav"
        write(path, normalise(trim(halve_rate(speak(word)))))
        print(f"{path}  {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
