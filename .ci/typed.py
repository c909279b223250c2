"""A user's script, for the type checker: the public names complete, and their types fit each other."""

import numpy as np
import pandas as pd

from din_rec import FeatureProcessor, Lists, Part, Recommender, RichTrainer, SASRec, leave_one_out
from din_rec import settings_of, synthetic

world = synthetic(n_users=50)
split = leave_one_out(world)
rows: np.ndarray = split.rows(Part.TEST)
lists = Lists(split.examples("test"), np.ones((len(rows), 3), int))
trainer = RichTrainer(SASRec(world.n_items), max_len=20)
scores: np.ndarray = trainer.score(lists.examples, lists.items)
frame: pd.DataFrame = trainer.evaluate_topk(lists.examples, lists.items)
processor = FeatureProcessor().fit(split)
columns: int = processor.width
rec = Recommender(settings_of("hybrid", base_epochs=1), user="customer", item="article")
best: pd.DataFrame = rec.fit(world).recommend(["4711"], k=5, at="last")
again: Recommender = Recommender.load(rec.save("runs/shop"))
log_index = world.index
