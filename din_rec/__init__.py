"""din_rec: a literate library for sequential recommendation.

The public names of all chapters are handed on from here, on first use, so that `import din_rec`
stays fast; `__init__.pyi` says where each lives."""
__version__ = "0.1.0"

import os, sys

import lazy_loader

# OpenMP reads it once: threads that wait for each other sleep instead of spinning, which a busy
# machine cannot afford.
if 'torch' not in sys.modules:
    os.environ.setdefault('OMP_WAIT_POLICY', 'PASSIVE')

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
