"""NAM's own trainer (PyPI's neural-amp-modeler) on a pair, for so many minutes of the processor, for `nfx-lab profiler`.

Takes one JSON file: folder (holding {train,validation,test}_{input,target}.f32, little-endian floats), rate, minutes, threads, and
where to write the prediction of the test part. The network, the optimiser and the batches are those of NAM's simplified trainer (its packed A2); of the
sizes that it trains at once the one counts that is best on the validation part. The last line of output is JSON.
"""

import json
import logging
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import torch


def main():
    job = json.loads(Path(sys.argv[1]).read_text())
    torch.set_num_threads(job["threads"])
    warnings.filterwarnings("ignore")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    import pytorch_lightning as pl
    import nam
    from nam.data import Dataset
    from nam.train import core, full, lightning_module
    from torch.utils.data import DataLoader

    folder = Path(job["folder"])
    read = lambda name: torch.from_numpy(np.fromfile(folder / f"{name}.f32", dtype="<f4").copy())
    config = core._get_packed_model_config()
    model = lightning_module.PackedLightningModule.init_from_config(config)
    model.net.sample_rate = job["rate"]
    field = model.net.receptive_field

    # As the simplified trainer does: the output is brought to -18 dBFS for the training.
    level = float(torch.sqrt(torch.mean(read("train_target") ** 2)))
    scale = 10 ** (-18 / 20) / max(level, 1e-9)

    def part(name, ny):
        x, y = read(f"{name}_input"), read(f"{name}_target")
        x = torch.cat([torch.zeros(field), x])
        y = torch.cat([torch.zeros(field), y])
        # A dataset refuses samples of full scale and above when it is made, not when it is scaled later.
        within = min(1.0, 0.99 / float(y.abs().max()))
        data = Dataset(x, y * within, nx=field, ny=ny, sample_rate=job["rate"], require_input_pre_silence=None)
        data._y = data._y * (scale / within)
        return data

    train, validation = part("train", 8192), part("validation", None)
    loaders = [
        DataLoader(train, batch_size=16, shuffle=True, drop_last=True),
        DataLoader(validation),
    ]
    def spent():
        return time.process_time() / job["threads"]

    class Budget(pl.Callback):
        def on_train_batch_end(self, trainer, *_):
            trainer.should_stop = trainer.should_stop or spent() - start > 60 * job["minutes"]

    with tempfile.TemporaryDirectory() as root:
        trainer = pl.Trainer(
            max_epochs=-1,
            accelerator="cpu",
            callbacks=[*full._create_callbacks({"trainer": {}}, packed=True), Budget()],
            default_root_dir=root,
            enable_progress_bar=False,
            enable_model_summary=False,
            logger=False,
        )
        start = spent()
        trainer.fit(model, *loaders)
        seconds = spent() - start
        best = trainer.checkpoint_callback.best_model_path
        if best:
            state = torch.load(best, map_location="cpu", weights_only=False)["state_dict"]
            model.load_state_dict(state)
    model.eval()

    def play(name):
        x = read(name)
        with torch.no_grad():
            y = model.net(torch.cat([torch.zeros(field), x])[None], pad_start=False)
        y = y.detach().numpy().reshape(-1, y.shape[-1])
        return y[:, -len(x):] / scale

    want = read("validation_target").numpy()
    errors = [float(np.mean((y - want) ** 2) / np.mean(want**2)) for y in play("validation_input")]
    chosen = int(np.argmin(errors))
    play("test_input")[chosen].astype("<f4").tofile(job["output"])
    print(
        json.dumps(
            {
                "version": f"neural-amp-modeler {nam.__version__}, PyTorch {torch.__version__}",
                "steps": trainer.global_step,
                "epochs": trainer.current_epoch,
                "seconds": seconds,
                "network": config["net"]["config"]["submodels"][chosen]["name"],
            }
        )
    )


if __name__ == "__main__":
    main()
