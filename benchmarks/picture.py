"""The README's picture, drawn from results/*.json: python benchmarks/picture.py"""
import json
from collections import defaultdict
from pathlib import Path
import matplotlib
matplotlib.use('Agg')
import matplotlib.pyplot as plt

top = Path(__file__).resolve().parent.parent
values = defaultdict(list)
for file in sorted((top/'results').glob('ml-100k-*-seed*.json')):
    r = json.loads(file.read_text())
    if r['split'] != 'leave_one_out': continue
    name = {'random': 'Random', 'popularity': 'Popularity', 'lightgbm': 'LightGBM, features only', 'avgpool': 'AvgPool', 'gru4rec': 'GRU4Rec', 'narm': 'NARM', 'sasrec': 'SASRec',
            'base': 'Base (mean + features)', 'din': 'DIN + features' if r['features'] else 'DIN, ids only', 'hybrid': 'Hybrid'}[r['model']]
    values[name].append(r['metrics']['test']['hr@10|100'])
names = [n for n in ('Random', 'Popularity', 'LightGBM, features only', 'AvgPool', 'GRU4Rec', 'NARM', 'SASRec', 'Base (mean + features)', 'DIN, ids only', 'DIN + features', 'Hybrid') if n in values][::-1]
means = [sum(values[n]) / len(values[n]) for n in names]
fig, ax = plt.subplots(figsize=(6, 3.5), dpi=100)
ax.barh(names, means, color=['#2166ac' if n == 'Hybrid' else '#bbbbbb' for n in names])
for y, (name, mean) in enumerate(zip(names, means)):
    ax.plot(values[name], [y] * len(values[name]), 'o', color='#e08214', markersize=4)
    ax.text(max(values[name]) + .025, y, f'{mean:.3f}', va='center')
ax.set(xlim=(0, 1), xlabel='share of users whose hidden film is in the top 10 of 100')
fig.suptitle('MovieLens-100K: the hybrid finds the film most often')
fig.tight_layout()
(top/'nbs/images').mkdir(exist_ok=True)
fig.savefig(top/'nbs/images/results.png', metadata={'Software': None})
