"""How fast a hybrid scores: many pairs at once, and one request of 500 candidates at a time, with the parts; lists for everybody and for one user.

OMP_NUM_THREADS=2 python benchmarks/serving.py RUN       (a folder of `din_rec train --model hybrid`)
"""

import sys, time
import numpy as np
import din_rec  # before PyTorch, whose threads then sleep where they wait
from common import alternate, record, seconds
from din_rec.runs import load_run
from din_rec.recommender import Recommender
from din_rec.recipes import TEST_SEED
from din_rec.splits import evaluation_candidates
from din_rec.hybrid import sequence_columns

if __name__ == '__main__':
    import torch

    run = load_run(sys.argv[1])
    ranker, test = run.scorer, run.split.examples('test')
    lists = evaluation_candidates(test, 100, TEST_SEED)
    table = ranker.table(test, lists)
    parts = {
        'explicit features of the trees': lambda: ranker.features.transform(test, lists),
        "DIN, its own features included": lambda: sequence_columns(ranker.model, test, lists),
        'trees': lambda: ranker.raw_scores(table),
        'all': lambda: ranker.score(test, lists),
    }
    rate = {}
    for name, part in parts.items():
        part()
        rate[name] = int(lists.size / np.median([seconds(part) for _ in range(5)]))
    rng, took = np.random.default_rng(0), []
    for row in rng.integers(0, len(test), 300):
        one, asked = test[[row]], rng.permutation(run.data.n_items)[None, :500] + 1
        took.append(seconds(lambda: ranker.score(one, asked)) * 1000)
    threads = torch.get_num_threads()
    by_lightgbm = lambda: ranker.booster.predict(table, raw_score=True, num_threads=threads)
    ours, theirs, times = alternate(parts['trees'], by_lightgbm)
    rec = Recommender.of(run)
    everybody = [seconds(lambda: rec.recommend(k=20)) for _ in range(3)]
    users = rng.choice(run.data.users.user_id, 60)
    alone = [seconds(lambda: rec.recommend([user], k=20)) * 1000 for user in users]
    record(
        __file__,
        {
            'threads': torch.get_num_threads(),
            'trees': ranker.booster.num_trees(),
            'pairs a second': rate,
            "trees, times LightGBM's own speed": round(times, 2),
            'lists of 20 for everybody, s': round(float(np.median(everybody)), 1),
            'users, items': [run.data.n_users, run.data.n_items],
            'one list of 20, ms': {
                f'p{p}': round(float(np.percentile(alone[10:], p)), 1) for p in (5, 50, 95)
            },
            'one request, 500 candidates, ms': {
                f'p{p}': round(float(np.percentile(took[20:], p)), 1) for p in (50, 95, 99)
            },
        },
        torch.get_num_threads(),
        ' RUN',
    )
