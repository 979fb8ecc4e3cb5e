#!/usr/bin/env python3
"""Measures what the cost model needs to know of one GPU: kernels, and whole decoder steps to check it.

    python3 measure-gpu.py OUT [--minutes 5] [--only gemm,attention,...] [--seed 1]

Needs PyTorch with CUDA and nothing else. Writes one CSV file per operation into OUT, in the layout
that `reprise calibrate check` and `calibrate fit` read, and info.csv with the versions of hardware
and software. All operands are bf16 and random. Times are microseconds of device time: the median of
several repetitions inside a CUDA graph, with the 10th and 90th percentile. Operands are rotated so
that no call finds them in the L2 cache, as in a model whose layers take turns.

Not measured: collectives (they need several GPUs) and fused serving kernels (PyTorch has none; its
own norms, rotary embedding and activation cost more than those of a serving engine).
"""

import argparse
import csv
import math
import os
import platform
import sys
import time

import torch
import torch.nn.functional as F

BF16 = torch.bfloat16
SECTIONS = ("gemm", "attention", "elementwise", "expert_ffn", "host_link", "steps")
# Shares of the time limit, so that a slow GPU still measures some of everything.
SHARES = {
    "gemm": 0.30,
    "attention": 0.22,
    "elementwise": 0.05,
    "expert_ffn": 0.05,
    "host_link": 0.08,
    "steps": 0.30,
}

# (n, k) of the linear layers of one GPU: Llama-3.1-8B, Llama-2-13B, Llama-2-70B at TP 8, an LM head.
GEMM_SHAPES = [
    (6144, 4096), (4096, 4096), (28672, 4096), (4096, 14336),
    (1280, 8192), (8192, 1024), (7168, 8192), (8192, 3584),
    (15360, 5120), (5120, 5120), (27648, 5120), (5120, 13824),
    (128256, 4096),
]
GEMM_ROWS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192]
HEADS = [(32, 8), (32, 32), (8, 1)]
HEAD_DIM = 128


class Clock:
    """Times calls on the device; forgets nothing, prints little."""

    def __init__(self, deadline):
        self.deadline = deadline

    def out_of_time(self):
        return time.monotonic() > self.deadline

    def graph(self, calls, repetitions=9):
        """Microseconds per call of a list of closures, run one after the other in one CUDA graph."""
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for call in calls[:2]:
                call()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            for call in calls:
                call()
        graph.replay()
        return self.events(graph.replay, repetitions, len(calls))

    def events(self, call, repetitions=9, divisor=1):
        times = []
        for _ in range(repetitions):
            begin = torch.cuda.Event(enable_timing=True)
            end = torch.cuda.Event(enable_timing=True)
            begin.record()
            call()
            end.record()
            end.synchronize()
            times.append(begin.elapsed_time(end) * 1000 / divisor)
        return quantiles(times)


def quantiles(times):
    ordered = sorted(times)

    def at(q):
        place = q * (len(ordered) - 1)
        low = math.floor(place)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (place - low)

    return [round(at(q), 3) for q in (0.5, 0.1, 0.9)]


class Table:
    """A CSV file that is complete after every row."""

    timing = ["latency_us", "p10_us", "p90_us"]

    def __init__(self, folder, name, columns):
        self.path = os.path.join(folder, f"{name}.csv")
        self.file = open(self.path, "w", newline="")
        self.writer = csv.writer(self.file, lineterminator="\n")
        self.writer.writerow([*columns, *self.timing])
        self.rows = 0

    def add(self, values, timing):
        self.writer.writerow([*values, *timing])
        self.file.flush()
        self.rows += 1


def random(*shape):
    return torch.randn(shape, device="cuda", dtype=BF16) * 0.02


def copies(bytes_each, least=2, most=24):
    """How many operand sets it takes to leave the L2 cache between two uses."""
    cache = torch.cuda.get_device_properties(0).L2_cache_size or 64 << 20
    return max(least, min(most, math.ceil(4 * cache / max(1, bytes_each)) + 1))


