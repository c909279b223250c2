"""din_rec: a literate library for sequential recommendation.

The public names of all chapters are handed on from here. They are looked up on first use, so that `import din_rec` stays fast."""
__version__ = "0.1.0"

import importlib, os, sys

if 'torch' not in sys.modules:  # OpenMP reads it once: threads that wait for each other sleep instead of spinning, which a busy machine cannot afford
    os.environ.setdefault('OMP_WAIT_POLICY', 'PASSIVE')

_chapters = ('basics', 'columns', 'data', 'sources', 'splits', 'features', 'batches', 'attention', 'models',
             'trainer', 'topk', 'hybrid', 'tree_text', 'attribution', 'explanations', 'recipes', 'experiments', 'runs', 'recommender', 'report', 'cli')


def __getattr__(name):
    if not name.startswith('_'):
        if name in _chapters: return importlib.import_module(f'{__name__}.{name}')
        for chapter in _chapters:
            module = importlib.import_module(f'{__name__}.{chapter}')
            if name in getattr(module, '__all__', ()): return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
