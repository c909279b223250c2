"""RecTools' transformers: SASRec with LiGR blocks (eSASRec), and BERT4Rec; full softmax, without Lightning's loop."""

from peer_common import arguments, measure, versions

import torch

torch.set_num_threads(1)
from rectools.models.nn.item_net import IdEmbeddingsItemNet, SumOfEmbeddingsConstructor
from rectools.models.nn.transformers.lightning import TransformerLightningModule
from rectools.models.nn.transformers.ligr import LiGRLayers
from rectools.models.nn.transformers.net_blocks import (
    LearnableInversePositionalEncoding,
    PreLNTransformerLayers,
)
from rectools.models.nn.transformers.similarity import DistanceSimilarityModule
from rectools.models.nn.transformers.torch_backbone import TransformerTorchBackbone

args = arguments(["ligr", "bert4rec"])
B, L, D, ITEMS, cloze = 64, 50, 64, 1682, args.variant == "bert4rec"
first = 1 + cloze  # code of the first item; 0: padding, 1: the mask
n, layers = first + ITEMS, PreLNTransformerLayers if cloze else LiGRLayers
torch.manual_seed(1)
model = TransformerTorchBackbone(
    n_heads=2,
    dropout_rate=0.2,
    item_model=SumOfEmbeddingsConstructor(n, [IdEmbeddingsItemNet(D, n, 0.2)]),
    pos_encoding_layer=LearnableInversePositionalEncoding(True, L, D),
    transformer_layers=layers(n_blocks=2, n_factors=D, n_heads=2, dropout_rate=0.2),
    similarity_module=DistanceSimilarityModule(),
    use_causal_attn=not cloze,
    use_key_padding_mask=cloze,
)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98))
x, y = torch.randint(first, n, (2, B, L))
if cloze:  # ten of fifty places are masked, and are the targets
    masked = torch.rand(B, L).argsort(1) < 10
    x, y = x.where(~masked, torch.tensor(1)), y * masked
there = torch.arange(L) >= L - 1 - (torch.arange(256) % L)[:, None]  # 1..50 in turn, as ours
windows = torch.randint(first, n, (256, L)) * there
if cloze:
    windows = torch.cat([windows[:, 1:], torch.ones_like(windows[:, :1])], 1)
targets = int((y > 0).sum())


def train_step(_):
    model.train()
    optimizer.zero_grad()
    loss = TransformerLightningModule._calc_softmax_loss(model(dict(x=x)), y, torch.ones(B, L))
    loss.backward()
    optimizer.step()
    return targets


def infer_step(_):
    model.eval()
    with torch.no_grad():
        items = model.item_model.get_all_embeddings()
        model.encode_sessions(dict(x=windows), items)[:, -1] @ items.T
    return len(windows)


shape = dict(batch=B, length=L, items=ITEMS, targets_a_batch=targets)
shape["parameters"] = sum(p.numel() for p in model.parameters())
measure(
    f"rectools_{args.variant}",
    args,
    shape,
    versions("rectools", "torch"),
    train_step,
    infer_step,
    "targets",
    "users (scores of all items)",
)
