"""Plays a VST3 bundle in pedalboard, a JUCE host, and prints one line of JSON: what each check found.

usage: vst3_host.py BUNDLE PRESET_FOLDER

The Rust test that runs it asserts the findings; nothing is judged here.
"""

import numpy as np
from vst3_common import RATE, digest, fresh, identity, parameters, run
import vst3_common


def music(seconds, channels, rate=RATE):
    """A few decaying chords over noise, the same on every run."""
    random = np.random.default_rng(1)
    time = np.arange(int(seconds * rate)) / rate
    sound = random.uniform(-0.002, 0.002, time.size)
    for start in np.arange(0.0, seconds, 0.23):
        frequency = 110.0 * 2.0 ** (random.integers(0, 36) / 12.0)
        age = np.maximum(time - start, 0.0)
        for harmonic in range(1, 7):
            sound += 0.15 / harmonic * np.sin(2 * np.pi * frequency * harmonic * age) * np.exp(-5 * age) * (time >= start)
    return np.stack([sound * (1 - 0.2 * channel) for channel in range(channels)]).astype(np.float32)


def knob(plugin):
    """The knob that a plugin is about: of ANNe, of the Effect Profiler."""
    return next(plugin.parameters[key] for key in ("knob_a", "threshold") if key in plugin.parameters)


def automate(bundle, presets):
    """The same sound with a knob at rest and with a knob moved between blocks."""
    sound = music(2.0, 2)
    plugin = fresh(bundle)
    resting = plugin.process(sound, RATE, buffer_size=512)
    plugin = fresh(bundle)
    pieces = []
    blocks = np.array_split(sound, 40, axis=1)
    for index, block in enumerate(blocks):
        knob(plugin).raw_value = index / (len(blocks) - 1)
        pieces.append(plugin.process(block, RATE, buffer_size=512, reset=index == 0))
    moving = np.concatenate(pieces, axis=1)
    plugin = fresh(bundle)
    knob(plugin).raw_value = 1.0
    moved = plugin.process(sound, RATE, buffer_size=512)
    return {
        "finite": bool(np.isfinite(moving).all() and np.isfinite(moved).all()),
        "samples": int(moving.shape[1]),
        "change_at_end": float(np.sqrt(np.mean((moved - resting) ** 2)) / np.sqrt(np.mean(resting**2))),
        "change_while_moving": float(np.abs(moving).max()),
    }


def state(bundle, presets):
    """A state saved by one instance, loaded by another before it plays, and by a third that has played already."""
    sound = music(1.5, 2)
    one = fresh(bundle)
    knob(one).raw_value = 0.8
    one.parameters["mix"].raw_value = 0.6
    saved = one.raw_state  # with no block between: what is set is in the state
    first = one.process(sound, RATE, buffer_size=512)
    two = fresh(bundle)
    two.raw_state = saved
    second = two.process(sound, RATE, buffer_size=512)
    three = fresh(bundle)
    three.process(sound, RATE, buffer_size=512)
    three.raw_state = saved
    third = three.process(sound, RATE, buffer_size=512)
    return {
        "bytes": len(saved),
        "stable": bool(two.raw_state == saved),
        "digests": [digest(first), digest(second), digest(third)],
        "values": [knob(plugin).raw_value for plugin in (one, two, three)],
    }


def preset_files(bundle, presets):
    sound = music(0.6, 2)
    play = lambda plugin: plugin.process(sound, RATE, buffer_size=512)
    return vst3_common.preset_files(presets, lambda: fresh(bundle), play)


def layouts(bundle, presets):
    """Mono and stereo."""
    found = {}
    for channels in (1, 2):
        plugin = fresh(bundle)
        wet = plugin.process(music(1.0, channels), RATE, buffer_size=512)
        found[str(channels)] = {"shape": list(wet.shape), "finite": bool(np.isfinite(wet).all()), "rms": float(np.sqrt(np.mean(wet**2)))}
    return found


def blocks(bundle, presets):
    """The same sound in blocks of several sizes: the digests must agree."""
    sound = music(1.0, 2)
    return {str(size): digest(fresh(bundle).process(sound, RATE, buffer_size=size)) for size in (512, 1, 17, 64, 1000, 8192)}


def rates(bundle, presets):
    """Latency is taken off by the host: the sound must come out in its place at every rate."""
    found = {}
    for rate in (44100.0, 48000.0, 96000.0, 192000.0):
        sound = music(0.7, 2, rate)
        plugin = fresh(bundle)
        wet = plugin.process(sound, rate, buffer_size=512)
        length = min(wet.shape[1], sound.shape[1])
        spectrum = np.fft.rfft(wet[0, :length], 2 * length) * np.conj(np.fft.rfft(sound[0, :length], 2 * length))
        correlation = np.fft.irfft(spectrum)
        lag = int(np.argmax(correlation))
        found[str(int(rate))] = {"lag": lag if lag < length else lag - 2 * length, "length": [int(wet.shape[1]), int(sound.shape[1])], "finite": bool(np.isfinite(wet).all())}
    return found


def bypass(bundle, presets):
    """Bypassed, the sound comes out as it went in."""
    sound = music(1.0, 2)
    plugin = fresh(bundle)
    plugin.parameters["bypass"].raw_value = 1.0
    wet = plugin.process(sound, RATE, buffer_size=512)
    return {"largest_difference": float(np.abs(wet - sound).max())}


if __name__ == "__main__":
    run((identity, parameters, automate, state, preset_files, layouts, blocks, rates, bypass))
