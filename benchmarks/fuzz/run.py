"""Does any parser crash, hang, lose count or grow, whatever bytes it is given?

Each parser of ``rabta import`` is run in a process of its own over spoiled files: by
atheris, guided by which branches were reached, where it is installed; else by the
mutator beside this file, from a seed. For every execution: what is raised is
``DataError`` and names the file; records are the sum of what became of them; arrays
match; it ends within ten seconds; and memory stays.

Prints executions, time and growth of the resident set per parser; a file that breaks
one is kept under its name. Passes (0) when none was found.

    python benchmarks/fuzz/run.py [--short] [--runs 40000] [--only ioda,atlas-results]
"""

import argparse
import importlib.util
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path


sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.fuzz.mutate import spoiled
from benchmarks.fuzz.seeds import SEEDS

from rabta.errors import DataError, UsageError


HANG, GROWTH = 10, 200.0  # seconds, MB
NOW = 1_800_000_000_000_000
GIVEN = "given.bin"
ROUTES_OF = "asn/17557,asn/9541"


def named(file: Path, refused: Exception) -> None:
    """A refusal names its file."""
    assert str(file) in str(refused), refused


def parser(name: str):
    """Return what runs one parser over a file and checks what comes of it."""
    from rabta.agent.interference import judged
    from rabta.sources.formats import FORMATS
    from rabta.sources.imported import Piece, Tally
    from rabta.sources.recognise import recognise
    from rabta.sources.stream import Stream

    forms = {one.name: one for one in FORMATS}
    about = ROUTES_OF if name == "mrt" else "country/PK"

    def check(file: Path) -> None:
        tally = Tally(str(file), NOW)
        try:
            told = forms[name].parse(Stream(file, tally), tally, about)
            for item in judged(told, tally):
                if isinstance(item, Piece):
                    assert len(item.times) == len(item.values)
                assert re.match(r"[a-z-]+/.", item.entity), item.entity
        except DataError as refused:
            named(file, refused)
        told = tally.kept + tally.passed + tally.duplicates + tally.put_aside_count
        assert tally.records == told, tally

    def recognised(file: Path) -> None:
        try:
            assert recognise(file).says
        except DataError as refused:
            named(file, refused)

    def table(file: Path) -> None:
        from datetime import UTC

        from rabta.sources.tables import choose, look, read

        try:
            found = look(file)
            for one in read(found, choose(found), UTC):
                assert len(one.times) == len(one.values)
        except (DataError, UsageError) as refused:
            named(file, refused)

    def records(file: Path) -> None:
        from rabta.cli.records import full

        try:
            for line in full(file):
                assert isinstance(json.loads(line), dict)
        except DataError as refused:
            named(file, refused)

    def compiled(file: Path) -> None:
        """The compiled kernels say what the plain ones do."""
        from rabta.sources.bgp import compile as kernels

        said = []
        for size in (kernels.WORTH_COMPILING, 0):
            kernels.WORTH_COMPILING, before = size, kernels.WORTH_COMPILING
            tally = Tally(str(file), NOW)
            try:
                found = list(forms["mrt"].parse(Stream(file, tally), tally, ROUTES_OF))
            except DataError as refused:
                found = [str(refused)]
            finally:
                kernels.WORTH_COMPILING = before
            said.append((repr(found), repr(tally)))
        assert said[0] == said[1]

    if name == "mrt-compiled":  # compiling takes longer than any file may
        with tempfile.NamedTemporaryFile() as file:
            file.write(SEEDS[name][0])
            file.flush()
            compiled(Path(file.name))
    own = {
        "table": table,
        "recognise": recognised,
        "atlas-records": records,
        "mrt-compiled": compiled,
    }
    return own.get(name, check)


def guarded(check, folder: Path):
    """Return a check that also ends; it leaves the file where it fails."""

    def hung(*_):
        raise TimeoutError(f"not done within {HANG} s")

    signal.signal(signal.SIGALRM, hung)
    file = folder / GIVEN

    def run(text: bytes) -> None:
        file.write_bytes(text)
        signal.alarm(HANG)
        try:
            check(file)
        finally:
            signal.alarm(0)

    return run


