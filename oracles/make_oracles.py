"""Write frozen reference vectors from independent code as small JSON files.

    python make_oracles.py deepctr     # needs deepctr-torch
    python make_oracles.py fuxictr     # needs fuxictr
    python make_oracles.py recbole     # needs recbole (and old numpy/pandas)
    python make_oracles.py torch       # GRUCell and MultiheadAttention
    python make_oracles.py numpy       # SASRec (eval forward) and Dice written out in NumPy

Everything is computed in float64 from weights and inputs that have at most four decimals,
so the numbers in the files are exactly what the peer saw; outputs are rounded to nine
significant digits. The peers' installed classes are called; none of their code is here.
"""

import argparse
import importlib.metadata
import json
import math
import pathlib
import warnings
from types import SimpleNamespace

import numpy as np

warnings.filterwarnings("ignore")


# ---------------------------------------------------------------- helpers
def tidy(value):
    """Arrays to nested lists; floats to nine significant digits."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: tidy(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [tidy(item) for item in value]
    if isinstance(value, (float, np.floating)):
        if not math.isfinite(value):
            raise ValueError("a value is not finite")
        return float(f"{float(value):.9g}")
    if isinstance(value, np.integer):
        return int(value)
    return value


def write(folder, name, packages, weights, inputs, outputs, note):
    made_with = [f"{package}=={importlib.metadata.version(package)}" for package in packages]
    content = dict(
        note=note,
        made_with=made_with,
        weights=tidy(weights),
        inputs=tidy(inputs),
        outputs=tidy(outputs),
    )
    text = json.dumps(content, allow_nan=False, separators=(",", ":"))
    if len(text) >= 60_000:
        raise ValueError(f"{name} is too large: {len(text)} bytes")
    path = folder / f"{name}.json"
    path.write_text(text + "\n", encoding="utf-8")
    print(path.name, len(text))


def draw(generator, *shape, scale=1.0):
    """Normal numbers with four decimals, so that nine digits hold them exactly."""
    return np.round(generator.normal(size=shape) * scale, 4)


def fill(module, seed, scale=0.6, positive=("running_var",), skip=("num_batches_tracked",)):
    """Give every parameter and buffer of a torch module random values of four decimals."""
    import torch

    generator = np.random.default_rng(seed)
    module.double()
    state = module.state_dict()
    for name, tensor in state.items():
        last = name.rsplit(".", 1)[-1]
        if last in skip:
            continue
        values = draw(generator, *tensor.shape, scale=scale)
        if last in positive:
            values = np.round(np.abs(values) + 0.3, 4)
        state[name] = torch.tensor(values, dtype=torch.float64)
    module.load_state_dict(state)
    return module


def weights_of(module, without=("num_batches_tracked",)):
    return {
        name: tensor
        for name, tensor in module.state_dict().items()
        if name.rsplit(".", 1)[-1] not in without
    }


def attention_case(seed):
    """B = 2, L = 5, D = 4: lengths 3 and 5, padded on the right and on the left."""
    generator = np.random.default_rng(seed)
    candidate = draw(generator, 2, 4)
    history = draw(generator, 2, 5, 4)
    lengths = np.array([3, 5])
    right, left = np.zeros_like(history), np.zeros_like(history)
    right_mask, left_mask = np.zeros((2, 5), dtype=bool), np.zeros((2, 5), dtype=bool)
    for row, length in enumerate(lengths):
        right[row, :length] = history[row, :length]
        left[row, 5 - length :] = history[row, :length]
        right_mask[row, :length] = True
        left_mask[row, 5 - length :] = True
    return candidate, lengths, dict(right=(right, right_mask), left=(left, left_mask))


# ---------------------------------------------------------------- deepctr-torch
def deepctr(folder):
    import torch
    from deepctr_torch.layers.activation import Dice
    from deepctr_torch.layers.sequence import AttentionSequencePoolingLayer

    packages = ["deepctr-torch", "torch"]
    candidate, lengths, sides = attention_case(11)
    query = torch.tensor(candidate).unsqueeze(1)
    variants = dict(sigmoid=("sigmoid", False), dice=("dice", False))
    for number, (variant, (activation, affine)) in enumerate(variants.items()):
        inputs = dict(candidate=candidate, lengths=lengths)
        outputs = dict()
        layer = AttentionSequencePoolingLayer(
            att_hidden_units=(6, 3),
            att_activation=activation,
            weight_normalization=False,
            supports_masking=True,
            embedding_dim=4,
        )
        fill(layer, 100 + number)
        for module in layer.modules():
            if isinstance(module, torch.nn.BatchNorm1d) and not affine:
                torch.nn.init.ones_(module.weight)
                torch.nn.init.zeros_(module.bias)
        layer.eval()
        for side, (history, mask) in sides.items():
            keys, places = torch.tensor(history), torch.tensor(mask)
            inputs[f"history_{side}"], inputs[f"mask_{side}"] = history, mask
            with torch.no_grad():
                raw = layer.local_att(query, keys).squeeze(-1)
                layer.return_score = True
                scores = layer(query, keys, None, mask=places).squeeze(1)
                layer.return_score = False
                pooled = layer(query, keys, None, mask=places).squeeze(1)
            if side == "right":  # the length route of the same layer must agree
                layer.supports_masking = False
                with torch.no_grad():
                    again = layer(query, keys, torch.tensor(lengths).view(-1, 1)).squeeze(1)
                layer.supports_masking = True
                assert torch.equal(again, pooled)
            outputs[f"scores_before_mask_{side}"] = raw
            outputs[f"scores_{side}"] = scores
            outputs[f"pooled_{side}"] = pooled
        note = (
            "AttentionSequencePoolingLayer, hidden 6-3, no softmax, no score normalisation; eval mode; "
            "MLP input is [candidate, history, candidate - history, candidate * history]; "
            "scores [B, L] are zero at padding, pooled [B, D]."
        )
        if activation == "dice":
            note += (
                " Dice: BatchNorm1d with eps 1e-8 on the running statistics; alpha [units, 1]; "
                + ("its weight and bias are random." if affine else "its weight is 1, its bias 0.")
            )
        write(folder, f"deepctr_attention_{variant}", packages, weights_of(layer), inputs, outputs, note)

    generator = np.random.default_rng(12)
    array = draw(generator, 4, 2)
    layer = Dice(2, dim=2).double()
    with torch.no_grad():
        layer.alpha.copy_(torch.tensor([0.25, -0.4]))
        before = {name: tensor.clone() for name, tensor in weights_of(layer).items()}
        layer.train()
        trained = layer(torch.tensor(array))
        after = weights_of(layer)
        layer.eval()
        evaluated = layer(torch.tensor(array))
    write(
        folder,
        "deepctr_dice",
        packages,
        before,
        dict(x=array),
        dict(
            train=trained,
            running_mean_after=after["bn.running_mean"],
            running_var_after=after["bn.running_var"],
            eval_after=evaluated,
        ),
        "Dice(2, dim=2), eps 1e-8, BatchNorm1d momentum 0.1 (running variance is the unbiased one): "
        "one forward in train mode, then one in eval mode with the updated statistics.",
    )


# ---------------------------------------------------------------- fuxictr
def fuxictr(folder):
    import torch
    from fuxictr.pytorch.layers.attentions.target_attention import DIN_Attention

    packages = ["fuxictr", "torch"]
    candidate, lengths, sides = attention_case(21)
    target = torch.tensor(candidate)
    for number, (variant, activation) in enumerate(dict(relu="ReLU", dice="Dice").items()):
        layer = DIN_Attention(
            embedding_dim=4, attention_units=[6, 3], hidden_activations=activation, use_softmax=False
        )
        fill(layer, 200 + number).eval()
        caught = []
        layer.attention_layer.register_forward_hook(lambda _module, _args, result: caught.append(result))
        inputs, outputs = dict(candidate=candidate, lengths=lengths), dict()
        for side, (history, mask) in sides.items():
            inputs[f"history_{side}"], inputs[f"mask_{side}"] = history, mask
            caught.clear()
            with torch.no_grad():
                pooled = layer(target, torch.tensor(history), mask=torch.tensor(mask))
            raw = caught[0].view(2, 5)
            outputs[f"scores_before_mask_{side}"] = raw
            outputs[f"scores_{side}"] = raw * torch.tensor(mask)
            outputs[f"pooled_{side}"] = pooled
        note = (
            "DIN_Attention, units 6-3, use_softmax False, eval mode; MLP input is "
            "[candidate, history, candidate - history, candidate * history]; scores [B, L], pooled [B, D]."
        )
        if variant == "dice":
            note += " Dice: BatchNorm1d without weight and bias, eps 1e-9, on the running statistics."
        write(folder, f"fuxictr_attention_{variant}", packages, weights_of(layer), inputs, outputs, note)


# ---------------------------------------------------------------- recbole
def recbole(folder):
    import torch
    from recbole.model.sequential_recommender import GRU4Rec, NARM

    packages = ["recbole", "torch", "numpy"]
    common = dict(
        USER_ID_FIELD="user_id",
        ITEM_ID_FIELD="item_id",
        NEG_PREFIX="neg_",
        LIST_SUFFIX="_list",
        ITEM_LIST_LENGTH_FIELD="item_length",
        MAX_ITEM_LIST_LENGTH=5,
        device=torch.device("cpu"),
        embedding_size=4,
        hidden_size=6,
        loss_type="CE",
    )
    dataset = SimpleNamespace(num=lambda field: 8)
    sequence = np.array([[3, 1, 7, 0, 0], [2, 5, 5, 4, 6]])
    lengths = np.array([3, 5])
    ids, counts = torch.tensor(sequence), torch.tensor(lengths)
    inputs = dict(item_seq=sequence, item_seq_len=lengths)

    model = NARM(dict(common, n_layers=1, dropout_probs=[0.0, 0.0]), dataset)
    fill(model, 300).eval()
    with torch.no_grad():
        model.item_embedding.weight[0] = 0
        caught = dict()
        for name in ("gru", "a_1", "a_2", "v_t", "b"):
            getattr(model, name).register_forward_hook(
                lambda _module, args, result, name=name: caught.update({name: (args, result)})
            )
        session = model(ids, counts)
        everything = model.full_sort_predict(dict(item_id_list=ids, item_length=counts))
    joined = caught["b"][0][0]
    write(
        folder,
        "recbole_narm",
        packages,
        weights_of(model),
        inputs,
        dict(
            gru_out=caught["gru"][1][0],
            attention=caught["v_t"][1].squeeze(-1),
            local=joined[:, :6],
            **{"global": joined[:, 6:]},
            session=session,
            scores=everything,
        ),
        "NARM in eval mode: one GRU layer without biases (gates in torch's order r, z, n), embedding 4, "
        "hidden 6, 7 items and padding 0, padded on the right; attention [B, L] is zero at padding; "
        "b maps [local, global] to session [B, 4]; scores [B, 8] over all ids with row 0 the padding. "
        "gru_out at padding is what the GRU makes of zero inputs, of no further use.",
    )

    model = GRU4Rec(dict(common, num_layers=1, dropout_prob=0.0), dataset)
    fill(model, 301).eval()
    with torch.no_grad():
        model.item_embedding.weight[0] = 0
        session = model(ids, counts)
        everything = model.full_sort_predict(dict(item_id_list=ids, item_length=counts))
    write(
        folder,
        "recbole_gru4rec",
        packages,
        weights_of(model),
        inputs,
        dict(session=session, scores=everything),
        "GRU4Rec in eval mode: one GRU layer without biases, embedding 4, hidden 6, a dense layer back to 4, "
        "7 items and padding 0, padded on the right; session [B, 4] is the last place's; scores [B, 8].",
    )


# ---------------------------------------------------------------- torch
def torch_cases(folder):
    import torch

    generator = np.random.default_rng(41)
    cell = fill(torch.nn.GRUCell(4, 4), 400)
    x = draw(generator, 2, 5, 4)
    states, hidden = [], torch.zeros(2, 4, dtype=torch.float64)
    with torch.no_grad():
        for place in range(5):
            hidden = cell(torch.tensor(x[:, place]), hidden)
            states.append(hidden)
    write(
        folder,
        "torch_gru_cell",
        ["torch"],
        weights_of(cell),
        dict(x=x),
        dict(states=torch.stack(states, dim=1)),
        "torch.nn.GRUCell(4, 4) run over x [B=2, L=5, D=4] from a zero state; gates in the order r, z, n; "
        "states [B, L, H] after each step.",
    )

    for _ in range(3):  # keeps the numbers drawn below as they were
        draw(generator, 1, 4, 4)
    x = draw(generator, 1, 4, 4)
    for heads in (1, 2):
        layer = fill(torch.nn.MultiheadAttention(4, heads, batch_first=True), 410 + heads).eval()
        sequence = torch.tensor(x)
        later = torch.ones(4, 4, dtype=torch.bool).triu(1)
        padding = torch.tensor([[False, False, False, False]])
        with torch.no_grad():
            result, attention = layer(
                sequence, sequence, sequence, attn_mask=later, key_padding_mask=padding,
                average_attn_weights=False,
            )
        write(
            folder,
            f"torch_multihead_{heads}",
            ["torch"],
            weights_of(layer),
            dict(x=x),
            dict(y=result, attention=attention),
            f"torch.nn.MultiheadAttention(4, {heads}, batch_first=True) with a causal mask on x [1, 4, 4]; "
            "in_proj stacks query, key, value; attention [B, heads, L, L].",
        )


# ---------------------------------------------------------------- numpy
def norm(x, weight, bias, eps=1e-8):
    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    return weight * (x - mean) / np.sqrt(variance + eps) + bias


def sasrec_forward(w, ids, blocks, heads):
    """Kang & McAuley (2018), sections III-A to III-C, without dropout."""
    length, width = len(ids), w["item"].shape[1]
    real = ids != 0
    x = w["item"][ids] * math.sqrt(width) + w["position"][:length]
    x[~real] = 0
    may_see = np.tril(np.ones((length, length), dtype=bool)) & real[None, :]

    def linear(name, y):
        return y @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    maps = []
    for i in range(blocks):
        y = norm(x, w[f"block{i}.norm1.weight"], w[f"block{i}.norm1.bias"])
        q, k, v = (linear(f"block{i}.{name}", y) for name in ("query", "key", "value"))
        size, joined, attention = width // heads, np.zeros_like(x), np.zeros((heads, length, length))
        for head in range(heads):
            part = slice(head * size, (head + 1) * size)
            logits = q[:, part] @ k[:, part].T / math.sqrt(size)
            for row in range(length):
                places = may_see[row]
                if places.any():
                    e = np.exp(logits[row, places] - logits[row, places].max())
                    attention[head, row, places] = e / e.sum()
            joined[:, part] = attention[head] @ v[:, part]
        x = x + linear(f"block{i}.out", joined)
        y = norm(x, w[f"block{i}.norm2.weight"], w[f"block{i}.norm2.bias"])
        x = x + linear(f"block{i}.second", np.maximum(linear(f"block{i}.first", y), 0))
        maps.append(attention)
    return norm(x, w["norm.weight"], w["norm.bias"]), maps


def numpy_cases(folder):
    for heads in (1, 2):
        generator = np.random.default_rng(500 + heads)
        w = dict(item=draw(generator, 7, 4, scale=0.5), position=draw(generator, 4, 4, scale=0.5))
        w["item"][0] = 0
        names = [f"block{i}.{name}" for i in range(2) for name in ("norm1", "norm2")] + ["norm"]
        for name in names:
            w[f"{name}.weight"] = np.round(1 + generator.normal(size=4) * 0.2, 4)
            w[f"{name}.bias"] = draw(generator, 4, scale=0.2)
        for i in range(2):
            for name in ("query", "key", "value", "out", "first", "second"):
                w[f"block{i}.{name}.weight"] = draw(generator, 4, 4, scale=0.6)
                w[f"block{i}.{name}.bias"] = draw(generator, 4, scale=0.2)
        ids = np.array([[0, 3, 1, 6], [2, 5, 2, 4], [0, 0, 0, 1]])
        states, maps = [], []
        for row in ids:
            state, attention = sasrec_forward(w, row, 2, heads)
            state[row == 0] = 0
            for item in attention:
                item[:, row == 0] = 0
            states.append(state)
            maps.append(np.stack(attention))
        states = np.stack(states)
        write(
            folder,
            f"numpy_sasrec_{heads}_head" + ("s" if heads > 1 else ""),
            ["numpy"],
            w,
            dict(ids=ids, mask=ids != 0, heads=heads, eps=1e-8),
            dict(states=states, attention=np.stack(maps), scores=states[:, -1] @ w["item"].T),
            "Pre-LayerNorm SASRec (Kang & McAuley 2018), eval: ids padded on the left with 0, item row 0 is "
            "padding; place t adds row t of position (so the last place always has row L - 1); query, key and "
            "value all read LayerNorm(x); linear maps are x @ weight.T + bias; padding is masked as a key. "
            "states [B, L, D] (written as 0 at padding, where they do not matter), attention "
            "[B, block, head, L, L], scores [B, 7] of the last state with every item row.",
        )

    generator = np.random.default_rng(600)
    x, alpha, eps = draw(generator, 4, 2), np.array([0.25, -0.4]), 1e-8
    mean, variance = x.mean(0), x.var(0)
    gate = 1 / (1 + np.exp(-(x - mean) / np.sqrt(variance + eps)))
    y = gate * x + (1 - gate) * alpha * x
    write(
        folder,
        "numpy_dice",
        ["numpy"],
        dict(alpha=alpha),
        dict(x=x, eps=eps),
        dict(mean=mean, variance=variance, gate=gate, y=y),
        "Dice (Zhou et al. 2018) in train mode on x [4, 2]: batch mean and population variance, no affine part.",
    )


CASES = dict(
    deepctr=deepctr, fuxictr=fuxictr, recbole=recbole, torch=torch_cases, numpy=numpy_cases,
)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("case", choices=sorted(CASES))
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent / "json")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    CASES[arguments.case](arguments.out)
