"""Faults of `din_rec serve`, made on purpose while it is under load: what was acknowledged is kept, lists go on. Runs on a copy of the run; a valkey-server on the path is tested beside redis-server. Copies of the store lie in a small tmpfs where mounting is allowed.

OMP_NUM_THREADS=1 python benchmarks/faults.py RUN [NAME …] [MINUTES]     (a folder of `din_rec train --model hybrid`; MINUTES of `memory`, else 60)
"""

import collections, contextlib, http.client, json, os, re, resource, select, shutil, signal, socket
import subprocess, sys, tempfile, threading, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote
import numpy as np
import din_rec  # noqa: F401  # before PyTorch
from common import record
from din_rec.state import open_store
from service import ask, free_port, percentiles


class Service:
    "The command on a port of its own; what it says on stderr is kept"

    def __init__(self, run, store, *options, cores="0", prepare=None):
        self.run, self.store, self.options = run, str(store), [*options]
        self.cores, self.prepare, self.port = cores, prepare, free_port()
        self.said = tempfile.TemporaryFile()
        self.start()

    def start(self):
        "Start it; seconds until it is ready"
        command = [sys.executable, "-m", "din_rec", "serve", str(self.run), "--store", self.store]
        command += ["--port", str(self.port), *self.options]
        begin, how = time.perf_counter(), dict(stderr=self.said, start_new_session=True)
        self.process = subprocess.Popen(
            ["taskset", "-c", self.cores, *command], preexec_fn=self.prepare, **how
        )
        while time.perf_counter() - begin < 120:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if ask(self.port, "/readyz")[0] == 200:
                    return time.perf_counter() - begin
            if self.process.poll() is not None:
                raise RuntimeError("the service has ended")
            time.sleep(0.02)
        raise RuntimeError("the service does not get ready")

    def kill(self):
        "End it, and the processes that it started, at once"
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def tracebacks(self):
        "How many errors nobody caught"
        self.said.seek(0)
        return self.said.read().count(b"Traceback")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


class World:
    "Who may ask, and a number for each event"

    def __init__(self, run):
        from din_rec.runs import load_run

        self.folder, data = Path(run), load_run(run).data
        self.users, self.items = data.users.user_id.to_numpy(), data.items.item_id.to_numpy()
        self.about, self.newest, self.n = [data.n_users, data.n_items, len(data)], data.newest, 0
        self.name, self.rng, self.lock = data.name, np.random.default_rng(0), threading.Lock()

    def event(self, user):
        with self.lock:
            self.n += 1
            item = str(self.rng.choice(self.items))
            at = int(self.newest + self.n)
            return {"id": f"fault {self.n}", "user": user, "item": item, "time": at}

    def listing(self, **more):
        with self.lock:
            user = str(self.rng.choice(self.users))
        return {"user": user, "k": 10, "reasons": 3, **more}


