"""Makes the golden files of tests/golden/nam with PyPI's neural-amp-modeler, the trainer behind .nam files.

usage: nam_golden.py DIRECTORY

Every file is a .nam file of random weights as the package exports it, with one more entry, "golden": what the package makes of a
fixed noise. Weights are rounded to four decimals, so that the files stay small. Where the package and the core that players run
disagree, the file says so ("core_differs"), and the output is the core's: an impulse response has the newest sample's tap first;
the modulation behind a layer's 1 x 1 convolution acts in blended layers only; and a layer without that convolution passes its
input on as it is, where the package adds the activation to it.
"""

import importlib.metadata
import json
import pathlib
import sys

import numpy as np
import torch
from nam.models import factory

FRAMES = 7000
RATE = 48_000
# The first 48 samples, then every 97th.
PLACES = list(range(48)) + list(range(48, FRAMES, 97))


def noise():
    """A linear congruential generator's upper bits: the same floats in any language."""
    state, out = 1, []
    for _ in range(FRAMES):
        state = (state * 1_664_525 + 1_013_904_223) % 2**32
        out.append((state >> 16) / 65_536.0 - 0.5)
    return torch.tensor(out, dtype=torch.float32)


def array(channels, dilations, **options):
    config = {
        "input_size": 1,
        "condition_size": 1,
        "channels": channels,
        "kernel_size": 3,
        "dilations": dilations,
        "activation": "Tanh",
        "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
    }
    config.update(options)
    return config


def wavenet(*arrays, **options):
    return {"layers_configs": list(arrays), "head_scale": 0.02, "sample_rate": RATE, **options}


def pair(kind, primary="Tanh", secondary="Sigmoid"):
    return {"name": kind, "primary": primary, "secondary": secondary}


SPREAD = [1, 3, 7, 17, 41, 101, 239]
A2 = SPREAD * 2 + [1, 13] + SPREAD


def a2(channels):
    return array(
        channels,
        A2,
        kernel_sizes=[6] * 14 + [15] * 2 + [6] * 7,
        activation={"name": "LeakyReLU", "negative_slope": 0.01},
        head={"out_channels": 1, "kernel_size": 16, "bias": True},
    )


def without(config, key):
    return {name: value for name, value in config.items() if name != key}


ALL_FILMS = {
    name: {"active": True, "shift": i % 2 == 0, "groups": 1}
    for i, name in enumerate(
        [
            "conv_pre_film",
            "conv_post_film",
            "input_mixin_pre_film",
            "input_mixin_post_film",
            "activation_pre_film",
            "activation_post_film",
            "head1x1_post_film",
        ]
    )
}
HEAD1X1 = {"active": True, "out_channels": 3, "groups": 1}
NO_BIAS_HEAD = {"out_channels": 2, "kernel_size": 1, "bias": False}
A1 = [2**i for i in range(10)]


def cases():
    yield "wavenet_a1_nano", "WaveNet", wavenet(
        array(4, A1[:7], head=NO_BIAS_HEAD), array(2, A1[7:] + A1, input_size=4)
    )
    yield "wavenet_a2_lite", "WaveNet", wavenet(without(a2(3), "kernel_size"))
    yield "wavenet_gated", "WaveNet", wavenet(
        array(4, [1, 2, 4], activation=pair("PairMultiply"), head=NO_BIAS_HEAD),
        array(2, [8, 16], input_size=4, activation=pair("PairMultiply", "ReLU", "Sigmoid")),
    )
    yield "wavenet_blended", "WaveNet", wavenet(
        array(4, [1, 5, 3], activation=pair("PairBlend", "Hardswish", "Sigmoid"), bottleneck=3)
    )
    yield "wavenet_head1x1", "WaveNet", wavenet(
        array(
            4,
            [1, 2, 9],
            bottleneck=6,
            head_1x1_config={"active": True, "out_channels": 2, "groups": 2},
            layer_1x1_config={"active": True, "groups": 2},
            groups_input=2,
            head={"out_channels": 1, "kernel_size": 5, "bias": True},
        )
    )
    yield "wavenet_no_layer1x1", "WaveNet", wavenet(
        array(4, [1, 2, 9], layer_1x1_config={"active": False}, activation="SiLU")
    )
    yield "wavenet_film", "WaveNet", wavenet(
        array(4, [1, 2, 9], bottleneck=2, head_1x1_config=HEAD1X1, film_params=ALL_FILMS)
    )
    yield "wavenet_film_gated", "WaveNet", wavenet(
        array(
            2,
            [1, 7],
            head_1x1_config=HEAD1X1,
            film_params=ALL_FILMS,
            activation=[pair("PairMultiply"), pair("PairBlend")],
        )
    )
    layer_film = {"layer1x1_post_film": {"active": True, "shift": True, "groups": 1}}
    yield "wavenet_film_layer1x1", "WaveNet", wavenet(array(3, [1, 4], film_params=layer_film))
    yield "wavenet_film_layer1x1_blended", "WaveNet", wavenet(
        array(3, [1, 4], film_params=layer_film, activation=pair("PairBlend"))
    )
    yield "wavenet_condition", "WaveNet", wavenet(
        array(4, [1, 2], condition_size=2, film_params={"activation_pre_film": {"active": True, "groups": 2}}),
        condition_dsp={
            "name": "WaveNet",
            "config": without(
                wavenet(array(3, [1, 6], head={"out_channels": 2, "kernel_size": 2, "bias": True})), "sample_rate"
            ),
        },
    )
    yield "wavenet_post_head", "WaveNet", wavenet(
        array(4, [1, 2], head={"out_channels": 3, "kernel_size": 1, "bias": True}),
        head={"channels": 5, "out_channels": 1, "kernel_sizes": [3, 1, 2], "activation": "Tanh"},
        head_scale=0.7,
    )
    activations = ["Tanh", "ReLU", "Sigmoid", "SiLU", "Hardswish", "Softsign", "Softsigmoid", "Hardtanh", "LeakyHardtanh"]
    mixed = activations + [{"name": "LeakyReLU", "negative_slope": 0.2}, {"name": "PReLU", "num_parameters": 3, "init": 0.3}]
    yield "wavenet_activations", "WaveNet", wavenet(array(3, [1 + i for i in range(len(mixed))], activation=mixed))
    yield "lstm_1", "LSTM", {"hidden_size": 6, "num_layers": 1, "sample_rate": RATE}
    yield "lstm_2", "LSTM", {"hidden_size": 5, "num_layers": 2, "sample_rate": RATE}
    for name, batchnorm, activation in [("convnet", False, "Tanh"), ("convnet_batchnorm", True, "Tanh")]:
        config = {"channels": 4, "dilations": [1, 2, 4, 32], "batchnorm": batchnorm, "activation": activation}
        yield name, "ConvNet", {**config, "sample_rate": RATE}
    for name, taps, bias in [("linear", 64, True), ("linear_long", 600, False)]:
        yield name, "Linear", {"receptive_field": taps, "bias": bias, "sample_rate": RATE}


