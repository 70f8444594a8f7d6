"""What the engine computes on, and how much memory it took there. No host is ever named."""

import os
import platform
import resource
import sys
from pathlib import Path

import keras

from ageline.params import Train

_CPUINFO = Path("/proc/cpuinfo")


def device_name(train: Train) -> str:
    """The model of the GPU, or of the processor and the threads that a process may use of it, and how many there are.

    Other devices are taken to be of the same model.
    """
    on_jax = keras.config.backend() == "jax"
    gpu = _gpu_name_jax() if on_jax else _gpu_name_tensorflow()
    threads = train.threads if train.deterministic else os.cpu_count()
    name = f"{_processor()}, {threads} threads" if gpu is None else gpu
    return f"{name}{_numbers_jax()}" if on_jax else name


def peak_memory() -> int:
    """The most memory that this process has held, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # everywhere else in KiB


def gpu_peak_memory() -> int | None:
    """The most memory of this process' first GPU that tensors have held, in bytes.

    None where there is none, or the engine can't say.
    """
    if keras.config.backend() == "jax":
        import jax

        statistics = jax.local_devices()[0].memory_stats()  # None on a processor
        return statistics.get("peak_bytes_in_use") if statistics else None
    import tensorflow as tf

    if not tf.config.list_physical_devices("GPU"):
        return None
    return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])


def _gpu_name_tensorflow() -> str | None:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    return tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU") if gpus else None


def _gpu_name_jax() -> str | None:
    import jax

    device = jax.devices()[0]
    return None if device.platform == "cpu" else str(device.device_kind)


def _numbers_jax() -> str:
    import jax

    devices, count = jax.device_count(), jax.process_count()
    if devices == 1:
        return ""
    return f", {devices} devices in {count} process{'es' if count > 1 else ''}"


def _processor() -> str:
    if _CPUINFO.is_file():
        for line in _CPUINFO.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
