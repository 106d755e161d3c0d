"""Whether there is a GPU that PyTorch can use, told without loading PyTorch."""

import ctypes
from importlib import metadata


def count_gpus() -> int:
    """Return how many NVIDIA GPUs the driver shows this process; 0 where there is no driver."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return 0
    count = ctypes.c_int(0)
    if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)):
        return 0
    return count.value


def torch_has_cuda() -> bool:
    """Tell whether the PyTorch that is installed was made for CUDA, by its version."""
    try:
        return not metadata.version("torch").endswith("+cpu")
    except metadata.PackageNotFoundError:
        return False
