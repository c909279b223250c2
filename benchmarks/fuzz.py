"""No timing: does any request, right or wrong, make the service fail? Schemathesis invents them from its OpenAPI description.

OMP_NUM_THREADS=1 python benchmarks/fuzz.py [EACH]       (needs: pip install schemathesis==4.32.5)
"""

import collections, sys
import hypothesis, schemathesis
import din_rec  # noqa: F401  # before PyTorch
from common import record
from din_rec.funnel import fit_funnel
from din_rec.recipes import train_run
from din_rec.recommender import Recommender
from din_rec.service import Arms, make_app
from din_rec.serving import LiveRun
from din_rec.settings import settings_of
from din_rec.sources import synthetic

MODES = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE


def toy():
    "The service of a toy run"
    world = synthetic(n_users=120)
    quick = settings_of("hybrid", rounds=20, base_epochs=1, base_encoder_epochs=1)
    run, _ = train_run("hybrid", world, settings=quick, full=False, progress=False)
    live = LiveRun(Recommender.of(run), funnel=fit_funnel(run, moments=10), name="shop")
    return make_app(Arms({"shop": live}))


def ask(operation, mode, each, seen):
    "Invented requests of one operation, counted by status"
    how = dict(max_examples=each, deadline=None, database=None, derandomize=True)

    @hypothesis.settings(suppress_health_check=[*hypothesis.HealthCheck], **how)
    @hypothesis.given(operation.as_strategy(generation_mode=mode))
    def invented(case):
        status = case.call().status_code
        seen[f"{operation.method.upper()} {operation.path} {status}"] += 1

    try:
        invented()
    except hypothesis.errors.Unsatisfiable:  # nothing can be wrong about it
        pass


if __name__ == "__main__":
    each, seen = int(sys.argv[1]) if len(sys.argv) > 1 else 700, collections.Counter()
    for found in schemathesis.openapi.from_asgi("/openapi.json", toy()).get_all_operations():
        for mode in MODES:
            ask(found.ok(), mode, each, seen)
    failed = sum(n for name, n in seen.items() if name.split()[-1] in ("500", "502", "504"))
    about = {"requests": sum(seen.values()), "answers of 500": failed}
    record(__file__, {**about, "by status": dict(sorted(seen.items()))}, arguments=f" {each}")