def measure_gemm(folder, clock):
    table = Table(folder, "gemm", ["m", "n", "k", "dtype"])
    # Every shape gets few rows before any gets all: a limit cuts evenly.
    order = GEMM_ROWS[::3] + GEMM_ROWS[1::3] + GEMM_ROWS[2::3]
    for m in order:
        for n, k in GEMM_SHAPES:
            if clock.out_of_time():
                return table
            count = copies(2 * n * k, most=max(2, int(8e9 // (2 * n * k))))
            count = min(count, 24)
            weights = [random(n, k) for _ in range(count)]
            x = random(m, k)
            y = torch.empty(m, n, device="cuda", dtype=BF16)
            calls = [lambda w=w: torch.mm(x, w.t(), out=y) for w in weights]
            calls *= max(1, 12 // len(calls))
            table.add([m, n, k, "bf16"], clock.graph(calls))
    return table


def lower_right(new, total):
    from torch.nn.attention.bias import causal_lower_right

    return causal_lower_right(new, total)


def attend(q, k, v, causal):
    """Attention of new rows on keys that end with them; grouped heads where there are fewer keys."""
    grouped = q.shape[1] != k.shape[1]
    new, total = q.shape[2], k.shape[2]
    if not causal:
        return F.scaled_dot_product_attention(q, k, v, enable_gqa=grouped)
    if new == total:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=grouped)
    return F.scaled_dot_product_attention(
        q, k, v, attn_mask=lower_right(new, total), enable_gqa=grouped
    )


def measure_attention(folder, clock):
    columns = ["phase", "batch", "new_tokens", "kv_len", "heads", "kv_heads", "head_dim"]
    table = Table(folder, "attention", columns)
    prefills = [(s, 0) for s in (128, 256, 512, 1024, 2048, 4096, 8192, 16384)]
    prefills += [(s, c) for s in (128, 512, 2048) for c in (2048, 8192, 32768)]
    cases = [("prefill", 1, s, c + s) for s, c in prefills]
    cases += [
        ("decode", b, 1, kv)
        for kv in (512, 2048, 8192, 32768)
        for b in (1, 4, 8, 16, 32, 64, 128)
        if b * kv <= 1 << 20
    ]
    for phase, batch, new, kv in cases:
        for heads, kv_heads in HEADS:
            if clock.out_of_time():
                return table
            bytes_each = 4 * batch * kv * kv_heads * HEAD_DIM
            sets = []
            for _ in range(copies(bytes_each, most=8)):
                q_heads, rows = (heads, new) if phase == "prefill" else (kv_heads, heads // kv_heads)
                q = random(batch, q_heads, rows, HEAD_DIM)
                sets.append((q, random(batch, kv_heads, kv, HEAD_DIM), random(batch, kv_heads, kv, HEAD_DIM)))
            causal = phase == "prefill"
            calls = [lambda s=s: attend(*s, causal) for s in sets]
            calls *= max(1, 6 // len(calls))
            try:
                timing = clock.graph(calls)
            except RuntimeError as error:
                print(f"  left out {phase} {batch} x {new} on {kv}, {heads}/{kv_heads}: {error}", file=sys.stderr)
                torch.cuda.synchronize()
                continue
            table.add([phase, batch, new, kv, heads, kv_heads, HEAD_DIM], timing)
            del sets, calls
    return table


def rotate(x, cosine, sine):
    half = x.shape[-1] // 2
    turned = torch.cat((-x[..., half:], x[..., :half]), dim=-1)
    return x * cosine + turned * sine


def measure_elementwise(folder, clock):
    table = Table(folder, "elementwise", ["op", "num_tokens", "width"])
    for tokens in (1, 8, 32, 128, 512, 2048, 8192):
        for width in (4096, 8192):
            if clock.out_of_time():
                return table
            count = copies(2 * tokens * width, most=32)
            xs = [random(tokens, width) for _ in range(count)]
            weight = random(width)
            norm = [lambda x=x: F.rms_norm(x, (width,), weight, 1e-5) for x in xs]
            table.add(["input_layernorm", tokens, width], clock.graph(norm))
            add = [lambda x=x: x + xs[0] for x in xs]
            table.add(["add", tokens, width], clock.graph(add))
            gates = [random(tokens, 2 * width) for _ in range(count)]
            act = [lambda g=g: F.silu(g[:, :width]) * g[:, width:] for g in gates]
            table.add(["mlp_act", tokens, width], clock.graph(act))
            heads = [x.view(tokens, width // HEAD_DIM, HEAD_DIM) for x in xs]
            cosine, sine = random(tokens, 1, HEAD_DIM), random(tokens, 1, HEAD_DIM)
            rope = [lambda h=h: rotate(h, cosine, sine) for h in heads]
            table.add(["attn_rope", tokens, width], clock.graph(rope))
            book = random(32000, width)
            ids = [torch.randint(0, 32000, (tokens,), device="cuda") for _ in range(count)]
            embed = [lambda i=i: F.embedding(i, book) for i in ids]
            table.add(["emb", tokens, width], clock.graph(embed))
    return table


def measure_experts(folder, clock):
    table = Table(folder, "expert_ffn", ["model", "hidden", "expert_intermediate", "tokens"])
    shapes = [("deepseek-v2-lite", 2048, 1408), ("qwen1.5-moe-a2.7b", 2048, 1408), ("mixtral-8x7b", 4096, 14336)]
    for tokens in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024):
        for model, hidden, inner in shapes:
            if clock.out_of_time():
                return table
            sets = [
                (random(2 * inner, hidden), random(hidden, inner))
                for _ in range(copies(6 * hidden * inner, most=16))
            ]
            x = random(tokens, hidden)

            def expert(up, down):
                both = x @ up.t()
                return (F.silu(both[:, :inner]) * both[:, inner:]) @ down.t()

            calls = [lambda s=s: expert(*s) for s in sets]
            table.add([model, hidden, inner, tokens], clock.graph(calls))
    return table


def measure_host_link(folder, clock):
    table = Table(folder, "host_link", ["direction", "bytes", "pinned"])
    for pinned in (True, False):
        for size in [1 << p for p in range(16, 29, 2)] + [1 << 29]:
            if clock.out_of_time():
                return table
            host = torch.empty(size, dtype=torch.uint8, pin_memory=pinned)
            device = torch.empty(size, dtype=torch.uint8, device="cuda")
            for direction, target, origin in (("h2d", device, host), ("d2h", host, device)):
                copy = lambda: target.copy_(origin, non_blocking=pinned)
                copy()
                table.add([direction, size, pinned], clock.events(copy))
    return table


class Decoder:
    """Llama-3.1-8B's shape with random weights; unfused, as PyTorch has it."""

    name = "llama-3.1-8b"
    layers, hidden, heads, kv_heads, inner, vocabulary = 32, 4096, 32, 8, 14336, 128256

    def __init__(self):
        wide = (self.heads + 2 * self.kv_heads) * HEAD_DIM
        self.blocks = [
            (
                random(wide, self.hidden),
                random(self.hidden, self.hidden),
                random(2 * self.inner, self.hidden),
                random(self.hidden, self.inner),
                random(self.hidden),
                random(self.hidden),
            )
            for _ in range(self.layers)
        ]
        self.book = random(self.vocabulary, self.hidden)
        self.head = random(self.vocabulary, self.hidden)
        self.norm = random(self.hidden)

    def step(self, ids, decodes, chunk, caches, prefixes):
        """One step of `decodes` sequences (one token each) and one prompt chunk of `chunk` tokens."""
        rows = decodes + chunk
        x = F.embedding(ids, self.book)
        cosine = torch.ones(rows, 1, HEAD_DIM, device="cuda", dtype=BF16)
        sine = torch.zeros(rows, 1, HEAD_DIM, device="cuda", dtype=BF16)
        group = self.heads // self.kv_heads
        for layer, (qkv, out, up, down, before, after) in enumerate(self.blocks):
            h = F.rms_norm(x, (self.hidden,), before, 1e-5) @ qkv.t()
            q, k, v = h.view(rows, -1, HEAD_DIM).split((self.heads, self.kv_heads, self.kv_heads), dim=1)
            q, k = rotate(q, cosine, sine), rotate(k, cosine, sine)
            parts = []
            if decodes > 0:
                keys, values = caches[layer]
                keys[:, :, -1] = k[:decodes]
                values[:, :, -1] = v[:decodes]
                grouped = q[:decodes].reshape(decodes, self.kv_heads, group, HEAD_DIM)
                parts.append(attend(grouped, keys, values, False).reshape(decodes, -1))
            if chunk > 0:
                keys, values = k[decodes:].transpose(0, 1)[None], v[decodes:].transpose(0, 1)[None]
                if prefixes is not None:
                    keys = torch.cat((prefixes[layer][0], keys), dim=2)
                    values = torch.cat((prefixes[layer][1], values), dim=2)
                new = q[decodes:].transpose(0, 1)[None]
                parts.append(attend(new, keys, values, True)[0].transpose(0, 1).reshape(chunk, -1))
            x = x + (parts[0] if len(parts) == 1 else torch.cat(parts)) @ out.t()
            both = F.rms_norm(x, (self.hidden,), after, 1e-5) @ up.t()
            x = x + (F.silu(both[:, : self.inner]) * both[:, self.inner :]) @ down.t()
        last = x[: decodes + (1 if chunk > 0 else 0)] if chunk == 0 else torch.cat((x[:decodes], x[-1:]))
        return F.rms_norm(last, (self.hidden,), self.norm, 1e-5) @ self.head.t()

    def cache(self, batch, length):
        return [
            (random(batch, self.kv_heads, length, HEAD_DIM), random(batch, self.kv_heads, length, HEAD_DIM))
            for _ in range(self.layers)
        ]


def measure_steps(folder, clock):
    decode = Table(folder, "decode", ["model", "batch", "context", "chunk_tokens"])
    prefill = Table(folder, "prefill", ["model", "new_tokens", "prefix_tokens", "mode"])
    free, _ = torch.cuda.mem_get_info()
    if free < 28e9:
        print("  whole steps need 28 GB free: left out", file=sys.stderr)
        return decode
    model = Decoder()
    room = free - 18e9
    cases = [("decode", b, c, 0) for c in (512, 2048, 8192) for b in (1, 8, 16, 32, 64, 128)]
    cases += [("decode", b, c, s) for s in (512, 2048) for b, c in ((8, 2048), (32, 2048), (64, 2048), (32, 8192))]
    cases += [("prefill", s, 0, 0) for s in (128, 512, 1024, 2048, 4096, 8192)]
    cases += [("prefill", s, c, 0) for s in (512, 2048) for c in (2048, 8192, 32768)]
    for kind, first, second, chunk in cases:
        if clock.out_of_time():
            break
        batch, context = (first, second) if kind == "decode" else (0, 0)
        new = chunk if kind == "decode" else first
        prefix = 0 if kind == "decode" else second
        bytes_kv = 4 * model.layers * model.kv_heads * HEAD_DIM * (batch * context + prefix)
        if bytes_kv > 0.8 * room:
            continue
        caches = model.cache(batch, context) if batch > 0 else None
        prefixes = model.cache(1, prefix) if prefix > 0 else None
        ids = torch.randint(0, model.vocabulary, (batch + new,), device="cuda")
        call = lambda: model.step(ids, batch, new, caches, prefixes)
        try:
            timing = clock.graph([call], repetitions=7)
        except torch.cuda.OutOfMemoryError:
            torch.cuda.empty_cache()
            continue
        if kind == "decode":
            decode.add([model.name, batch, context, chunk], timing)
        else:
            prefill.add([model.name, new, prefix, "graph"], timing)
        del caches, prefixes
        torch.cuda.empty_cache()
    decode.rows += prefill.rows
    return decode


def write_info(folder, seconds, peaks):
    properties = torch.cuda.get_device_properties(0)
    rows = {
        "name": properties.name,
        "sms": properties.multi_processor_count,
        "memory_bytes": properties.total_memory,
        "l2_bytes": properties.L2_cache_size,
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),
        "python": platform.python_version(),
        "dtype": "bf16",
        "script": "measure-gpu.py 1",
        "seconds": round(seconds),
    }
    rows.update((key, f"{value:g}") for key, value in peaks.items() if value is not None)
    with open(os.path.join(folder, "info.csv"), "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["key", "value"])
        writer.writerows(rows.items())


MEASURES = {
    "gemm": measure_gemm,
    "attention": measure_attention,
    "elementwise": measure_elementwise,
    "expert_ffn": measure_experts,
    "host_link": measure_host_link,
    "steps": measure_steps,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", help="folder for the CSV files")
    parser.add_argument("--minutes", type=float, default=5, help="time limit (default 5)")
    parser.add_argument("--only", default=",".join(SECTIONS), help=f"of {','.join(SECTIONS)}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--flops", type=float, help="peak dense bf16 FLOP/s, as 362e12, kept in info.csv")
    parser.add_argument("--hbm", type=float, help="peak memory bytes/s, as 864e9, kept in info.csv")
    given = parser.parse_args()
    chosen = given.only.split(",")
    unknown = [name for name in chosen if name not in SECTIONS]
    if unknown:
        parser.error(f"unknown section {unknown[0]}: one of {', '.join(SECTIONS)}")
    if not torch.cuda.is_available():
        parser.error("no CUDA device that PyTorch can see")
    os.makedirs(given.out, exist_ok=True)
    torch.manual_seed(given.seed)
    torch.set_grad_enabled(False)
    # Sections that end early leave their time to the rest.
    began = time.monotonic()
    limit = 60 * given.minutes * 0.95
    left = sum(SHARES[name] for name in chosen)
    for name in chosen:
        budget = (limit - (time.monotonic() - began)) * SHARES[name] / left
        left -= SHARES[name]
        start = time.monotonic()
        table = MEASURES[name](given.out, Clock(start + budget))
        torch.cuda.empty_cache()
        cut = " (cut by the time limit)" if time.monotonic() > start + budget else ""
        print(f"{name}: {table.rows} rows in {time.monotonic() - start:.0f} s{cut}", flush=True)
    peaks = {"flops_per_s": given.flops, "hbm_bytes_per_s": given.hbm}
    write_info(given.out, time.monotonic() - began, peaks)


if __name__ == "__main__":
    main()
