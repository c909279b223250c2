"""What each stage of the funnel finds, loses and costs against ranking everything; the curve of variety.

OMP_NUM_THREADS=1 python benchmarks/funnel.py RUN [USERS]      (a folder of `din_rec train --model hybrid`, measured on its test)
"""

import json, sys, time
from pathlib import Path
import numpy as np
import pandas as pd
import din_rec  # noqa: F401  # before PyTorch
from common import record, seconds
from din_rec.evaluation import paired_bootstrap
from din_rec.funnel import Request, fit_funnel, measure_funnel
from din_rec.lists import best_items, listed_items
from din_rec.rerank import ReRank, Rules
from din_rec.runs import load_run


def whole(run, moments, k=10):
    "NDCG@k of ranking everything, and the seconds of each moment"
    gain, took, allowed = [], [], listed_items(run.data)
    for row in range(len(moments)):
        moment, begin = moments[row : row + 1], time.perf_counter()
        items, _ = best_items(run.score, moment, k, allowed)
        took.append(time.perf_counter() - begin)
        place = np.flatnonzero(items == moment.item[0])
        gain.append(1 / np.log2(2 + place[0]) if len(place) else 0.0)
    return np.array(gain), np.array(took)


def variety_curve(run, funnel, moments, values=(0, 0.1, 0.2, 0.3, 0.5, 0.7)):
    "NDCG@10, different values of the first column of categories per list, and items shown to anybody"
    column = next(
        a.name
        for a in run.data.attributes
        if a.table == "items" and a.kind in ("category", "values")
    )
    rerank, found = (
        ReRank(run.data),
        [funnel(Request(moments[row : row + 1])).candidates for row in range(len(moments))],
    )
    rows = []
    for value in values:
        rules, gain, kinds, shown = Rules(variety=value, variety_of=column), [], [], set()
        for row, candidates in enumerate(found):
            chosen, _ = rerank(Request(moments[row : row + 1]), candidates, rules)
            place = np.flatnonzero(chosen.items == moments.item[row])
            gain.append(1 / np.log2(2 + place[0]) if len(place) else 0.0)
            kinds.append(int(rerank.column(column)[0][chosen.items].any(0).sum()))
            shown.update(chosen.items.tolist())
        rows.append(
            {
                "variety": value,
                "ndcg@10": round(float(np.mean(gain)), 4),
                f"{column} per list": round(float(np.mean(kinds)), 2),
                "catalogue shown": round(len(shown) / run.data.n_items, 3),
            }
        )
    return rows


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    run = load_run(sys.argv[1])
    every = run.split.examples("test", run.max_len)
    n = min(int(sys.argv[2]) if len(sys.argv) > 2 else len(every), len(every))
    moments = every[np.sort(np.random.default_rng(0).permutation(len(every))[:n])]
    begin = time.perf_counter()
    funnel = fit_funnel(run)
    fitted = time.perf_counter() - begin
    figures, (gain, took) = measure_funnel(funnel, moments), whole(run, moments)
    quick = np.array(
        [seconds(lambda: funnel(Request(moments[r : r + 1]))) for r in range(min(n, 300))]
    )
    stages = [funnel(Request(moments[r : r + 1])).took for r in range(min(n, 300))]
    a, b = (pd.DataFrame({"ndcg@10": x}, index=moments.user) for x in (figures["ndcg@10"], gain))
    gap = paired_bootstrap(a, b)
    path = Path(__file__).with_suffix(".json")
    before = json.loads(path.read_text())["results"] if path.exists() else {}
    record(
        __file__,
        before
        | {
            run.data.name: {
                "run": {
                    "model": run.info["model"],
                    "data": run.data.name,
                    "commit": run.info.get("commit"),
                },
                "users, items": [n, run.data.n_items],
                "quotas": funnel.stages[0].quotas,
                "fitted in, s": round(fitted, 1),
                **{name: round(float(x.mean()), 4) for name, x in figures.items()},
                "ndcg@10 of ranking everything": round(float(gain.mean()), 4),
                "difference": {
                    k: round(float(v), 5)
                    for k, v in gap.iloc[0].items()
                    if isinstance(v, (int, float))
                },
                "ms, funnel": {
                    f"p{p}": round(float(np.percentile(quick, p)) * 1e3, 2) for p in (50, 95, 99)
                },
                "ms, everything": {
                    f"p{p}": round(float(np.percentile(took, p)) * 1e3, 2) for p in (50, 95, 99)
                },
                "times as fast": round(float(np.median(took) / np.median(quick)), 1),
                "ms by stage": {
                    name: round(1e3 * float(np.median([s[name] for s in stages])), 2)
                    for name in stages[0]
                },
                "variety": variety_curve(run, funnel, moments[: min(n, 300)]),
            }
        },
        arguments=" RUN",
    )
