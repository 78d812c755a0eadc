"""What the scripts for the effect and for the instrument share: pedalboard finds, and one line of JSON tells."""

import hashlib
import json
import pathlib
import sys
import traceback

import numpy as np
from pedalboard import VST3Plugin

RATE = 44100.0


def digest(audio):
    """A number for each bit pattern: equal digests mean equal bits."""
    return hashlib.sha256(np.ascontiguousarray(audio, dtype=np.float32).tobytes()).hexdigest()


def fresh(bundle):
    return VST3Plugin(str(bundle))


def parameters(bundle, presets):
    return parameters_of(fresh(bundle))


def parameters_of(plugin):
    """What a host sees of the parameters, but for those by which MIDI controllers come in."""
    return [
        {
            "key": key,
            "name": parameter.name,
            "label": parameter.label,
            "text": parameter.string_value,
            "raw": parameter.raw_value,
            "min": parameter.range[0] if parameter.range else None,
            "max": parameter.range[1] if parameter.range else None,
        }
        for key, parameter in plugin.parameters.items()
        if not parameter.name.startswith("MIDI Ch.")
    ]


def identity(bundle, presets):
    return identity_of(fresh(bundle))


def identity_of(plugin):
    """What a plugin says it is."""
    return {
        "name": plugin.name,
        "manufacturer": plugin.manufacturer_name,
        "version": plugin.version,
        "is_effect": plugin.is_effect,
        "is_instrument": plugin.is_instrument,
        "latency": plugin.reported_latency_samples,
    }


def preset_files(presets, fresh, play):
    """Every .vstpreset of the folder, loaded and played, beside a fresh instance."""
    plain = play(fresh())
    found = []
    for path in sorted(pathlib.Path(presets).rglob("*.vstpreset")):
        plugin = fresh()
        before = plugin.raw_state
        plugin.load_preset(str(path))
        changed = plugin.raw_state != before
        # The host's own copy of the values learns of a state, but not of a preset file, and would be sent with the next block.
        plugin.raw_state = plugin.raw_state
        wet = play(plugin)
        found.append(
            {
                "name": path.stem,
                "changed": bool(changed),
                "difference": float(np.abs(wet - plain).max()),
                "finite": bool(np.isfinite(wet).all()),
                "peak": float(np.abs(wet).max()),
                "rms": float(np.sqrt(np.mean(wet**2))),
            }
        )
    return found


def run(checks):
    """Runs each check and prints what all of them found; the Rust test shows the text of a failure and fails."""
    bundle, presets = sys.argv[1], sys.argv[2]
    found = {}
    for check in checks:
        try:
            found[check.__name__] = check(bundle, presets)
        except Exception:
            found[check.__name__] = {"error": traceback.format_exc()}
    print(json.dumps(found))
