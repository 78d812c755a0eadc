"""Times the default model's network in another library and prints one line of JSON.

usage: bench_peer.py onnxruntime|pytorch MODEL

The model file is read as docs/model-format.md says. One thread plays one frame of one channel and one of two; the times
are medians of many calls. PyTorch also trains, on all cores, and plays and trains profiles of effects: in blocks of 64
samples of one channel, and on the batches of experiments/src/bin/profile_bench.rs.
"""

import json
import os
import struct
import sys
import time

import numpy as np

BATCH = 100
TYPES = {"F32": np.float32, "F16": np.float16}


class Model:
    """A model file's network: its layers' weights, biases and activations, and its shortcuts."""

    def __init__(self, path):
        data = open(path, "rb").read()
        (length,) = struct.unpack("<Q", data[:8])
        header = json.loads(data[8 : 8 + length])
        card = json.loads(header["__metadata__"]["config"])
        net = card.get("model", card)["architecture"]
        tensors = {}
        for name, entry in header.items():
            if name != "__metadata__":
                first, last = (8 + length + offset for offset in entry["data_offsets"])
                tensors[name] = np.frombuffer(data[first:last], TYPES[entry["dtype"]]).reshape(entry["shape"]).astype(np.float32)
        self.inputs, self.latent_layer = net["inputs"], net["latent_layer"]
        self.activations = [layer["activation"] for layer in net["layers"]]
        self.weights = [tensors[f"layers.{index}.weight"] for index in range(len(net["layers"]))]
        self.biases = [tensors.get(f"layers.{index}.bias") for index in range(len(net["layers"]))]
        self.encoder_shortcut = tensors.get("encoder_shortcut.weight")
        self.decoder_shortcut = tensors.get("decoder_shortcut.weight")

    def shortcut(self, index):
        """The linear path that ends at a layer's sums, and the name of where it begins."""
        if index == self.latent_layer and self.encoder_shortcut is not None:
            return "input", self.encoder_shortcut
        if index == len(self.weights) - 1 and self.decoder_shortcut is not None:
            return "latent", self.decoder_shortcut
        return None, None


def median_time(call, repeats=2000):
    for _ in range(100):
        call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def frames(count, bins):
    index = np.arange(count * bins, dtype=np.float32).reshape(count, bins)
    return ((np.sin(index * 0.37) * 0.5 + 0.5) ** 4).astype(np.float32)


def onnx_graph(model):
    from onnx import TensorProto, helper, numpy_helper

    operators = {"relu": "Relu", "leaky_relu": "LeakyRelu", "sigmoid": "Sigmoid", "tanh": "Tanh"}
    nodes, constants, name, places = [], [], "x", {"input": "x"}

    def add(operator, inputs, output, **attributes):
        nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def constant(value, label):
        constants.append(numpy_helper.from_array(value, label))
        return label

    for index, weight in enumerate(model.weights):
        bias = model.biases[index]
        sums = (
            add("MatMul", [name, constant(weight, f"w{index}")], f"m{index}")
            if bias is None
            else add("Gemm", [name, constant(weight, f"w{index}"), constant(bias, f"b{index}")], f"m{index}")
        )
        start, path = model.shortcut(index)
        if start:
            sums = add("Add", [sums, add("MatMul", [places[start], constant(path, f"s{index}")], f"p{index}")], f"a{index}")
        kind = model.activations[index]
        name = sums if kind == "linear" else add(operators[kind], [sums], f"y{index}", **({"alpha": 0.01} if kind == "leaky_relu" else {}))
        if index == model.latent_layer:
            places["latent"] = name
    value = lambda text: helper.make_tensor_value_info(text, TensorProto.FLOAT, ["n", model.inputs])
    graph = helper.make_graph(nodes, "anne", [value("x")], [value(name)], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def run_onnxruntime(model):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(onnx_graph(model).SerializeToString(), options, providers=["CPUExecutionProvider"])
    mono, stereo = frames(1, model.inputs), frames(2, model.inputs)
    return {
        "name": "onnxruntime",
        "version": onnxruntime.__version__,
        "mono_s": median_time(lambda: session.run(None, {"x": mono})),
        "stereo_s": median_time(lambda: session.run(None, {"x": stereo})),
    }


def run_pytorch(model):
    import torch

    functions = {
        "linear": lambda x: x,
        "relu": torch.relu,
        "leaky_relu": lambda x: torch.nn.functional.leaky_relu(x, 0.01),
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
    }

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            linear = lambda weight, bias: self.filled(torch.nn.Linear(*weight.shape, bias=bias is not None), weight, bias)
            self.layers = torch.nn.ModuleList(linear(*pair) for pair in zip(model.weights, model.biases))
            paths = [model.shortcut(index) for index in range(len(model.weights))]
            self.starts = [start for start, _ in paths]
            self.paths = torch.nn.ModuleList(torch.nn.Identity() if path is None else linear(path, None) for _, path in paths)

        @staticmethod
        def filled(layer, weight, bias):
            layer.weight.data = torch.from_numpy(weight.T.copy())
            if bias is not None:
                layer.bias.data = torch.from_numpy(bias.copy())
            return layer

        def forward(self, x):
            places = {"input": x}
            for index, layer in enumerate(self.layers):
                x = layer(x)
                if self.starts[index]:
                    x = x + self.paths[index](places[self.starts[index]])
                x = functions[model.activations[index]](x)
                if index == model.latent_layer:
                    places["latent"] = x
            return x

    net = Net()
    torch.set_num_threads(1)
    mono, stereo = torch.from_numpy(frames(1, model.inputs)), torch.from_numpy(frames(2, model.inputs))
    with torch.inference_mode():
        mono_s, stereo_s = median_time(lambda: net(mono)), median_time(lambda: net(stereo))
    torch.set_num_threads(os.cpu_count() or 1)
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-5)
    batch = torch.from_numpy(frames(BATCH, model.inputs))

    def step():
        optimiser.zero_grad()
        torch.nn.functional.mse_loss(net(batch), batch).backward()
        optimiser.step()

    return {
        "name": "pytorch",
        "version": torch.__version__,
        "mono_s": mono_s,
        "stereo_s": stereo_s,
        "train_frames_per_second": BATCH / median_time(step, 200),
        "profiles": profiles_pytorch(torch),
        "profile_train": train_profiles_pytorch(torch),
    }


