"""Models for serving: ONNX and INT8 of every network, a student beside its teacher, compiled trees beside LightGBM's.

OMP_NUM_THREADS=1 python benchmarks/export.py HYBRID RUN...      (folders of `din_rec train` on one log: a hybrid, then networks)

`--only=networks,trees,student` measures some parts anew.

Compiled trees are measured where their packages are there: pip install lleaves treelite tl2cgen onnxmltools (and a C compiler).
"""

import json, sys, tempfile, time
from pathlib import Path
import numpy as np
import pandas as pd
import din_rec  # noqa: F401  # before PyTorch
import torch
from common import record, seconds
from din_rec.batches import make_batch
from din_rec.evaluation import paired_bootstrap
from din_rec.export import export_run, open_export, operators
from din_rec.funnel import Distilled, Request, fit_funnel, sources_of
from din_rec.funnel import _newest_moments, _teach
from din_rec.lists import list_order
from din_rec.recipes import TEST_SEED, network_of, train_model
from din_rec.runs import load_run
from din_rec.splits import sampled_lists
from din_rec.student import fit_student, open_student, save_student, student_of, student_settings
from din_rec.topk import list_counts, ranking_metrics


def ndcg(moments, scores):
    "NDCG@10 of each list, its target in column 0"
    return ranking_metrics["ndcg"](*list_counts(moments, scores), 10)


def gap(moments, one, two):
    "Mean difference one - two and its interval over people"
    frames = [pd.DataFrame({"x": x}, index=moments.user) for x in (one, two)]
    return [
        round(float(x), 5)
        for x in paired_bootstrap(*frames).iloc[0]
        if isinstance(x, (int, float, np.floating))
    ][:3]


def in_turn(functions, rounds):
    "Median ms of each, called in turn in a new order each round, and the median of its ratio to the first"
    # In one order, whoever follows the slowest finds the caches empty, and seems slow itself.
    n, rng, took = len(functions), np.random.default_rng(0), np.zeros((rounds, len(functions)))
    for f in functions:
        f(0)
    for i in range(rounds):
        for j in rng.permutation(n):
            took[i, j] = seconds(lambda: functions[j](i))
    ratio = np.median(took / took[:, :1], 0)
    return np.round(np.median(took, 0) * 1e3, 3).tolist(), np.round(ratio, 3).tolist()


# --- 1. networks


def network_row(run, folder, rounds=200):
    "One row of the first table, and the operators that have weights"
    made = export_run(run, folder, int8=True)
    test, lists = sampled_lists(run.split, "test", run.max_len, seed=TEST_SEED)
    scorers = [run.scorer, open_export(run, folder), open_export(run, folder, int8=True)]
    gains = [ndcg(test, s.score(test, lists)) for s in scorers]
    ask = [lambda i, s=s: s.score(test[i : i + 1], lists[i : i + 1]) for s in scorers]
    ms, ratio = in_turn(ask, rounds)
    trainer = run.scorer if hasattr(run.scorer, "eval_model") else run.scorer.model
    batches = [
        make_batch(test[i : i + 1], lists[i : i + 1], trainer.max_len, trainer.features)
        for i in range(rounds)
    ]
    nets = [network_of(s).eval() for s in scorers]
    with torch.no_grad():
        alone = in_turn([lambda i, n=n: n(batches[i]) for n in nets], rounds)
    float32, int8 = made["files"]["network.onnx"], made["files"]["network.int8.onnx"]
    table = operators(folder / "network.onnx", folder / "network.int8.onnx")
    table = table[table["with weights"] > 0]
    row = {
        "KiB": float32["bytes"] // 1024,
        "KiB, int8": int8["bytes"] // 1024,
        "largest difference": float(f"{float32['largest difference']['scores']:.2g}"),
        "ndcg@10": round(float(gains[0].mean()), 5),
        "ndcg@10, onnx": round(float(gains[1].mean()), 5),
        "ndcg@10, int8": round(float(gains[2].mean()), 5),
        "int8 - float": gap(test, gains[2], gains[1]),
        "ms of a request": ms,
        "onnx / torch": ratio[1],
        "int8 / torch": ratio[2],
        "ms of the network": alone[0],
        "network, onnx / torch": alone[1][1],
        "network, int8 / torch": alone[1][2],
    }
    row["network, int8 / onnx"] = round(alone[0][2] / alone[0][1], 3)
    row["request, int8 / onnx"] = round(ms[2] / ms[1], 3)
    return row, table.reset_index().to_dict("records")


# --- 2. student


class Trees(Distilled):
    "Coarse trees that may also ask a student"


