"""Export a sentence-transformers folder for its OpenVINO backend, as its documentation advises.

python benchmarks/contenders/export_openvino.py FOLDER TARGET
"""

import shutil
import sys
from pathlib import Path


def main() -> None:
    """Export beside the target and rename into its place."""
    from sentence_transformers import SentenceTransformer

    folder, target = map(Path, sys.argv[1:])
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    SentenceTransformer(str(folder), backend="openvino").save_pretrained(str(part))
    part.rename(target)


if __name__ == "__main__":
    main()
