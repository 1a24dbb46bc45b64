"""Reading of the same rows by MosaicML Streaming and LitData, for compare.bench.mjs.

usage: compare_reader.py IMAGES.f32 ROWS HEIGHT WIDTH FOLDER

IMAGES.f32: [ROWS, HEIGHT, WIDTH] float32, little-endian. Writes the rows once in each library's own
form (shards of 64 rows), prints a JSON line, then answers commands on standard input, one line each:
LIBRARY in-order|shuffled EPOCH. Every answer is a JSON line: seconds by the clock, processor seconds of
this process and those it has ended, rows, and the sum over the first pixels (which shows that the rows
are the same ones).
"""

import importlib.metadata
import json
import os
import resource
import shutil
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
import numpy as np

path, rows, height, width, folder = sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5]
images = np.memmap(path, dtype="<f4", mode="r", shape=(rows, height, width))
BATCH = 32
ROWS_PER_SHARD = 64


def row(i):
    return {"image": np.array(images[i]), "label": i % 2, "row": i}


def cpu():
    own = resource.getrusage(resource.RUSAGE_SELF)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime


def batches(samples):
    """Stacks samples to [32, height, width], as a loader's default collation does."""
    pending = []
    for sample in samples:
        pending.append(sample)
        if len(pending) == BATCH:
            yield np.stack([s["image"] for s in pending]), [int(s["row"]) for s in pending]
            pending = []
    if pending:
        yield np.stack([s["image"] for s in pending]), [int(s["row"]) for s in pending]


class Mosaic:
    name = "mosaicml-streaming"

    def __init__(self):
        from streaming import MDSWriter

        self.local = os.path.join(folder, "mosaic")
        shutil.rmtree(self.local, ignore_errors=True)
        columns = {"image": f"ndarray:float32:{height},{width}", "label": "int", "row": "int"}
        size = ROWS_PER_SHARD * (height * width * 4 + 64)
        with MDSWriter(out=self.local, columns=columns, size_limit=size, hashes=["sha256"]) as out:
            for i in range(rows):
                out.write(row(i))
        self.open = {}

    def samples(self, order, epoch):
        from streaming import StreamingDataset
        from streaming.base.util import clean_stale_shared_memory

        if order not in self.open:
            clean_stale_shared_memory()
            self.open = {
                order: StreamingDataset(
                    local=self.local,
                    shuffle=order == "shuffled",
                    shuffle_seed=1,
                    batch_size=BATCH,
                    num_canonical_nodes=1,
                )
            }
        return iter(self.open[order])


class Lit:
    name = "litdata"

    def __init__(self):
        from litdata.streaming.writer import BinaryWriter

        self.local = os.path.join(folder, "lit")
        shutil.rmtree(self.local, ignore_errors=True)
        os.makedirs(self.local)
        writer = BinaryWriter(self.local, chunk_size=ROWS_PER_SHARD)
        for i in range(rows):
            writer[i] = row(i)
        writer.done()
        writer.merge(1)

    def samples(self, order, epoch):
        from litdata import StreamingDataset

        data = StreamingDataset(self.local, shuffle=order == "shuffled", seed=1)
        data.set_epoch(epoch)
        return iter(data)


libraries = {}
problems = {}
for kind in (Mosaic, Lit):
    try:
        libraries[kind.name] = kind()
    except Exception as error:  # told to the caller, who prints it
        problems[kind.name] = repr(error)[:300]
versions = {name: importlib.metadata.version(name) for name in libraries}
print(json.dumps({"versions": versions, "problems": problems}), flush=True)
for line in sys.stdin:
    name, order, epoch = line.split()
    try:
        start, used = time.perf_counter(), cpu()
        count, total = 0, 0.0
        for stacked, numbers in batches(libraries[name].samples(order, int(epoch))):
            count += len(numbers)
            total += float(stacked[:, 0, 0].sum())
        answer = {"seconds": time.perf_counter() - start, "cpu": cpu() - used, "rows": count, "sum": total}
    except Exception as error:
        answer = {"problem": repr(error)[:300]}
    print(json.dumps(answer), flush=True)
