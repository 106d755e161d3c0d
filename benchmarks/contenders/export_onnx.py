"""Export the transformer of a sentence-transformers folder for ONNX Runtime.

python benchmarks/contenders/export_onnx.py FOLDER TARGET
"""

import shutil
import sys
from pathlib import Path

_BOTH = {0: "texts", 1: "tokens"}


def main() -> None:
    """Export beside the target and rename into its place."""
    import torch
    from transformers import AutoModel

    class LastLayer(torch.nn.Module):
        def __init__(self, model: torch.nn.Module) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            return self.model(input_ids=input_ids, attention_mask=attention_mask)[0]

    folder, target = map(Path, sys.argv[1:])
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    model = AutoModel.from_pretrained(str(folder), attn_implementation="eager").eval()
    ids = torch.ones((2, 16), dtype=torch.int64)
    torch.onnx.export(
        LastLayer(model),
        (ids, ids.clone()),  # of one tensor twice, the exporter makes one input
        str(part / "model.onnx"),
        input_names=["input_ids", "attention_mask"],
        output_names=["last_hidden_state"],
        dynamic_shapes={"input_ids": _BOTH, "attention_mask": _BOTH},
        dynamo=True,
        optimize=False,  # ONNX Runtime does its own
    )
    shutil.copy(folder / "tokenizer.json", part)
    part.rename(target)


if __name__ == "__main__":
    main()