def fit_trees(run, sources, moments=200, seed=0):
    "The trees of `fit_funnel`, on these sources"
    trees, rng, lessons = Trees(run.data, sources), np.random.default_rng(seed), []
    for request, items, fine, _ in _teach(run, sources, _newest_moments(run, moments, seed)):
        rank = np.argsort(list_order(fine, items))
        shown = (rank < 300) | (rng.random(len(rank)) < 0.3)
        lessons.append(
            (trees.opinions(request, items[shown]), fine[shown], 1 / (1 + rank[shown] / 20))
        )
    return trees.imitate(*(np.concatenate(part) for part in zip(*lessons)))


def place_gain(ordered, target, k=10):
    place = np.flatnonzero(ordered[:k] == target)
    return 1 / np.log2(2 + place[0]) if len(place) else 0.0


def rank_all(run, rankers, moments):
    "Per ranker and moment: target among 100, share of the teacher's ten among 100, NDCG alone, NDCG after the teacher"
    found = {name: [] for name in ("teacher", *rankers)}
    for row in range(len(moments)):
        request, target = Request(moments[row : row + 1]), moments.item[row]
        items = np.flatnonzero(request.free)
        fine = np.asarray(run.score(request.moment, items[None])[0], float)
        best = items[list_order(fine, items)]
        place = {item: i for i, item in enumerate(best)}
        for name in found:
            order = (
                best
                if name == "teacher"
                else items[list_order(rankers[name].of(request, items), items)]
            )
            kept = order[:100]
            after = np.array(sorted(kept, key=place.get))
            found[name].append(
                (
                    target in kept,
                    np.isin(best[:10], kept).mean(),
                    place_gain(order, target),
                    place_gain(after, target),
                )
            )
    names = [
        "recall@100",
        "teacher's ten in 100",
        "ndcg@10 alone",
        "ndcg@10, then the teacher",
    ]
    return {
        name: pd.DataFrame(rows, columns=names, index=moments.user).astype(float)
        for name, rows in found.items()
    }


def students(run, folder, n=None):
    "The second table"
    begin = time.perf_counter()
    trainer = fit_student(run)
    took = time.perf_counter() - begin
    save_student(trainer, run, folder)
    student = open_student(folder, run)
    settings = student_settings(run).changed(epochs=60)
    labels = train_model(settings, run.split)  # the same encoder, taught by clicks
    sources, funnel = sources_of(run), fit_funnel(run)
    rankers = {
        "student": student,
        "student, PyTorch": student_of(trainer),
        "same encoder, taught by clicks": student_of(labels),
        "trees": funnel.stages[1].trees,
        "trees that ask the student": fit_trees(run, [*sources, student]),
        "vectors": next(s for s in sources if s.name == "vectors"),
    }
    moments = run.split.examples("test", run.max_len)[:n]
    found = rank_all(run, rankers, moments)
    asked = [Request(moments[i : i + 1]) for i in range(200)]
    recalled = [funnel.stages[0](r).items for r in asked]

    def fresh(i):  # nothing kept of an earlier question but what recall has found out
        request = Request(moments[i : i + 1])
        funnel.stages[0](request)
        return request

    times = {name: [] for name in ("teacher", *rankers)}
    for i in range(200):
        for name in times:
            request = fresh(i)
            if name == "teacher":
                times[name].append(seconds(lambda: run.score(request.moment, recalled[i][None])))
            else:
                times[name].append(seconds(lambda: rankers[name].of(request, recalled[i])))
    rows = {}
    for name, frame in found.items():
        rows[name] = {k: round(float(v), 4) for k, v in frame.mean().items()}
        column = frame[["ndcg@10, then the teacher"]].rename(columns=str)
        base = found["trees"][["ndcg@10, then the teacher"]]
        rows[name]["then the teacher, minus trees"] = gap(
            moments, column.iloc[:, 0].to_numpy(), base.iloc[:, 0].to_numpy()
        )
        rows[name]["ms"] = round(1e3 * float(np.median(times[name])), 2)
    more = {
        "items recalled": int(np.median([len(x) for x in recalled])),
        "fitted in, s": round(took, 1),
        "epochs": len(trainer.history),
        "ndcg@10 on validation": round(float(trainer.history.monitor.max()), 4),
    }
    return rows, more


# --- 3. trees