BLOCK = 64
A2 = [1, 3, 7, 17, 41, 101, 239]


def convolutions(torch):
    """The dilated networks of the .nam world, by name: channels, kernels and dilations of each array, and the head's taps."""

    class Arrays(torch.nn.Module):
        def __init__(self, arrays, taps, activation):
            super().__init__()
            self.activation = activation
            self.arrays, inputs = torch.nn.ModuleList(), 1
            for channels, head, layers in arrays:
                conv = lambda kernel, dilation: torch.nn.Conv1d(channels, channels, kernel, dilation=dilation)
                point = lambda a, b, bias=True: torch.nn.Conv1d(a, b, 1, bias=bias)
                self.arrays.append(
                    torch.nn.ModuleDict(
                        {
                            "in": point(inputs, channels, False),
                            "conv": torch.nn.ModuleList(conv(*layer) for layer in layers),
                            "mix": torch.nn.ModuleList(point(1, channels, False) for _ in layers),
                            "out": torch.nn.ModuleList(point(channels, channels) for _ in layers),
                            "head": torch.nn.Conv1d(channels, head, taps, bias=head == 1),
                        }
                    )
                )
                inputs = channels

        def forward(self, sound, past=None):
            """`past` keeps what each convolution has heard, for blocks that follow one another; without it the output is shorter."""
            x, head = sound, None
            for index, array in enumerate(self.arrays):
                x, sum_ = array["in"](x), head
                for layer, conv in enumerate(array["conv"]):
                    heard = self.heard(past, (index, layer), x, (conv.kernel_size[0] - 1) * conv.dilation[0])
                    z = conv(heard)
                    length = z.shape[-1]
                    z = self.activation(z + array["mix"][layer](sound[..., -length:]))
                    sum_ = z if sum_ is None else sum_[..., -length:] + z
                    x = x[..., -length:] + array["out"][layer](z)
                head = array["head"](self.heard(past, (index, "head"), sum_, array["head"].kernel_size[0] - 1))
            return head

        @staticmethod
        def heard(past, key, x, reach):
            if past is None or reach == 0:
                return x
            before = past.get(key, x.new_zeros((*x.shape[:-1], reach)))
            heard = torch.cat([before, x], dim=-1)
            past[key] = heard[..., -reach:]
            return heard

    leaky = lambda x: torch.nn.functional.leaky_relu(x, 0.01)
    doubling = [(3, 1 << power) for power in range(10)]
    spread = [(6, dilation) for dilation in A2]
    return {
        "NAM A1 standard": lambda: Arrays([(16, 8, doubling), (8, 1, doubling)], 1, torch.tanh),
        "NAM A2 full": lambda: Arrays([(8, 1, [*spread, *spread, (15, 1), (15, 13), *spread])], 16, leaky),
    }


def profiles_pytorch(torch):
    """Seconds for 64 samples of one channel on one thread, blocks following one another."""
    torch.set_num_threads(1)
    block, found = torch.sin(torch.arange(BLOCK) * 0.3)[None, None], {}
    with torch.inference_mode():
        for hidden in (16, 32):
            lstm, head = torch.nn.LSTM(1, hidden, batch_first=True), torch.nn.Linear(hidden, 1)
            memory = [torch.zeros(1, 1, hidden), torch.zeros(1, 1, hidden)]

            def play():
                y, memory[:] = lstm(block[0, :, :, None], tuple(memory))
                head(y)

            found[f"LSTM-{hidden}"] = median_time(play, 500)
        for name, make in convolutions(torch).items():
            net, past = make(), {}
            found[name] = median_time(lambda: net(block, past), 300)
    return found


def train_profiles_pytorch(torch):
    """Scored samples of sound learned in a second on all cores: segments of 2048 samples."""
    torch.set_num_threads(os.cpu_count() or 1)

    class Lstm(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.head = torch.nn.LSTM(1, 32, batch_first=True), torch.nn.Linear(32, 1)

        def forward(self, x):
            return self.head(self.lstm(x[:, 0, :, None])[0])[:, None, :, 0]

    found = {}
    for name, net, segments, lookback in (
        ("LSTM-32", Lstm(), 32, 0),
        ("NAM A1 standard", convolutions(torch)["NAM A1 standard"](), 8, 4092),
    ):
        optimiser = torch.optim.Adam(net.parameters(), lr=1e-5)
        x = 0.5 * torch.sin(torch.arange(segments * (2048 + lookback)) * 0.37).reshape(segments, 1, -1)
        target = 0.5 * torch.sin(torch.arange(segments * 2048) * 0.29).reshape(segments, 1, -1)

        def step():
            optimiser.zero_grad()
            torch.nn.functional.mse_loss(net(x), target).backward()
            optimiser.step()

        step()
        times = []
        for _ in range(9):
            start = time.perf_counter()
            step()
            times.append(time.perf_counter() - start)
        found[name] = segments * 2048 / float(np.median(times))
    return found


if __name__ == "__main__":
    peers = {"onnxruntime": run_onnxruntime, "pytorch": run_pytorch}
    print(json.dumps(peers[sys.argv[1]](Model(sys.argv[2]))))
