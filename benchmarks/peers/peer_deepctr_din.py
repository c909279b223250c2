"""DeepCTR-Torch's DIN."""

from peer_common import arguments, measure_samples, versions

import torch

torch.set_num_threads(1)
from deepctr_torch.inputs import SparseFeat, VarLenSparseFeat
from deepctr_torch.models.din import DIN

# 'dice' is Dice in the attention MLP only: DIN gives its DNN no way to use its two-dimensional Dice.
args = arguments(["sigmoid", "relu", "dice"])
B, L, D, ITEMS = 4096, 50, 64, 1682
columns = [
    SparseFeat("item", ITEMS + 1, embedding_dim=D),
    VarLenSparseFeat(
        SparseFeat("hist_item", ITEMS + 1, embedding_dim=D, embedding_name="item"),
        maxlen=L,
        length_name="length",
    ),
]
torch.manual_seed(1)
model = DIN(
    columns,
    ["item"],
    dnn_hidden_units=(256, 128),
    att_hidden_size=(80, 40),
    dnn_activation="relu",
    att_activation=args.variant,
    att_weight_normalization=False,
    l2_reg_embedding=0.0,
    device="cpu",
)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x = torch.zeros(B, 1 + L + 1)
spans = model.feature_index
x[:, slice(*spans["item"])] = torch.randint(1, ITEMS + 1, (B, 1)).float()
x[:, slice(*spans["hist_item"])] = torch.randint(1, ITEMS + 1, (B, L)).float()
x[:, slice(*spans["length"])] = L
y = torch.randint(0, 2, (B, 1)).float()

loss = lambda: torch.nn.functional.binary_cross_entropy(model(x), y)
made_with, how = versions("deepctr-torch", "torch"), dict(loss=loss, answer=lambda: model(x))
shape = dict(batch=B, length=L, dim=D, attention=[80, 40], dnn=[256, 128], items=ITEMS)
measure_samples(f"deepctr_din_{args.variant}", args, made_with, model, optimizer, **how, **shape)
