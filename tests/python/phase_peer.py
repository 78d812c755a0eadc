"""Runs pghipy and librosa's fast Griffin-Lim on sounds and prints the peers' versions, then one line of JSON for each result.

usage: phase_peer.py JOBS.json

A job is a mono WAV file with the transform it is to be reconstructed from; nothing but its magnitudes is used. Every result is
written as a WAV file of 32-bit floats; what it is worth is measured by the caller. Compilation is not in the times.
"""

import importlib.metadata
import json
import sys
import time

import librosa
import numpy as np
import pghipy
import soundfile

PROJECTIONS = (32, 100)


def window_of(name, size, gamma):
    place = np.arange(size)
    if name == "gauss":
        return np.exp(-np.pi * (place - size / 2) ** 2 / gamma)
    sine = np.sin(np.pi * place / size)
    return sine**2 if name == "hann" else sine


def frames_of(sound, window, hop):
    starts = range(0, len(sound) - len(window) + 1, hop)
    return np.stack([np.fft.rfft(window * sound[start : start + len(window)]) for start in starts])


def sound_of(spectra, window, hop, length):
    """The least-squares inverse."""
    squares = (window**2).reshape(-1, hop).sum(axis=0)
    dual = window / np.tile(squares, len(window) // hop)
    sound = np.zeros(length)
    for index, frame in enumerate(np.fft.irfft(spectra)):
        sound[index * hop : index * hop + len(window)] += dual * frame
    return sound


def run_pghipy(sound, job, window):
    size, hop = job["fft"], job["hop"]
    # Frames stand at multiples of the hop; the first one ends with the first hop of the sound, the last one begins in its last.
    before = size - hop
    whole = np.concatenate([np.zeros(before), sound, np.zeros(size + -len(sound) % hop)])
    magnitudes = np.abs(frames_of(whole, window, hop))
    start = time.perf_counter()
    phases = pghipy.pghi(magnitudes, win_length=size, hop_length=hop, gamma=job["gamma"])
    seconds = time.perf_counter() - start
    result = sound_of(magnitudes * np.exp(1j * phases), window, hop, len(whole))
    return result[before : before + len(sound)], seconds


def run_librosa(sound, job, window, count):
    size, hop = job["fft"], job["hop"]
    shape = dict(hop_length=hop, n_fft=size, win_length=size, window=window, center=True)
    magnitudes = np.abs(librosa.stft(sound.astype(np.float64), pad_mode="constant", **shape))
    start = time.perf_counter()
    result = librosa.griffinlim(magnitudes, n_iter=count, length=len(sound), random_state=1, pad_mode="constant", **shape)
    return result, time.perf_counter() - start


def main():
    jobs = json.load(open(sys.argv[1]))
    names = ("pghipy", "librosa", "numpy")
    print(", ".join(f"{name} {importlib.metadata.version(name)}" for name in names), flush=True)
    pghipy.pghi(np.ones((4, 9)), win_length=16, hop_length=4, gamma=10.0)
    librosa.griffinlim(np.ones((9, 8)), n_iter=1, hop_length=4)
    for job in jobs:
        sound, rate = soundfile.read(job["input"], dtype="float64")
        window = window_of(job["window"], job["fft"], job["gamma"])
        methods = [("pghipy", run_pghipy, ())] + [(f"librosa fgl{n}", run_librosa, (n,)) for n in PROJECTIONS]
        for name, method, more in methods:
            result, seconds = method(sound, job, window, *more)
            path = job["output"] + name.replace(" ", "-") + ".wav"
            soundfile.write(path, result.astype(np.float32), int(rate), subtype="FLOAT")
            answer = {"transform": job["transform"], "signal": job["signal"], "method": name, "file": path, "seconds": seconds}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
