"""Where databases lie in tests: in memory, which is faster than a disk, and as real for everything but a power cut."""

import os
from pathlib import Path

_SHARED = Path("/dev/shm")
IN_MEMORY = _SHARED if os.access(_SHARED, os.W_OK) else None  # None: wherever temporary files lie
