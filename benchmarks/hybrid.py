"""What the parts of the hybrid bring, what the leak would have promised, whether the reasons hold, what it costs: from recorded runs of `din_rec train --model hybrid`.

    python benchmarks/hybrid.py RUN0 RUN1 RUN2      (folders, one a seed; writes results/hybrid-study.json)
"""
import json, sys, time
from pathlib import Path
import numpy as np
import pandas as pd
from din_rec.cli import TEST_SEED, VALID_SEED, load_run
from din_rec.data import evaluation_candidates
from din_rec.hybrid import HybridRanker, LightGBMRanker, deletion_test, fit_trees, hold_back, importance, permutation_importance
from din_rec.topk import auc, count_above, one_positive, paired_bootstrap, rank_sampled, ranking_metrics

VARIANTS = {'score': ('score',), 'embedding': ('embedding',), 'explicit': ('explicit',), 'score + embedding': ('score', 'embedding'), 'score + explicit': ('score', 'explicit'),
            'embedding + explicit': ('embedding', 'explicit'), 'all': ('embedding', 'score', 'explicit')}


def figures(score, examples, lists):
    scores = score(examples, lists)
    frame = rank_sampled(lambda e, c: scores, examples, lists)
    flat = (np.arange(lists.shape[1]) == 0) * np.ones((len(lists), 1))
    frame['auc'] = pd.Series([auc(y, s) for y, s in zip(flat, scores)], index=examples.user).groupby(level=0).mean()   # of each user's list, for the bootstrap
    return auc(one_positive(lists), scores), frame[['auc', 'hr@10|100', 'ndcg@10|100']]


def ndcg(ranker, rows):
    lists = evaluation_candidates(rows, 100)
    return float(ranking_metrics['ndcg'](*count_above(ranker.score(rows, lists)), 10).mean())


def study(folders):
    kept = {name: [] for name in ['own model', 'model of all training events', *VARIANTS]}; aucs = {name: [] for name in kept}
    leak, deletion, shares, costs = [], [], [], []
    for folder in folders:
        run = load_run(folder); info, split = run.info, run.split
        blocks, test, valid = hold_back(split, info['settings']['last']), split.examples('test'), split.examples('valid')
        lists, exam, model = evaluation_candidates(test, 100, TEST_SEED), evaluation_candidates(valid, 100, VALID_SEED), run.scorer.model
        trees = {k: v for k, v in info['settings'].items() if k not in ('base', 'base_epochs', 'last')}
        costs.append({'base seconds': info['base']['seconds'], 'trees seconds': info['base']['seconds_of_the_trees']})
        scorers = {'own model': model.score, **{name: fit_trees(HybridRanker(model, use=use, **trees), blocks, exam, info['seed']).score for name, use in VARIANTS.items() if name != 'all'}, 'all': run.scorer.score}
        for name, scorer in scorers.items():
            a, frame = figures(scorer, test, lists)
            aucs[name].append(a); kept[name].append(frame); print(folder, name, round(a, 4), frame.mean().round(4).to_dict(), flush=True)
        tainted = fit_trees(HybridRanker(model, **{**trees, 'negatives': 7}), blocks, exam, info['seed'], leaky=True)
        some = blocks.examples('train'); some = some[np.random.default_rng(0).permutation(len(some))[:3000]]
        block = blocks.examples('block'); block = block[np.random.default_rng(0).permutation(len(block))[:3000]]
        leak.append({'leaking': [ndcg(tainted, some), float(figures(tainted.score, test, lists)[1]['ndcg@10|100'].mean())], 'hybrid': [ndcg(run.scorer, block), float(kept['all'][-1]['ndcg@10|100'].mean())],
                     'model alone': [ndcg(model, some), float(kept['own model'][-1]['ndcg@10|100'].mean())]})
        top = lists[np.arange(len(lists)), run.scorer.score(test, lists).argmax(1)]
        falls = deletion_test(run.scorer, test[:300], top[:300])
        deletion.append({c: float((falls.reasons > falls[c]).mean()) for c in falls.columns[1:]} | {'explanations': len(falls)})
        watched = fit_trees(HybridRanker(model, canary=True, **trees), blocks, exam, info['seed'])
        shares.append({'gain by group': importance(watched, by='group').to_dict(), 'split by group': importance(watched, 'split', 'group').to_dict(),
                       'permutation by group': permutation_importance(watched, test, lists).to_dict(), 'gain': importance(watched).head(15).to_dict()})
        print(leak[-1], deletion[-1], flush=True)
    mean = {name: sum(frames) / len(frames) for name, frames in kept.items() if frames}
    rows = {name: {'auc': [float(np.mean(aucs[name])), float(np.std(aucs[name], ddof=1))], **{c: [float(np.mean([f[c].mean() for f in kept[name]])), float(np.std([f[c].mean() for f in kept[name]], ddof=1))] for c in ('hr@10|100', 'ndcg@10|100')},
                   'against own model': paired_bootstrap(mean[name], mean['own model']).to_dict('index')} for name in mean}
    return {'seeds': len(folders), 'rows': rows, 'leak': leak, 'deletion': deletion, 'importance': shares, 'costs': costs}


if __name__ == '__main__':
    found = study(sys.argv[1:])
    Path('results/hybrid-study.json').write_text(json.dumps({'command': 'python benchmarks/hybrid.py RUN0 RUN1 RUN2', 'data': 'ml-100k, leave-one-out', **found}, indent=1) + '\n')
