"""DeepCTR-Torch's DIEN and MMOE."""

from peer_common import arguments, measure_samples, versions

import torch

torch.set_num_threads(1)
from deepctr_torch.inputs import SparseFeat, VarLenSparseFeat
from deepctr_torch.models.dien import DIEN
from deepctr_torch.models.multitask.mmoe import MMOE

args = arguments(["dien", "dien_auxiliary", "mmoe"])
B, L, D, ITEMS = 4096, 50, 64, 1682
item = lambda name: SparseFeat(name, ITEMS + 1, embedding_dim=D, embedding_name="item")
history = lambda name, **how: VarLenSparseFeat(item(name), maxlen=L, combiner="mean", **how)
columns = [item("item"), history("hist_item", length_name="length")]
how = dict(l2_reg_embedding=0.0, init_std=0.05, device="cpu")
torch.manual_seed(1)
if args.variant == "mmoe":  # `other` stands where ours has the product of interest and candidate
    columns.append(item("other"))
    widths = dict(expert_dnn_hidden_units=(128,), gate_dnn_hidden_units=())
    model = MMOE(columns, num_experts=4, tower_dnn_hidden_units=(64,), **widths, **how)
else:  # its attention is DIN's, its auxiliary network 100-50: it has no other
    auxiliary = args.variant == "dien_auxiliary"
    columns += [history("neg_hist_item")] * auxiliary
    how.update(gru_type="AUGRU", use_negsampling=auxiliary, dnn_hidden_units=(256, 128))
    model = DIEN(columns, ["item"], **how)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x = torch.zeros(B, max(end for _, end in model.feature_index.values()))
for name, (start, end) in model.feature_index.items():
    x[:, start:end] = L if name == "length" else torch.randint(1, ITEMS + 1, (B, end - start))
y = torch.randint(0, 2, (B, 2 if args.variant == "mmoe" else 1)).float()


def loss():
    each = torch.nn.functional.binary_cross_entropy(model(x), y) * y.shape[1]
    return (each + model.aux_loss).sum()


made_with, how = versions("deepctr-torch", "torch"), dict(loss=loss, answer=lambda: model(x))
shape = dict(batch=B, length=L, dim=D, items=ITEMS)
measure_samples(f"deepctr_{args.variant}", args, made_with, model, optimizer, **how, **shape)