def randomise(model, generator):
    """Random weights of four decimals, of a size that keeps the sound alive and a recurrent network stable."""
    with torch.no_grad():
        for parameter in model.parameters():
            fan = parameter[0].numel() if parameter.ndim > 1 else 4
            spread = 1.2 / fan**0.5
            values = (torch.rand(parameter.shape, generator=generator) * 2 - 1) * spread
            parameter.copy_(torch.round(values * 1e4) / 1e4)
        for name, buffer in model.named_buffers():
            if name.endswith("running_mean"):
                buffer.copy_(torch.round(torch.rand(buffer.shape, generator=generator) * 1e4) / 1e4)
            elif name.endswith("running_var"):
                buffer.copy_(torch.round((0.2 + torch.rand(buffer.shape, generator=generator)) * 1e4) / 1e4)
    # The package makes modulations that scale by anything; near 1 the sound stays alive.


def short(value):
    """The number with four decimals when that is the same float, else all digits."""
    rounded = round(value, 4)
    if np.float32(rounded) == np.float32(value):
        return rounded
    return float(np.format_float_positional(np.float32(value), unique=True))


def tidy(export):
    """Without the date, and with short numbers."""
    export.pop("metadata", None)
    export["weights"] = [short(w) for w in export["weights"]]
    condition = export["config"].get("condition_dsp") if isinstance(export["config"], dict) else None
    if condition is not None:
        tidy(condition)
    return export


def play(model, sound):
    with torch.no_grad():
        return model(sound, pad_start=True).numpy()


def main(directory):
    directory.mkdir(parents=True, exist_ok=True)
    version = importlib.metadata.version("neural-amp-modeler")
    sound = noise()
    made = {}
    for seed, (name, architecture, config) in enumerate(cases()):
        torch.manual_seed(seed)
        model = factory.init(architecture, kwargs={"config": config})
        randomise(model, torch.Generator().manual_seed(seed))
        model.eval()
        # Date, loudness and gain are not what is looked at here, and take minutes.
        model._get_non_user_metadata = dict
        export = model._get_export_dict()
        export["sample_rate"] = RATE
        differs = None
        if architecture == "Linear":
            differs = "the order of the taps"
            with torch.no_grad():
                model._net.weight.copy_(model._net.weight.flip(-1))
        elif name == "wavenet_film_layer1x1":
            differs = "the modulation behind the 1 x 1 convolution of a layer without blending"
            for layers in model._net._layer_arrays:
                for layer in layers._layers:
                    layer._layer1x1_post_film = None
        elif name == "wavenet_no_layer1x1":
            differs = "what a layer without a 1 x 1 convolution passes on"
            for layers in model._net._layer_arrays:
                for layer in layers._layers:
                    nothing = torch.nn.Conv1d(layer.bottleneck, layer.channels, 1)
                    with torch.no_grad():
                        nothing.weight.zero_()
                        nothing.bias.zero_()
                    layer._layer1x1 = nothing
        elif architecture == "LSTM":
            # The file holds the memory as silence settles it; the model itself would begin with another one.
            hidden, cell = model._get_initial_state()
            with torch.no_grad():
                model._initial_hidden.copy_(hidden[:, 0])
                model._initial_cell.copy_(cell[:, 0])
        output = play(model, sound)
        assert np.std(output) > 2e-4, f"{name} is silent"
        export = tidy(export)
        export["golden"] = {"package": f"neural-amp-modeler {version}", "output": [short(float(output[i])) for i in PLACES]}
        if differs:
            export["golden"]["core_differs"] = differs
        made[name] = export
    # The package has no container of its own kind to export: its sizes are models as above.
    sizes = ["wavenet_blended", "wavenet_a1_nano"]
    inner = [{key: made[size][key] for key in ("version", "architecture", "config", "weights", "sample_rate")} for size in sizes]
    made["container"] = {
        "version": "0.7.0",
        "architecture": "SlimmableContainer",
        "config": {"submodels": [{"max_value": 0.5, "model": inner[0]}, {"max_value": 1.0, "model": inner[1]}]},
        "weights": [],
        "sample_rate": RATE,
        "golden": {"package": f"neural-amp-modeler {version}", "sizes": sizes},
    }
    for name, export in made.items():
        path = directory / f"{name}.nam"
        path.write_text(json.dumps(export, separators=(",", ":")) + "\n")
        print(f"{name}: {len(export['weights'])} weights, {path.stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
