"""FuxiCTR's DIN (model_zoo/DIN/src/DIN.py, not in its package; to be fetched by hand; FUXICTR_DIN names its folder)."""

import logging
import os
import sys
from collections import OrderedDict

from peer_common import arguments, measure_samples, versions

import torch

torch.set_num_threads(1)
sys.path.insert(0, os.environ["FUXICTR_DIN"])  # folder with DIN.py
from fuxictr.features import FeatureMap
from fuxictr.pytorch.layers import FeatureEmbeddingDict

# The installed package lost an argument that this DIN.py still passes; it only chose cat over stack
# for fields of unequal width, and with equal widths the flattened result is the same.
original = FeatureEmbeddingDict.dict2tensor
FeatureEmbeddingDict.dict2tensor = lambda self, d, dynamic_emb_dim=False, **kw: original(
    self, d, **kw
)
from DIN import DIN

args = arguments(["relu", "dice", "dice_attention"])
logging.disable(logging.CRITICAL)
B, L, D, ITEMS = 4096, 50, 64, 1682
features = FeatureMap("fake", "/tmp")
features.labels = ["click"]
features.features = OrderedDict(
    item_id=dict(type="categorical", source="", vocab_size=ITEMS + 1, padding_idx=0),
    history=dict(
        type="sequence",
        source="",
        vocab_size=ITEMS + 1,
        padding_idx=0,
        share_embedding="item_id",
        max_len=L,
        feature_encoder=None,
    ),
)
features.num_fields = 2
features.default_emb_dim = D
torch.manual_seed(1)
model = DIN(
    features,
    dnn_hidden_units=[256, 128],
    attention_hidden_units=[80, 40],
    embedding_dim=D,
    dnn_activations="Dice" if args.variant == "dice" else "ReLU",
    attention_hidden_activations="ReLU" if args.variant == "relu" else "Dice",
    din_target_field=["item_id"],
    din_sequence_field=["history"],
    learning_rate=1e-3,
    task="binary_classification",
    optimizer="adam",
    loss="binary_crossentropy",
    metrics=["AUC"],
    verbose=0,
    model_root="/tmp/fuxictr_unused",
)
batch = dict(
    item_id=torch.randint(1, ITEMS + 1, (B,)),
    history=torch.randint(1, ITEMS + 1, (B, L)),
    click=torch.randint(0, 2, (B,)).float(),
)

answer = lambda: model.forward(batch)
loss = lambda: model.compute_loss(answer(), model.get_labels(batch))
made_with, how = versions("fuxictr", "torch"), dict(loss=loss, answer=answer)
shape = dict(batch=B, length=L, dim=D, attention=[80, 40], dnn=[256, 128], items=ITEMS)
name = f"fuxictr_din_{args.variant}"
measure_samples(name, args, made_with, model, model.optimizer, **how, **shape)
