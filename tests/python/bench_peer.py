"""Times the default model's network in another library and prints one line of JSON.

usage: bench_peer.py onnxruntime|pytorch MODEL

The model file is read as docs/model-format.md says. One thread plays one frame of one channel and one of two; the times
are medians of many calls. PyTorch also trains, on all cores.
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
        net = json.loads(header["__metadata__"]["config"])["architecture"]
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
    }


if __name__ == "__main__":
    peers = {"onnxruntime": run_onnxruntime, "pytorch": run_pytorch}
    print(json.dumps(peers[sys.argv[1]](Model(sys.argv[2]))))