def try_to_ask(port, path, body=None):
    "Status and answer; 0 where there is none"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    data = None if body is None else json.dumps(body)
    try:
        method = "GET" if body is None else "POST"
        connection.request(method, path, data, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
    except (OSError, http.client.HTTPException):
        return 0, {}
    finally:
        connection.close()
    is_json = "json" in answer.getheader("Content-Type", "")
    return answer.status, json.loads(text) if is_json else {}


Told = collections.namedtuple("Told", "path begin took status answer event")


class Load:
    "Threads that ask at their pace, three lists and an event in turn, until told to stop"

    def __init__(self, world, port, threads=5, per_second=20):
        self.world, self.port, self.told, self.over = world, port, [], threading.Event()
        self.pace = threads / per_second
        self.threads = [threading.Thread(target=self._ask, args=[n]) for n in range(threads)]

    def _ask(self, number):
        n, due = number, time.perf_counter() + number * self.pace / len(self.threads)
        while not self.over.wait(max(0, due - time.perf_counter())):
            n, due, event = n + 1, max(due + self.pace, time.perf_counter() - self.pace), None
            path, body = "/v1/recommend", None
            if n % 4 == 0:
                event = self.world.event(f"somebody {n % 40}")
                path, body = "/v1/events", {"events": [event]}
            begin = time.perf_counter()
            status, answer = try_to_ask(self.port, path, body or self.world.listing())
            took = time.perf_counter() - begin
            self.told.append(Told(path, begin, took, status, answer, event))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def between(self, begin, end):
        "What was asked in that time"
        return [told for told in self.told if begin <= told.begin < end]


def acknowledged(told):
    return [t.event for t in told if t.event and t.status == 200]


def kept(port, store, events):
    "Of acknowledged events: how many the store lacks or has twice, users of whom the service counts fewer"
    held = [entry.event for entry in store.since(0) if entry.event]
    ids = collections.Counter(event.id for event in held)
    of_user = collections.Counter(event.user for event in held)
    short = 0
    for user in {event["user"] for event in events}:
        status, answer = ask(port, f"/v1/users/{quote(user)}?last=0")
        short += status != 200 or answer["events"] != of_user[user]
    return {
        "acknowledged events": len(events),
        "lost": sum(event["id"] not in ids for event in events),
        "twice": sum(n > 1 for n in ids.values()),
        "users whose count is another": short,
    }


def statuses(told):
    "Path and status → how many; lists that were degraded under what they lacked"
    names = [t.path + " " + " ".join([str(t.status), *t.answer.get("degraded", [])]) for t in told]
    return dict(sorted(collections.Counter(names).items()))


def ms(told):
    return {
        path: percentiles([t.took for t in told if t.path == path])
        for path in sorted({t.path for t in told})
    }


def kill(world, folder, times=10):
    "SIGKILL under load, and what is there after the restart"
    ready, events, done, at = [], [], [], folder / "events.sqlite"
    with Service(world.folder, at) as service:
        for n in range(times):
            with Load(world, service.port) as load:
                time.sleep(1.5 + n % 4 / 3)
                service.kill()
            ready.append(service.start())
            events += acknowledged(load.told)
            found = kept(service.port, open_store(at), events)
            done.append(sum(t.status == 0 for t in load.told))
    seconds = {"median": round(float(np.median(ready)), 1), "maximum": round(max(ready), 1)}
    return {"kills": times, "requests cut off": sum(done), **found, "seconds to ready": seconds}


class Server:
    "A redis-server or valkey-server that syncs each write"

    def __init__(self, program, folder):
        self.program, self.folder, self.port = program, folder, free_port()
        self.start()

    def start(self):
        options = f"--port {self.port} --bind 127.0.0.1 --dir {self.folder} --appendonly yes"
        self.process = subprocess.Popen(
            [self.program, *options.split(), "--appendfsync", "always", "--save", ""],
            stdout=subprocess.DEVNULL,
        )
        for _ in range(200):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 0.1).close()
                return
            time.sleep(0.02)

    def stop(self, how):
        self.process.send_signal(how)
        if how != signal.SIGSTOP:
            self.process.wait()

    def resume(self, how):
        self.process.send_signal(signal.SIGCONT) if how == signal.SIGSTOP else self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"


def until_ready(port):
    begin = time.perf_counter()
    while try_to_ask(port, "/readyz")[0] != 200 and time.perf_counter() - begin < 30:
        time.sleep(0.02)
    return time.perf_counter()


def down(world, service, stop, resume, away=6):
    "Load before, while something is away, and after it has come back"
    with Load(world, service.port) as load:
        time.sleep(4)
        stop()
        begin, ready = time.perf_counter() + 0.1, []
        while time.perf_counter() - begin < away:
            ready.append(try_to_ask(service.port, "/readyz")[0])
            time.sleep(0.3)
        end = time.perf_counter()
        resume()
        back = until_ready(service.port)
        time.sleep(3)
    before = [t for t in load.told if t.begin + t.took < begin - 0.2]
    whole = [t for t in load.told if t.begin + t.took < end]
    meanwhile = [t for t in load.between(begin, end) if t.begin + t.took < end]
    found = {
        "before": statuses(before),
        "ms before": ms(before),
        "meanwhile": statuses(meanwhile),
        "readyz meanwhile": dict(collections.Counter(map(str, ready))),
        "ms meanwhile": ms(meanwhile),
        "waiting when it came back": len(load.between(0, end)) - len(whole),
        "seconds until ready again": round(back - end, 2),
        "after": statuses(load.between(back + 0.1, np.inf)),
    }
    return load.told, found


