"""Plays a VST3 instrument in pedalboard, a JUCE host, and prints one line of JSON: what each check found.

usage: vst3_instrument.py BUNDLE PRESET_FOLDER

The Rust test that runs it asserts the findings; nothing is judged here. To pedalboard each MIDI controller is a parameter whose
texts it asks for, which takes half a minute for an instance: two instances do for all checks.
"""

import functools

import numpy as np
import vst3_common
from vst3_common import RATE, digest, run


@functools.cache
def instance(bundle, number):
    """One of two instances and the state that it was made with."""
    plugin = vst3_common.fresh(bundle)
    return plugin, plugin.raw_state


def fresh(bundle, number=0):
    """An instance as it was made."""
    plugin, state = instance(bundle, number)
    plugin.raw_state = state
    # The host passes the state's values on with the next block, where they would meet those of a preset loaded meanwhile.
    plugin([], duration=0.05, sample_rate=RATE, num_channels=2, buffer_size=512)
    plugin.reset()
    return plugin


def on(key, seconds, velocity=100):
    return ([0x90, key, velocity], seconds)


def off(key, seconds):
    return ([0x80, key, 0], seconds)


PHRASE = [on(48, 0.1), on(55, 0.3), on(60, 0.31), off(48, 0.6), off(55, 0.9), off(60, 0.9), on(72, 1.0), off(72, 1.2)]


def play(plugin, messages=PHRASE, seconds=1.5, rate=RATE, **options):
    return plugin(messages, duration=seconds, sample_rate=rate, num_channels=2, **{"buffer_size": 512, **options})


def identity(bundle, presets):
    return vst3_common.identity_of(fresh(bundle))


def parameters(bundle, presets):
    return vst3_common.parameters_of(fresh(bundle))


def automate(bundle, presets):
    """The same notes with a slider at rest, moved between blocks, and at its end."""
    resting = play(fresh(bundle))
    plugin = fresh(bundle)
    pieces = []
    for index in range(30):
        plugin.parameters["slider_1"].raw_value = index / 29
        messages = [on(60, 0.0)] if index == 0 else []
        pieces.append(play(plugin, messages, 0.05, reset=index == 0))
    moving = np.concatenate(pieces, axis=1)
    plugin = fresh(bundle)
    plugin.parameters["slider_1"].raw_value = 1.0
    moved = play(plugin)
    return {
        "finite": bool(np.isfinite(moving).all() and np.isfinite(moved).all()),
        "change_at_end": float(np.sqrt(np.mean((moved - resting) ** 2)) / np.sqrt(np.mean(resting**2))),
    }


def state(bundle, presets):
    """A state saved by one instance, loaded by another, and by the first after it has played something else."""
    one = fresh(bundle)
    one.parameters["slider_1"].raw_value = 0.8
    one.parameters["shift"].raw_value = 0.55
    saved = one.raw_state  # with no block between: what is set is in the state
    first = play(one)
    two = fresh(bundle, 1)
    two.raw_state = saved
    second = play(two)
    stable = two.raw_state == saved
    one = fresh(bundle)
    play(one)
    one.raw_state = saved
    play(one)
    third = play(one)
    return {"bytes": len(saved), "stable": bool(stable), "digests": [digest(first), digest(second), digest(third)]}


def preset_files(bundle, presets):
    return vst3_common.preset_files(presets, lambda: fresh(bundle), play)


def blocks(bundle, presets):
    """The same notes in blocks of several sizes: the digests must agree."""
    return {str(size): digest(play(fresh(bundle), buffer_size=size)) for size in (512, 17, 64, 1000, 8192)}


def rates(bundle, presets):
    """Notes begin at their sample and leave silence, at every rate."""
    found = {}
    for rate in (44100.0, 48000.0, 96000.0, 192000.0):
        wet = play(fresh(bundle), [on(60, 0.25), off(60, 0.5)], 2.0, rate)
        level = np.abs(wet).max(axis=0)
        begins = int(np.argmax(level > 0.1 * level.max()))
        found[str(int(rate))] = {
            "finite": bool(np.isfinite(wet).all()),
            "begins_ms": 1000.0 * (begins / rate - 0.25),
            "silent_at_end": bool((wet[:, -int(0.25 * rate):] == 0).all()),
        }
    return found


def midi(bundle, presets):
    """What hands do beside keys changes the sound."""
    found = {}
    cases = {"wheel": [0xB0, 1, 127], "bend": [0xE0, 0, 127], "pedal": [0xB0, 64, 127]}
    notes = [on(60, 0.1), off(60, 0.6)]
    for what, message in cases.items():
        sounds = []
        for messages in (notes, [notes[0], (message, 0.2), notes[1]]):
            plugin = fresh(bundle)
            plugin.parameters["wheel_to_slider_1"].raw_value = 1.0
            sounds.append(play(plugin, messages, 1.5))
        plain, moved = sounds
        found[what] = float(np.sqrt(np.mean((moved - plain) ** 2)) / np.sqrt(np.mean(plain**2)))
    return found


def registered(bundle, presets):
    """Registered parameters at one moment, as a sequencer sends them: the pitch of key 57 bent to the top, and its level.

    This host hands over only the last value of each controller in a block, so the none that closes a selection comes later.
    """
    cc = lambda channel, number, value: [0xB0 | channel, number, value]
    rpn = lambda channel, number, value: [cc(channel, 101, 0), cc(channel, 100, number), cc(channel, 6, value)]
    none = [(cc(0, number, 127), 0.15) for number in (101, 100)]
    cases = {
        "plain": (0, []),
        "range": (0, [*rpn(0, 0, 12), [0xE0, 127, 127]]),
        "tuning": (0, rpn(0, 2, 76)),
        "zone": (1, [*rpn(0, 6, 15), [0xE1, 0, 80]]),
        "expression": (0, [cc(0, 11, 20)]),
    }
    found = {}
    for name, (channel, messages) in cases.items():
        plugin = fresh(bundle)
        notes = [([0x90 | channel, 57, 100], 0.2), ([0x80 | channel, 57, 0], 1.4)]
        sound = play(plugin, [(message, 0.1) for message in messages] + none + notes, 1.5)[0]
        part = sound[int(0.4 * RATE): int(1.3 * RATE)]
        spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), 1 << 19))
        wanted = 220.0 if name in ("plain", "expression") else 440.0
        near = slice(int(wanted * 0.9 * (1 << 19) / RATE), int(wanted * 1.1 * (1 << 19) / RATE))
        hz = (near.start + int(np.argmax(spectrum[near]))) * RATE / (1 << 19)
        low = float(spectrum[int(210 * (1 << 19) / RATE): int(230 * (1 << 19) / RATE)].max())
        rms, most = float(np.sqrt(np.mean(part**2))), float(spectrum[near].max())
        found[name] = {"hz": hz, "at_key": low, "at_pitch": most, "rms": rms}
    return found


if __name__ == "__main__":
    run((identity, parameters, automate, state, preset_files, blocks, rates, midi, registered))
