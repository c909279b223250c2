"""The README's pictures, drawn from results/*.json: python benchmarks/picture.py"""

import re, textwrap
from pathlib import Path
import matplotlib

matplotlib.use('Agg')
import matplotlib.pyplot as plt
from din_rec.experiments import by_label, read_records
from din_rec.tables import exam_frame, plot_exams

top = Path(__file__).resolve().parent.parent
images = top / 'nbs/images'
images.mkdir(exist_ok=True)
records = read_records(top / 'results', 'ml-100k')

words = {
    'hybrid-graph': 'Hybrid over three networks',
    'hybrid': 'Hybrid over DIN',
    'din': 'DIN + features',
    'sasrec-gbce': 'SASRec, gBCE',
    'sasrec': 'SASRec',
    'narm': 'NARM',
    'gru4rec': 'GRU4Rec',
    'avgpool': 'AvgPool',
    'lightgbm': 'LightGBM, features only',
    'ease': 'EASE, nothing to train',
    'itemknn': 'Nearest items',
    'popularity': 'Popularity',
    'random': 'Random',
}
groups = by_label({name: r for name, r in records.items() if r['split'] == 'leave_one_out'})
values = {label: [r['metrics']['test']['hr@10|100'] for r in groups[label]] for label in words}
fig, ax = plt.subplots(figsize=(6, 3.9), dpi=100)
values = dict(sorted(values.items(), key=lambda pair: -sum(pair[1]) / len(pair[1])))
means = [sum(v) / len(v) for v in values.values()]
ax.barh(
    [words[label] for label in values],
    means,
    color=['#2166ac' if label.startswith('hybrid') else '#bbbbbb' for label in values],
)
for y, (v, mean) in enumerate(zip(values.values(), means)):
    ax.plot(v, [y] * len(v), 'o', color='#e08214', markersize=4)
    ax.text(max(v) + 0.025, y, f'{mean:.3f}', va='center')
ax.invert_yaxis()
ax.set(xlim=(0, 1), xlabel='share of users whose hidden film is in the top 10 of 100')
fig.suptitle('MovieLens-100K: how often the hidden film is found')
fig.tight_layout()
fig.savefig(images / 'results.png', metadata={'Software': None})

exams = {model: exam_frame(records, f'protocol-{model.lower()}') for model in ('DIN', 'SASRec')}
_, axes = plt.subplots(2, 1, figsize=(7, 6), dpi=100, sharex=True, height_ratios=[5, 13])
plot_exams(exams, n_items=1682, title='One model: its hit rate depends on the protocol', ax=axes)[
    0
].figure.savefig(images / 'protocol.png', metadata={'Software': None})

# The card that other sites show: the quick start's own first reason about other people.
told = (top / 'results/quickstart.txt').read_text(encoding='utf-8')
reason = re.search(r'\d+ other people watched .*? it\.', ' '.join(told.split()))[0]
card = plt.figure(figsize=(12, 6.3), dpi=100, facecolor='#14303f')
lines = '\n'.join(textwrap.wrap(f'“{reason}”', 46))
for y, text, size, colour, how in (
    (0.77, 'din_rec', 52, 'white', {'weight': 'bold'}),
    (0.61, 'Recommendations with reasons', 32, '#b9e0d2', {}),
    (0.41, lines, 23, 'white', {'style': 'italic', 'linespacing': 1.6}),
    (0.16, 'Read it as a book, run it on your log, check every figure.', 20, '#9fb8c4', {}),
):
    card.text(0.067, y, text, size=size, color=colour, va='center', **how)
card.savefig(images / 'card.png', metadata={'Software': None})