def store(world, folder):
    "The server of the store ends, is killed, or hangs, and comes back with what it had"
    ways = {"ended": signal.SIGTERM, "killed": signal.SIGKILL, "hanging": signal.SIGSTOP}
    found = {}
    for program in filter(shutil.which, ("redis-server", "valkey-server")):
        (at := folder / program).mkdir()
        version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
        with Server(program, at) as server, Service(world.folder, server.url) as service:
            about = found[" ".join([program, version.split("v=")[1].split()[0]])] = {}
            events = []
            for name, how in ways.items():
                told, about[name] = down(
                    world, service, lambda: server.stop(how), lambda: server.resume(how)
                )
                events += acknowledged(told)
                about[name] |= kept(service.port, open_store(server.url), events)
            about["errors nobody caught"] = service.tracebacks()
    return found


@contextlib.contextmanager
def small_disk(folder, size=8 << 20):
    "A folder of so many bytes, and how it is filled and made free again"
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(mount, stderr=subprocess.DEVNULL).returncode:
        yield None
        return
    ballast, over = folder / "ballast", threading.Event()

    def more():  # also what is freed meanwhile
        with ballast.open("wb", buffering=0) as f:
            while not over.wait(0.01):
                with contextlib.suppress(OSError):
                    while f.write(bytes(4096)):
                        pass

    filler = threading.Thread(target=more)

    def free():
        over.set()
        filler.join()
        ballast.unlink()

    try:
        yield filler.start, free
    finally:
        over.set()
        subprocess.run(["umount", "-l", str(folder)], check=True)


def disk(world, folder):
    "No room for the store's file and the request log, and room again"
    os.environ["DIN_REC_LOG_KEY"] = "a key of the benchmark"
    (at := folder / "disk").mkdir()
    with small_disk(at) as ways:
        if ways is None:  # no mounting: files of the service may not grow beyond a limit
            soft = 600_000
            limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, -1))  # noqa: E731
            free = lambda: resource.prlimit(  # noqa: E731
                service.process.pid, resource.RLIMIT_FSIZE, (-1, -1)
            )
            ways, how = (lambda: None, free), "limit of a file's size"
        else:
            limit, how = None, "full tmpfs"
        log = "--log", str(at / "requests.jsonl")
        with Service(world.folder, at / "events.sqlite", *log, prepare=limit) as service:
            if limit is not None:
                while True:
                    many = [world.event("filler") for _ in range(500)]
                    if try_to_ask(service.port, "/v1/events", {"events": many})[0] != 200:
                        break
            told, found = down(world, service, *ways)
            found |= kept(service.port, open_store(at / "events.sqlite"), acknowledged(told))
            found["errors nobody caught"] = service.tracebacks()
            torn = 0
            for line in (at / "requests.jsonl").read_text().splitlines():
                try:
                    json.loads(line)
                except ValueError:
                    torn += 1
            found["torn lines of the request log"] = torn
    return {"how": how, **found}