def compiled(run, folder):
    "Ways to ask the trees about a table of 100 rows: name → function, or why there is none"
    test, lists = sampled_lists(run.split, "test", run.max_len, seed=TEST_SEED)
    tables = [run.scorer.table(test[i : i + 1], lists[i : i + 1, :100]) for i in range(50)]
    booster, path, ways = run.scorer.booster, folder / "trees.txt", {}
    # ranges of the columns, which lleaves wants to see
    text = booster.model_to_string()
    infos = " ".join(["[-1e300:1e300]"] * tables[0].shape[1])
    text = "\n".join(
        f"feature_infos={infos}" if line.startswith("feature_infos=") else line
        for line in text.split("\n")
    )
    path.write_text(text)
    ways["LightGBM"] = lambda i: booster.predict(tables[i], raw_score=True, num_threads=1)
    ways["din_rec (chapter 9d)"] = lambda i: run.scorer.raw_scores(tables[i])
    try:
        import lleaves

        model = lleaves.Model(str(path))
        made = seconds(lambda: model.compile(raw_score=True))
        ways[
            f"lleaves {lleaves.__version__ if hasattr(lleaves, '__version__') else ''}".strip()
        ] = lambda i: model.predict(tables[i], n_jobs=1)
        ways["lleaves, compiled in"] = made
    except Exception as e:
        ways["lleaves"] = f"{type(e).__name__}: {str(e).splitlines()[0][:80]}"
    try:
        import tl2cgen, treelite

        model = treelite.frontend.load_lightgbm_model(str(path))
        made = seconds(
            lambda: tl2cgen.export_lib(model, toolchain="gcc", libpath=str(folder / "trees.so"))
        )
        predictor = tl2cgen.Predictor(str(folder / "trees.so"), nthread=1)
        ways["tl2cgen"] = lambda i: predictor.predict(
            tl2cgen.DMatrix(tables[i]), pred_margin=True
        ).ravel()
        ways["tl2cgen, compiled in"] = made
    except Exception as e:
        ways["tl2cgen"] = f"{type(e).__name__}: {str(e).splitlines()[0][:80]}"
    try:
        import onnxruntime
        from onnxmltools import convert_lightgbm
        from onnxmltools.convert.common.data_types import FloatTensorType

        kinds = [("x", FloatTensorType([None, tables[0].shape[1]]))]
        made = convert_lightgbm(booster, initial_types=kinds, zipmap=False, target_opset=15)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(made.SerializeToString(), options)
        ways["onnxmltools"] = lambda i: session.run(None, {"x": tables[i].astype("float32")})[
            0
        ].ravel()
    except Exception as e:
        ways["onnxmltools"] = f"{type(e).__name__}: {str(e).splitlines()[0][:80]}"
    return ways


def trees(run, folder, answer_ms, rounds=50):
    "The third table"
    ways = compiled(run, folder)
    able = {name: f for name, f in ways.items() if callable(f)}
    ms, ratio = in_turn([*able.values()], rounds)
    out = {
        name: x if isinstance(x, str) else round(x, 1)
        for name, x in ways.items()
        if not callable(x)
    }
    right = [able["LightGBM"](i) for i in range(rounds)]
    for (name, f), m, r in zip(able.items(), ms, ratio):
        worst = max(float(np.abs(f(i) - right[i]).max()) for i in range(rounds))
        out[name] = {
            "ms": m,
            "/ LightGBM": r,
            "largest difference": float(f"{worst:.2g}"),
            "equal": worst == 0,
            "share of the funnel": round(m / answer_ms, 4),
        }
    return out | {
        "trees, columns": [run.scorer.booster.num_trees(), len(run.scorer.columns())],
        "ms of the funnel": round(answer_ms, 2),
    }


def answer_time(run, moments, n=100):
    "Median ms of an answer by the funnel"
    funnel = fit_funnel(run)
    return 1e3 * float(
        np.median([seconds(lambda: funnel(Request(moments[i : i + 1]))) for i in range(n)])
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    folders = [word for word in sys.argv[1:] if not word.startswith("--")]
    only = [word.split("=")[1].split(",") for word in sys.argv[1:] if word.startswith("--only=")]
    parts = only[0] if only else ["networks", "trees", "student"]
    hybrid, *others = [load_run(path) for path in folders]
    path = Path(__file__).with_suffix(".json")
    results = json.loads(path.read_text())["results"] if path.exists() else {}
    results["data"] = hybrid.data.name
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        if "networks" in parts:
            results |= {"networks": {}, "operators": {}}
            for run in (*others, hybrid):
                name = run.info["model"]
                row, kinds = network_row(run, folder / name)
                results["networks"][name], results["operators"][name] = row, kinds
        if "trees" in parts:
            moments = hybrid.split.examples("test", hybrid.max_len)
            results["trees"] = trees(hybrid, folder, answer_time(hybrid, moments))
        if "student" in parts:
            found = students(hybrid, folder / "student")
            results["student"], results["of the student"] = found
    record(__file__, results, arguments=" HYBRID RUN...")
