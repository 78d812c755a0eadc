"""Prints the Zimtohrli distance of each pair of sounds, one line of JSON: [0.01, ...]. 0 is the same; 1 is as far as anything is.

usage: zimtohrli_distances.py PAIRS.json

PAIRS.json holds the rate in Hz and a list of pairs of files of raw 32-bit floats, each of one channel: {"rate_hz": 44100, "pairs": [["a",
"b"], ...]}. The measure hears at 48 kHz; sounds of another rate are resampled as a whole, by their Fourier transform.
"""

import json
import sys

import numpy as np
import zimtohrli

HEARD_HZ = 48_000


def read(path, rate_hz):
    sound = np.fromfile(path, dtype=np.float32).astype(np.float64)
    length = round(len(sound) * HEARD_HZ / rate_hz)
    if length != len(sound):
        spectrum = np.fft.rfft(sound)
        wide = np.zeros(length // 2 + 1, dtype=complex)
        count = min(len(spectrum), len(wide))
        wide[:count] = spectrum[:count]
        sound = np.fft.irfft(wide, length) * (length / len(sound))
    return sound.astype(np.float32)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    ear = zimtohrli.Pyohrli()
    sounds = {path: read(path, job["rate_hz"]) for path in {path for pair in job["pairs"] for path in pair}}
    print(json.dumps([ear.distance(sounds[a], sounds[b]) for a, b in job["pairs"]]))


main()
