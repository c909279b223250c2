"""What columns of one's own bring: a shop with planted tastes for prices and brands, with its columns and without.

    python benchmarks/own_columns.py [SEEDS]

For each seed a world is drawn (600 people, 500 goods, 40 brands): everybody has three brands they love and a price they are
used to. A hybrid with default settings learns it twice, from ids alone and with price and brand; both are measured on the same
test events. Writes `own_columns.json`: NDCG@10 of both, and the difference with its interval over users (all seeds together).
"""

import sys

import din_rec  # noqa: F401  # before PyTorch
import numpy as np
import pandas as pd
from common import record

from din_rec.data import from_frame
from din_rec.recipes import train_run
from din_rec.evaluation import paired_bootstrap


def shop(seed: int, n_users: int = 600, n_items: int = 500, n_brands: int = 40):
    "Events, and the goods with price and brand; each purchase follows the purse and three brands of its user"
    rng = np.random.default_rng(seed)
    price, brand = rng.lognormal(3, 1, n_items).round(2), rng.integers(0, n_brands, n_items)
    weight = -0.6 * np.log(1 + rng.permutation(n_items))
    purse = rng.normal(3, 0.9, n_users)
    love = np.argsort(rng.random((n_users, n_brands)), axis=1)[:, :3]
    rows = []
    for user in range(n_users):
        taste = 2.5 * np.isin(brand, love[user]) - (np.log(price) - purse[user]) ** 2 / 0.15
        n = rng.integers(7, 21)
        bought = np.argsort(-(weight + taste + rng.gumbel(size=n_items)))[:n]
        times = (
            1_600_000_000
            + rng.integers(0, 9_000_000)
            + rng.exponential(86_400, n).cumsum().astype(int)
        )
        rows += [
            (f"u{user}", f"p{item}", time) for item, time in zip(rng.permutation(bought), times)
        ]
    goods = pd.DataFrame({"item": [f"p{i}" for i in range(n_items)], "price": price})
    goods["brand"] = [f"Brand {b:02d}" for b in brand]
    return pd.DataFrame(rows, columns=["user", "item", "time"]), goods


def main(seeds: int) -> None:
    figures, frames = {}, {"ids": [], "columns": []}
    for seed in range(seeds):
        events, goods = shop(seed)
        for what, items in ("ids", None), ("columns", goods):
            data = from_frame(events, items=items, name=f"shop-{seed}")
            run, frame = train_run("hybrid", data, seed=seed, progress=False)
            frames[what].append(frame.set_index(frame.index + 10**6 * seed))
            figures[f"{what} {seed}"] = {
                k: round(v, 4) for k, v in run.info["metrics"]["test"].items() if "ndcg@10" in k
            }
            print(what, seed, figures[f"{what} {seed}"], flush=True)
    ids, columns = (
        pd.concat(frames[what])[["ndcg@10|100", "ndcg@10"]] for what in ("ids", "columns")
    )
    gain = paired_bootstrap(columns, ids).round(4).to_dict("index")
    record(__file__, {"figures": figures, "gain": gain}, arguments=f" {seeds}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