def rss() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def by_mutator(name: str, runs: int, seed: int, folder: Path) -> None:
    rng = random.Random(f"{name} {seed}")
    seeds = SEEDS.get(name) or [one for many in SEEDS.values() for one in many]
    others = [one for many in SEEDS.values() for one in many]
    pool = list(seeds)
    run = guarded(parser(name), folder)
    for text in seeds:
        run(text)
    before = rss()
    for number in range(runs):
        text = spoiled(rng.choice(pool), rng.choice(others), rng)
        run(text)
        if number % 50 == 0 and len(text) < 8000:  # what is spoiled can be spoiled more
            if len(pool) > 200:
                pool[rng.randrange(len(seeds), len(pool))] = text
            else:
                pool.append(text)
    print(json.dumps([runs, rss() - before]))


def by_atheris(name: str, runs: int, seed: int, folder: Path) -> None:
    import atheris

    with atheris.instrument_imports(include=["rabta.sources"]):
        run = guarded(parser(name), folder)
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, text in enumerate(SEEDS.get(name) or [t[0] for t in SEEDS.values()]):
        (corpus / str(number)).write_bytes(text)
    for text in corpus.iterdir():
        run(text.read_bytes())
    before, done = rss(), 0

    def one(text: bytes) -> None:
        nonlocal done
        done += 1
        run(text)
        if done == runs:
            print(json.dumps([done, rss() - before]), flush=True)
            os._exit(0)

    options = [f"-runs={runs + 1000}", f"-seed={seed}", "-max_len=6000", "-verbosity=0"]
    atheris.Setup([name, *options, str(corpus)], one)
    atheris.Fuzz()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--short", action="store_true")
    options.add_argument("--runs", type=int, default=40_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", default="")
    options.add_argument("--engine", choices=("atheris", "own"), default="")
    options.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    asked = options.parse_args()
    engine = asked.engine or (
        "own" if importlib.util.find_spec("atheris") is None else "atheris"
    )
    if asked.child:
        name, folder = asked.child
        way = by_atheris if engine == "atheris" else by_mutator
        way(name, asked.runs, asked.seed, Path(folder))
        return 0
    if asked.short:
        return short(asked.seed)
    names = asked.only.split(",") if asked.only else [*SEEDS, "recognise"]
    total, bad = 0, []
    print(f"engine: {engine}, seed {asked.seed}")
    waiting: list[tuple[str, tempfile.TemporaryDirectory, subprocess.Popen, float]] = []
    for name in names:
        place = "/dev/shm" if Path("/dev/shm").is_dir() else None
        folder = tempfile.TemporaryDirectory(prefix="rabta-fuzz-", dir=place)
        command = [sys.executable, __file__, "--child", name, folder.name]
        runs = asked.runs // 25 if name == "table" else asked.runs  # DuckDB starts each
        command += ["--runs", str(runs), "--seed", str(asked.seed)]
        started = time.monotonic()
        child = subprocess.Popen(
            [*command, "--engine", engine],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        waiting.append((name, folder, child, started))
        if len(waiting) == 2:
            total += finish(*waiting.pop(0), bad)
    for one in waiting:
        total += finish(*one, bad)
    print(f"{total:,} executions over {len(names)} parsers, {len(bad)} broke: {bad}")
    if bad:
        print(f"wrong: {', '.join(map(str, bad))} broke")
    return 4 if bad else 0


def short(seed: int) -> int:
    """Run all in this one process, a few times each."""
    with tempfile.TemporaryDirectory(prefix="rabta-fuzz-") as folder:
        for name in [*SEEDS, "recognise"]:
            runs = 10 if name == "table" else 60
            print(name, end=" ", flush=True)
            by_mutator(name, runs, seed, Path(folder))
    return 0


def finish(name: str, folder, child, started: float, bad: list[str]) -> int:
    """Wait for one parser; return its executions."""
    out, error = child.communicate()
    seconds = time.monotonic() - started
    told = [line for line in out.splitlines() if line.startswith("[")]
    done, grown = json.loads(told[-1]) if told else (0, 0.0)
    broke = child.returncode != 0 or not told or grown > GROWTH
    print(
        f"{name:20} {done:8,} executions {seconds:7.1f} s  +{grown:5.1f} MB"
        f"{'  BROKE' if broke else ''}",
        flush=True,
    )
    if broke:
        bad.append(name)
        kept = Path(f"fuzz-{name}.bin")
        given = Path(folder.name) / GIVEN
        if given.exists():
            kept.write_bytes(given.read_bytes())
        print(f"  {kept}: {error.strip()[-1500:]}")
    folder.cleanup()
    return done


if __name__ == "__main__":
    sys.exit(main())
