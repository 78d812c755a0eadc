"""Effects of pedalboard as devices to profile, for `nfx-train`.

The first line on standard output says who is there. Then, for each request (one line of JSON with "effect", "settings", "rate" and
"frames", and the samples behind it as little-endian floats) an answer of the same form. Every request starts from rest.
"""

import json
import platform
import sys

import numpy as np
import pedalboard

EFFECTS = {
    name: getattr(pedalboard, name)
    for name in [
        "Bitcrush", "Chorus", "Clipping", "Compressor", "Delay", "Distortion", "Gain", "HighpassFilter",
        "LadderFilter", "Limiter", "LowpassFilter", "NoiseGate", "Phaser", "Reverb",
    ]
}


def make(request):
    settings = dict(request["settings"])
    if request["effect"] == "LadderFilter" and "mode" in settings:
        settings["mode"] = getattr(pedalboard.LadderFilter.Mode, settings["mode"])
    return EFFECTS[request["effect"]](**settings)


def main():
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sink.write(f"pedalboard {pedalboard.__version__}, Python {platform.python_version()}\n".encode())
    sink.flush()
    while line := source.readline():
        request = json.loads(line)
        frames = request["frames"]
        samples = np.frombuffer(source.read(4 * frames), dtype="<f4")
        try:
            output = make(request)(samples.copy(), request["rate"], reset=True)
            output = np.ascontiguousarray(output.reshape(-1), dtype="<f4")
            answer, body = {"frames": int(output.size)}, output.tobytes()
        except Exception as error:  # the answer is for a person
            answer, body = {"error": f"{type(error).__name__}: {error}"}, b""
        sink.write(json.dumps(answer).encode() + b"\n" + body)
        sink.flush()


if __name__ == "__main__":
    main()
