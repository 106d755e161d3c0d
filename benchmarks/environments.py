"""Environments of their own for what this project is compared with, made on first use.

Each has exactly the packages of a requirements file, none that they would pull in besides: an open
range can bring another PyTorch.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from platformdirs import user_cache_path

HERE = Path(__file__).parent
CACHE = user_cache_path("duanci") / "benchmarks"


def python_of(requirements: Path) -> str:
    """Return the Python of an environment with the packages of a requirements file.

    :raises subprocess.CalledProcessError: they cannot be installed.
    """
    mark = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = CACHE / f"{requirements.stem}-{mark}"
    python = folder / "bin" / "python"
    if (folder / "installed").exists():
        return str(python)
    sys.stderr.write(f"installing {requirements.name} into {folder} (once, about 2 GB)\n")
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = [str(python), "-m", "pip", "install", "-qq", "--no-deps", "-r"]
    subprocess.run([*install, str(requirements)], check=True, stdout=sys.stderr)
    (folder / "installed").touch()
    return str(python)
