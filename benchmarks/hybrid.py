"""What the parts of the hybrid bring, what the leak would have promised, whether the reasons hold, what it costs: from recorded runs of `din_rec train --model hybrid`.

    python benchmarks/hybrid.py RUN0 RUN1 RUN2 [--whole DIN0 DIN1 DIN2]     (folders, one a seed; writes results/hybrid-study.json)

The runs after --whole are `din_rec train --model din`, which has learned from block B too: the paired bootstrap of the hybrid against it is added.
"""

import json, multiprocessing, sys
from pathlib import Path
import numpy as np
import pandas as pd
from din_rec.runs import load_run
from din_rec.recipes import TEST_SEED, VALID_SEED
from din_rec.settings import read_settings
from din_rec.splits import evaluation_candidates
from din_rec.hybrid import HybridRanker, LightGBMRanker, fit_trees, hold_back
from din_rec.attribution import importance, permutation_importance
from din_rec.explanations import deletion_test
from din_rec.evaluation import auc, one_positive, paired_bootstrap
from din_rec.topk import count_above, rank_sampled
from din_rec.topk import ranking_metrics

VARIANTS = {
    'score': ('score',),
    'embedding': ('embedding',),
    'explicit': ('explicit',),
    'score + embedding': ('score', 'embedding'),
    'score + explicit': ('score', 'explicit'),
    'embedding + explicit': ('embedding', 'explicit'),
    'all': ('embedding', 'score', 'explicit'),
}


def figures(score, examples, lists):
    scores = score(examples, lists)
    frame = rank_sampled(lambda e, c: scores, examples, lists)
    flat = (np.arange(lists.shape[1]) == 0) * np.ones((len(lists), 1))
    frame['auc'] = (
        pd.Series([auc(y, s) for y, s in zip(flat, scores)], index=examples.user)
        .groupby(level=0)
        .mean()
    )  # of each user's list, for the bootstrap
    return auc(one_positive(lists), scores), frame[['auc', 'hr@10|100', 'ndcg@10|100']]


def ndcg(ranker, rows):
    lists = evaluation_candidates(rows, 100)
    return float(ranking_metrics['ndcg'](*count_above(ranker.score(rows, lists)), 10).mean())


def one_run(folder):
    "Everything about one recorded run"
    import torch

    torch.set_num_threads(1)
    run = load_run(folder)
    info, split = run.info, run.split
    blocks, test, valid = (
        hold_back(split, info['settings']['last']),
        split.examples('test'),
        split.examples('valid'),
    )
    lists, exam, model, seed = (
        evaluation_candidates(test, 100, TEST_SEED),
        evaluation_candidates(valid, 100, VALID_SEED),
        run.scorer.model,
        info['seed'],
    )
    model.learned = blocks
    trees = read_settings('hybrid', info['settings'], info['base']).ranker_settings()
    fit = lambda **more: fit_trees(
        HybridRanker(model, **{**trees, **more.pop('ranker', {})}),
        blocks,
        exam,
        seed,
        threads=1,
        **more,
    )
    scorers = {
        'own model': model.score,
        'all': run.scorer.score,
        **{name: fit(ranker={'use': use}).score for name, use in VARIANTS.items() if name != 'all'},
    }
    rows = {name: figures(scorer, test, lists) for name, scorer in scorers.items()}
    tainted, watched = fit(ranker={'negatives': 3}, leaky=True), fit(ranker={'canary': True})
    draw = lambda part: (rows := blocks.examples(part))[
        np.sort(np.random.default_rng(0).permutation(len(rows))[:3000])
    ]
    on_test = lambda score: float(figures(score, test, lists)[1]['ndcg@10|100'].mean())
    leak = {
        'leaking': [ndcg(tainted, draw('train')), on_test(tainted.score)],
        'hybrid': [ndcg(run.scorer, draw('block')), on_test(run.scorer.score)],
        'model alone': [ndcg(model, draw('train')), on_test(model.score)],
    }
    shares = {'permutation by group': permutation_importance(watched, test, lists).to_dict()}
    costs = {
        'own model, seconds': info['base']['seconds'],
        'trees, seconds': info['base']['seconds_of_the_trees'],
    }
    print(
        folder,
        {n: (round(a, 4), f.mean().round(4).to_dict()) for n, (a, f) in rows.items()},
        leak,
        costs,
        flush=True,
    )
    return rows, leak, shares, costs


def study(folders):
    with multiprocessing.Pool(2) as pool:
        found = pool.map(one_run, folders, chunksize=1)
    rows, (leak, shares, costs) = {}, [[f[i] for f in found] for i in range(1, 4)]
    mean = {name: sum(f[0][name][1] for f in found) / len(found) for name in found[0][0]}
    for name in ['own model', *VARIANTS]:
        rows[name] = {
            **summary([f[0][name] for f in found]),
            'against own model': paired_bootstrap(mean[name], mean['own model']).to_dict('index'),
        }
    return {'seeds': len(folders), 'rows': rows, 'leak': leak, 'importance': shares, 'costs': costs}


def whole_model(folder):
    "Figures of a run on its test lists"
    run = load_run(folder)
    test = run.split.examples('test')
    return figures(run.score, test, evaluation_candidates(test, 100, TEST_SEED))


def summary(found):
    "Mean and standard deviation over the seeds"
    spread = lambda values: [float(np.mean(values)), float(np.std(values, ddof=1))]
    return {
        'auc': spread([a for a, _ in found]),
        **{c: spread([f[c].mean() for _, f in found]) for c in ('hr@10|100', 'ndcg@10|100')},
    }


def add_whole(record, hybrids, dins):
    "The row of DINs that have learned from all training events"
    mine, theirs = [whole_model(f) for f in hybrids], [whole_model(f) for f in dins]
    mean = lambda found: sum(f for _, f in found) / len(found)
    record['rows']['model of all events'] = {
        **summary(theirs),
        'against own model': paired_bootstrap(
            mean(theirs), mean([whole_own(f) for f in hybrids])
        ).to_dict('index'),
    }
    record['hybrid against the model of all events'] = paired_bootstrap(
        mean(mine), mean(theirs)
    ).to_dict('index')


def deletion(folder):
    "Share of the explanations of 300 users' best candidates whose reasons cost more than random columns when silenced"
    run = load_run(folder)
    test = run.split.examples('test')
    lists = evaluation_candidates(test, 100, TEST_SEED)
    top = lists[np.arange(len(lists)), run.score(test, lists).argmax(1)]
    falls = deletion_test(run.scorer, test[:300], top[:300])
    return {
        **{c: float((falls.reasons > falls[c]).mean()) for c in falls.columns[1:]},
        'explanations': len(falls),
    }


def whole_own(folder):
    "Figures of the sequence model under a hybrid"
    run = load_run(folder)
    test = run.split.examples('test')
    return figures(run.scorer.model.score, test, evaluation_candidates(test, 100, TEST_SEED))


if __name__ == '__main__':
    hybrids, _, dins = ' '.join(sys.argv[1:]).partition('--whole')
    hybrids, dins, path = hybrids.split(), dins.split(), Path('results/hybrid-study.json')
    record = (
        json.loads(path.read_text())
        if path.exists() and dins
        else {
            'command': 'python benchmarks/hybrid.py RUN0 RUN1 RUN2 --whole DIN0 DIN1 DIN2',
            'data': 'ml-100k, leave-one-out',
            **study(hybrids),
        }
    )
    record['deletion'] = [deletion(folder) for folder in hybrids]
    if dins:
        add_whole(record, hybrids, dins)
    path.write_text(json.dumps(record, indent=1) + '\n')