class Slow:
    "Connections that send a byte a second, or many questions without reading an answer"

    def __init__(self, port, kind, n=200):
        self.kind, self.over, self.gone, self.begin = kind, threading.Event(), [], time.time()
        self.all = [socket.socket() for _ in range(n)]
        body = json.dumps({"user": "1", "k": 1000}).encode()
        head = (
            b"POST /v1/recommend HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        )
        whole = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
        page = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
        first = {"headers": head, "body": whole[: -len(body)], "answers": page * 20}
        self.left = {"headers": b"X-Slow: " + b"a" * 9000, "body": body[:-1], "answers": b""}[kind]
        for each in self.all:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            each.connect(("127.0.0.1", port))
            each.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                each.send(first[kind])
        self.thread = threading.Thread(target=self._drip)
        self.thread.start()

    def _drip(self):
        n, open_ones = 0, {*self.all}
        while not self.over.wait(1):
            if self.kind != "answers":
                closed = {s for s in select.select([*open_ones], [], [], 0)[0]}
            else:
                closed = {s for s in open_ones if self._reset(s)}
            for each in open_ones - closed:
                try:
                    each.send(self.left[n : n + 1])
                except BlockingIOError:
                    pass
                except OSError:
                    closed.add(each)
            self.gone += [time.time() - self.begin] * len(closed)
            open_ones, n = open_ones - closed, n + 1
        self.open = len(open_ones)

    @staticmethod
    def _reset(each):
        "Was the connection cut? Seen without reading of it"
        poll = select.poll()
        poll.register(each, select.POLLRDHUP)
        return any(what & (select.POLLRDHUP | select.POLLHUP) for _, what in poll.poll(0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        for each in self.all:
            each.close()


def slow(world, folder, lasts=30):
    "200 clients that are slow to send or do not read, and what the others notice"
    found = {}
    with Service(world.folder, folder / "events.sqlite") as service:
        with Load(world, service.port, per_second=10):  # warm
            time.sleep(5)
        with Load(world, service.port, per_second=10) as load:
            time.sleep(lasts)
        found["without them"] = {"ms": ms(load.told), "statuses": statuses(load.told)}
        for kind in "headers", "body", "answers":
            with Slow(service.port, kind) as them:
                time.sleep(5)  # until all that can be answered is
                with Load(world, service.port, per_second=10) as load:
                    time.sleep(lasts)
            found[f"slow {kind}"] = {
                "ms": ms(load.told),
                "statuses": statuses(load.told),
                f"of 200 still there after {lasts + 5} s": them.open,
                "given up after seconds": round(max(them.gone), 1) if them.gone else None,
            }
        found["answers afterwards"] = try_to_ask(service.port, "/healthz")[0]
        found["errors nobody caught"] = service.tracebacks()
    return {"connections": 200, **found}


HOSTILE = {
    "long": "x" * 100_000,
    "201 characters": "x" * 201,
    "controls": "a\x01\x1b[31m\r\nb",
    "NUL": "a\x00b",
    "path": "../../etc/passwd",
    "SQL": "1'; DROP TABLE entries; --",
    "direction": "\u202eabc\u2066",
    "emoji": "👩‍👩‍👧‍👦" * 20,
    "combining": "e" + "\u0301" * 150,
    "lone surrogate": "\ud800",
    "markup": "<script>alert(1)</script>",
    "template": "{{7*7}}${7*7}%s%n",
    "space": " ",
    "empty": "",
    "not a character": "\uffff\ufdd0",
}


def raw(port, data):
    "Status of the answer to these bytes; 0: none"
    with socket.create_connection(("127.0.0.1", port), 10) as s:
        try:
            s.sendall(data)
        except OSError:
            pass
        try:
            line = s.recv(65536)
        except OSError:
            return 0
    return int(line.split()[1]) if line.startswith(b"HTTP/1.1 ") else 0


def post_of(path, body, length=None, more=b""):
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n".encode()
    if length is not False:
        head += f"Content-Length: {len(body) if length is None else length}\r\n".encode()
    return head + more + b"\r\n" + body


def bodies():
    "Name → bytes of a request whose body is wrong in size or form"
    big = json.dumps({"user": "1", "history": ["x" * 200] * 9000}).encode()  # 1.8 MB
    chunked = b"".join(b"%x\r\n%s\r\n" % (60_000, big[:60_000]) for _ in range(30)) + b"0\r\n\r\n"
    coded, path = b"Transfer-Encoding: chunked\r\n", "/v1/recommend"
    right = json.dumps({"user": "1", "k": 1}).encode()
    texts = {
        "nested arrays": b"[" * 500_000,
        "nested objects": b'{"a":' * 150_000,
        "number of 100,000 digits": b'{"user": "1", "k": ' + b"9" * 100_000 + b"}",
        "NaN": b'{"user": "1", "as_of": NaN}',
        "infinite": b'{"user": "1", "knobs": {"genres": {"Horror": 1e999}}}',
        "not UTF-8": b'{"user": "\xff\xfe"}',
        "UTF-16": '{"user": "1"}'.encode("utf-16"),
        "nothing": b"",
        "null": b"null",
        "name of a field is a surrogate": b'{"user": "1", "\\ud800": 1}',
        "100,000 names": json.dumps({f"n{n}": n for n in range(70_000)}).encode(),
        "same name twice": b'{"user": "1", "user": ["2"], "k": 1}',
    }
    return {
        "1.8 MB, announced": post_of(path, big),
        "1.8 MB, chunked": post_of(path, chunked, length=False, more=coded),
        "1.8 MB, chunked and a length": post_of(path, chunked, length=10, more=coded),
        "length missing": post_of(path, right, length=False),
        "length negative": post_of(path, right, length=-1),
        "length of 40 digits": post_of(path, right, length="9" * 40),
        "length of other digits": post_of(path, right, length="²"),
        "two lengths": post_of(path, right, more=b"Content-Length: 3\r\n"),
        "length too short": post_of(path, right, length=5),
        "header of 200 kB": post_of(path, right, more=b"X: " + b"a" * 200_000 + b"\r\n"),
        "path of 60 kB": post_of("/v1/users/" + "a" * 60_000, right),
        **{name: post_of(path, text) for name, text in texts.items()},
    }


def large(world, folder):
    "Bodies over the limit and ids that mean harm: no answer of 500, the service lives"
    count, wrong = collections.Counter(), []

    def note(name, status):
        count[f"{name}: {status}"] += 1
        if not 200 <= status < 500:
            wrong.append(f"{name}: {status}")

    with Service(world.folder, folder / "events.sqlite") as service:
        port, item = service.port, str(world.items[0])
        with Load(world, port, per_second=10) as load:
            for name, data in bodies().items():
                note(name, raw(port, data))
            for name, text in HOSTILE.items():
                event = {"id": f"hostile {name}", "user": "eve", "item": item, "time": 1}
                asked = [("/v1/recommend", {"user": text}), ("/v1/recommend", {"history": [text]})]
                lists = ["include", "exclude"]
                asked += [("/v1/recommend", {"user": "1", "filters": {f: [text]}}) for f in lists]
                asked.append(("/v1/recommend", {"user": "1", "filters": {"where": text}}))
                asked.append(("/v1/recommend", {"user": "1", "filters": {"max_per": {text: 1}}}))
                asked.append(("/v1/recommend", {"user": "1", "knobs": {text: {text: 1}}}))
                asked.append(("/v1/recommend", {"user": "1", "shape": {"boosts": {text: 1}}}))
                asked.append(("/v1/recommend", {"user": "1", "shape": {"variety_of": text}}))
                asked.append(("/v1/recommend", {"user": "1", "as_of": text}))
                asked.append(("/v1/recommend", {"user": "1", "request_id": text}))
                asked.append(("/v1/recommend", {"user": "1", text: text}))
                asked.append(("/v1/rank", {"user": "1", "candidates": [text, item]}))
                asked.append(("/v1/explain", {"user": "1", "item": text}))
                for field in "id", "user", "item", "kind":
                    asked.append(("/v1/events", {"events": [event | {field: text}]}))
                for path, body in asked:
                    note(name, try_to_ask(port, path, body)[0])
                coded = quote(text.encode("utf-8", "surrogatepass"), safe="")
                for path in "/v1/users/", "/v1/items/", "/":
                    end = "/similar" if path == "/v1/items/" else ""
                    where = f"{path}{coded[:50_000]}{end} HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    note(name, raw(port, f"GET {where}".encode()))
                forget = f"DELETE /v1/users/{coded[:50_000]} HTTP/1.1\r\nHost: localhost\r\n\r\n"
                note(name, raw(port, forget.encode()))
        lives = try_to_ask(port, "/healthz")[0]
        return {
            "requests": count.total(),
            "neither 2xx nor 4xx": wrong,
            "of bodies": {name: s for name in bodies() for s in _of(count, name)},
            "of ids": {name: _of(count, name, True) for name in HOSTILE},
            "normal requests meanwhile": statuses(load.told),
            "answers afterwards": lives,
            "errors nobody caught": service.tracebacks(),
        }


def _of(count, name, many=False):
    "Statuses of a name"
    found = {key.rsplit(": ", 1)[1]: n for key, n in count.items() if key.startswith(f"{name}: ")}
    return dict(sorted(found.items())) if many else [int(status) for status in found]


def resident(pid):
    "MB of a process"
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


def steady(world, port, pid, seconds, events, per_second=20):
    "Ask at a rate; MB every ten seconds, how many were asked, statuses"
    samples, seen, counted = [], collections.Counter(), [0, 0]

    def one(n):
        due = start + n / per_second
        time.sleep(max(0, due - time.perf_counter()))
        kind, body, path = n % 20, None, "/v1/recommend"
        if kind in (3, 13) and events:
            new = f"new {world.n}" if kind == 3 else str(world.users[n % len(world.users)])
            path, body = "/v1/events", {"events": [world.event(new)]}
        elif kind == 7:
            path = "/healthz"
        elif kind == 17:
            path = f"/v1/users/{world.users[n % len(world.users)]}"
        elif kind in (5, 15):  # some other moment
            body = world.listing(as_of=int(world.newest) - 3600 * (n % 10_000))
        else:
            body = world.listing()
        status = try_to_ask(port, path, body)[0]
        seen[str(status)] += 1
        counted[0] += 1
        counted[1] += path == "/v1/events"

    def watch():
        while not over.wait(10):
            samples.append((*counted, resident(pid)))

    over, watcher = threading.Event(), threading.Thread(target=watch)
    start = time.perf_counter()
    watcher.start()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(one, range(int(seconds * per_second))))
    over.set()
    watcher.join()
    return samples, seen


def slope(x, y):
    "MB per thousand"
    return round(1e3 * float(np.polyfit(x, y, 1)[0]), 3) if len(x) > 2 else None


def memory(world, folder, minutes=60):
    "MB of the service: after a warm-up, while nothing is posted, while events come, and by thousands of events"
    warm, parts = min(5, minutes / 5), {}
    with Service(world.folder, folder / "events.sqlite") as service:
        port, pid = service.port, service.process.pid
        begin = resident(pid)
        seen = steady(world, port, pid, 60 * warm, events=True)[1]
        after = resident(pid)
        for name, events in ("lists alone", False), ("a tenth events", True):
            samples, more = steady(world, port, pid, 30 * (minutes - warm), events)
            seen += more
            asked, posted, mb = zip(*samples)
            parts[name] = {
                "requests": asked[-1],
                "events": posted[-1],
                "MB": [round(mb[0], 1), round(mb[-1], 1)],
                "MB per 1,000 requests": slope(asked, mb),
            }
        end, many, at = resident(pid), 20_000, []
        for n in range(many // 1000):
            some = [world.event(f"crowd {n} {i % 300}") for i in range(1000)]
            seen[str(try_to_ask(port, "/v1/events", {"events": some})[0])] += 1
            at.append((1000 * n, resident(pid)))
        parts["in thousands"] = {
            "events": many,
            "MB": [round(at[0][1], 1), round(at[-1][1], 1)],
            "bytes per event": round(2**20 * float(np.polyfit(*zip(*at), 1)[0])),
        }
    return {
        "minutes": minutes,
        "MB when ready": round(begin, 1),
        f"MB after {warm:g} minutes": round(after, 1),
        "MB at the end": round(end, 1),
        **parts,
        "statuses": dict(seen),
    }


def cpu(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def children(pid):
    return [*map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def in_turn(world, port, rounds, who):
    "An event, and at once four questions side by side: how many answers do not count it?"
    missed, failed = 0, 0
    with ThreadPoolExecutor(4) as pool:
        for n in range(1, rounds + 1):
            status = try_to_ask(port, "/v1/events", {"events": [world.event(who)]})[0]
            path = f"/v1/users/{quote(who)}?last=0"
            told = [*pool.map(lambda _: try_to_ask(port, path), range(4))]
            failed += (status != 200) + sum(status != 200 for status, _ in told)
            missed += sum(answer.get("events") != n for status, answer in told if status == 200)
    return missed, failed


def workers(world, folder, rounds=500):
    "Two processes on one store: does each see what the other was told? And one of them is killed"
    found = {}
    (at := folder / "server").mkdir()
    with Server("redis-server", at) as server:
        for name, where in {"file": folder / "two.sqlite", "redis-server": server.url}.items():
            with Service(world.folder, where, "--workers", "2", cores="0,1") as service:
                time.sleep(5)  # until the second is there as well
                before = {pid: cpu(pid) for pid in children(service.process.pid)}
                with Load(world, service.port, per_second=6) as load, ThreadPoolExecutor(3) as pool:
                    who = [f"{name} {n}" for n in range(3)]
                    told = pool.map(lambda w: in_turn(world, service.port, rounds, w), who)
                    missed, failed = map(sum, zip(*told))
                busy = [round(cpu(pid) - began, 1) for pid, began in before.items()]
                about = found[name] = {
                    "events one after the other": 3 * rounds,
                    "answers": 12 * rounds,
                    "answers that lacked one": missed,
                    "not 200": failed,
                    "processor seconds of the processes": sorted(b for b in busy if b > 0.2),
                    "load meanwhile": statuses(load.told),
                }
                with Load(world, service.port, per_second=10) as load:
                    os.kill(max(before, key=lambda pid: cpu(pid)), signal.SIGKILL)
                    time.sleep(12)
                late = load.between(load.told[-1].begin - 2, np.inf)
                about["one killed"] = statuses(load.told)
                about["ten seconds later"] = statuses(late)
                about |= kept(service.port, open_store(where), acknowledged(load.told))
                about["errors nobody caught"] = service.tracebacks()
                about["the first one killed"] = orphans(service)
    return found


def orphans(service):
    "The process that started the others is killed: do they end, can the service start again?"
    begin, others = time.perf_counter(), children(service.process.pid)
    service.process.kill()
    service.process.wait()
    while any(map(runs, others)) and time.perf_counter() - begin < 20:
        time.sleep(0.05)
    ended = round(time.perf_counter() - begin, 1)
    if any(map(runs, others)):
        return "the others go on and keep the port"
    return {"the others end after s": ended, "seconds to ready": round(service.start(), 1)}


def runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def race(world, folder, seconds=20):
    "Two clients post events of one person while four ask for that person's list"
    count, over = collections.Counter(), time.perf_counter() + seconds
    lock, who = threading.Lock(), str(world.users[0])

    def one(n, port):
        while time.perf_counter() < over:
            path, body = "/v1/events", {"events": [world.event(who) for _ in range(20)]}
            if n > 1:
                path, body = "/v1/recommend", {"user": who, "k": 3}
            status, answer = try_to_ask(port, path, body)
            why = answer.get("degraded") or [re.sub(r"\d+", "…", answer.get("detail", ""))]
            with lock:
                count[" ".join([path, str(status), *why]).strip()] += 1

    with Service(world.folder, folder / "events.sqlite") as service:
        over = time.perf_counter() + seconds
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda n: one(n, service.port), range(6)))
        return {**dict(sorted(count.items())), "errors nobody caught": service.tracebacks()}


FAULTS = [kill, store, disk, slow, large, memory, workers, race]


if __name__ == "__main__":
    minutes = [float(word) for word in sys.argv[2:] if word.replace(".", "").isdigit()]
    named = [word for word in sys.argv[2:] if not word.replace(".", "").isdigit()]
    os.sched_setaffinity(0, {1})
    for fault in FAULTS:
        if named and fault.__name__ not in named:
            continue
        with tempfile.TemporaryDirectory() as folder:
            run = Path(folder) / "run"
            shutil.copytree(sys.argv[1], run, ignore=shutil.ignore_patterns("events.sqlite*"))
            world, more = World(run), minutes if fault is memory else []
            about = fault(world, Path(folder), *more)
        path = Path(__file__).with_suffix(".json")
        earlier = json.loads(path.read_text())["results"] if path.exists() else {}
        earlier |= {"log": world.name, "users, items, events": world.about}
        record(__file__, earlier | {fault.__name__: about}, arguments=" RUN")
