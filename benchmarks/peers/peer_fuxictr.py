"""FuxiCTR's DIEN and MMoE (of its model_zoo, not in its package; FUXICTR_ZOO names a folder with both files)."""

import logging
import os
import sys
from collections import OrderedDict

from peer_common import arguments, measure_samples, versions

import torch

torch.set_num_threads(1)
sys.path.insert(0, os.environ["FUXICTR_ZOO"])  # folder with DIEN.py and MMoE.py
from fuxictr.features import FeatureMap
from DIEN import DIEN
from MMoE import MMoE

args = arguments(["dien", "mmoe"])
logging.disable(logging.CRITICAL)
B, L, D, ITEMS = 4096, 50, 64, 1682
item = dict(type="categorical", source="", vocab_size=ITEMS + 1, padding_idx=0)
shared = dict(item, share_embedding="item_id")
encoder = "layers.MaskedAveragePooling()" if args.variant == "mmoe" else None
features = FeatureMap("fake", "/tmp")
features.features = OrderedDict(
    item_id=item, history=dict(shared, type="sequence", max_len=L, feature_encoder=encoder)
)
how = dict(
    learning_rate=1e-3,
    embedding_dim=D,
    optimizer="adam",
    loss="binary_crossentropy",
    metrics=["AUC"],
    verbose=0,
    model_root="/tmp/fuxictr_unused",
)
batch = dict(item_id=torch.randint(1, ITEMS + 1, (B,)), history=torch.randint(1, ITEMS + 1, (B, L)))
labels = ["click", "like"] if args.variant == "mmoe" else ["click"]
batch.update({name: torch.randint(0, 2, (B,)).float() for name in labels})
torch.manual_seed(1)
if args.variant == "mmoe":  # `other` stands where ours has the product of interest and candidate
    features.features["other"], batch["other"] = shared, batch["item_id"].roll(1)
    features.labels, features.num_fields = labels, 3
    model = MMoE(
        features,
        task=["binary_classification"] * 2,
        num_tasks=2,
        expert_hidden_units=[128],
        gate_hidden_units=[],
        tower_hidden_units=[64],
        **how,
    )
else:
    features.labels, features.num_fields, features.default_emb_dim = labels, 2, D
    model = DIEN(
        features,
        dnn_hidden_units=[256, 128],
        batch_norm=False,
        dien_target_field=["item_id"],
        dien_sequence_field=["history"],
        dien_neg_seq_field=[],
        task="binary_classification",
        **how,
    )

answer = lambda: model.forward(batch)
loss = lambda: model.compute_loss(answer(), model.get_labels(batch))
made_with, how = versions("fuxictr", "torch"), dict(loss=loss, answer=answer)
shape = dict(batch=B, length=L, dim=D, items=ITEMS)
name = f"fuxictr_{args.variant}"
measure_samples(name, args, made_with, model, model.optimizer, **how, **shape)
