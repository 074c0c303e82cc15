"""Where the work is done: in this process, in several, or on a cluster of Dask or Ray.

Each is a ``run`` for :func:`forecast`: it does the same pure function for every block of series and gives
the results in the blocks' order. What is learned is learned once, before; the blocks are cut before, too;
so the forecast is the same, bit for bit, wherever it is made.

    with running("dask", processes=4) as run:
        forecast(history, horizon=12, run=run)
"""

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cache
from importlib import import_module, util
from multiprocessing import get_context
from tempfile import TemporaryDirectory
from typing import Any, Literal, get_args
from unittest import mock

from einklang.engine.errors import Impossible

Engine = Literal["local", "dask", "ray"]
ENGINES: tuple[str, ...] = get_args(Engine)
Work = Callable[[Any], Any]
Run = Callable[[Work, Sequence[Any]], list[Any]]
Progress = Callable[[int, int], None]
"""Called with how many blocks are done and how many there are."""

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"), "1"
)
"""Each worker keeps to one core, so that as many workers as cores do not stand in each other's way."""
HOME = "127.0.0.1"
"""A cluster of one's own listens to this machine alone."""
QUIET_RAY: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": False}
RETRIES = 2
"""So often is a block done again when the machine that had it is lost."""


@contextmanager
def running(
    engine: Engine = "local",
    *,
    processes: int | None = None,
    address: str | None = None,
    progress: Progress | None = None,
) -> Iterator[Run]:
    """A ``run`` for the time of the block: of this machine's cores, or of the cluster at ``address``.

    ``processes``: how many at once; by default one for each core this process may use. Without an
    address, ``dask`` and ``ray`` start that many workers on this machine and end them afterwards.
    """
    if engine not in ENGINES:
        raise Impossible(f"{engine} is not one of {', '.join(ENGINES)}.")
    if processes is not None and processes < 1:
        raise Impossible("The work needs at least one process.")
    told = progress or _untold
    workers = processes or cores()
    place = {"local": _on_cores, "dask": _on_dask, "ray": _on_ray}[engine]
    if engine != "local":
        installed(engine)
    with place(address, workers, told) as run:
        yield run


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def installed(engine: str) -> None:
    """Say how to get a cluster's library where it is not there."""
    if util.find_spec("distributed" if engine == "dask" else engine) is None:
        raise Impossible(
            f'{engine.capitalize()} needs the extra "{engine}": install it with '
            f'pip install "einklang[{engine}]", or use local.'
        )


def in_turn(work: Work, parts: Sequence[Any], progress: Progress = lambda _done, _all: None) -> list[Any]:
    """One block after the other, in this process.

    >>> in_turn(abs, [-1, 2])
    [1, 2]
    """
    found = []
    for part in parts:
        found.append(work(part))
        progress(len(found), len(parts))
    return found


def _untold(_done: int, _all: int) -> None:
    """Nobody waits to hear how far it is."""


@contextmanager
def _on_cores(address: str | None, workers: int, progress: Progress) -> Iterator[Run]:
    """Blocks shared among processes of this machine, which start when there is something to share."""
    if address:
        raise Impossible("An address belongs to a cluster: choose dask or ray.")
    # Fresh processes: a forked one would inherit the locks of threads it does not have.
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))

    def run(work: Work, parts: Sequence[Any]) -> list[Any]:
        if workers == 1 or len(parts) < 2:
            return in_turn(work, parts, progress)
        with _environment(ONE_THREAD):
            futures = [pool.submit(work, part) for part in parts]
        try:
            for done, future in enumerate(as_completed(futures), start=1):
                future.result()
                progress(done, len(parts))
        except BrokenProcessPool as fault:
            raise Impossible(
                "A worker process ended in the middle, most likely for want of memory: use fewer processes."
            ) from fault
        finally:
            for future in futures:
                future.cancel()
        return [future.result() for future in futures]

    with pool:
        yield run


@contextmanager
def _on_dask(address: str | None, workers: int, progress: Progress) -> Iterator[Run]:
    """Blocks shared among the workers of a Dask cluster."""
    import dask

    distributed: Any = import_module("distributed")
    own = None
    # Nothing of it is served over HTTP, and blocks may be larger than what Dask warns of.
    quiet = {
        "distributed.admin.large-graph-warning-threshold": "1GB",
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
    }
    with dask.config.set(quiet):
        if address is None:
            own = distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host=HOME,
                dashboard_address=f"{HOME}:0",
                env=ONE_THREAD,
                silence_logs=50,
            )
        client = _reached(
            lambda: distributed.Client(own or address, timeout=30, set_as_default=False), address
        )

        def run(work: Work, parts: Sequence[Any]) -> list[Any]:
            # Blocks travel with their task, so that one whose worker is lost can be done again elsewhere.
            futures = [client.submit(work, part, pure=False, retries=RETRIES) for part in parts]
            for done, future in enumerate(distributed.as_completed(futures, loop=client.loop), start=1):
                future.result()
                progress(done, len(parts))
            return list(client.gather(futures))

        try:
            yield run
        finally:
            client.close()
            if own is not None:
                own.close()


@contextmanager
def _on_ray(address: str | None, workers: int, progress: Progress) -> Iterator[Run]:
    """Blocks shared among the workers of a Ray cluster; it reports its use to nobody."""
    token = {} if address else {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": _token()}
    with (
        _environment({**ONE_THREAD, "RAY_USAGE_STATS_ENABLED": "0", **token}),
        TemporaryDirectory(prefix="ray-") as folder,
    ):
        import ray

        _reached(lambda: _own_ray(workers, folder) if address is None else _join_ray(address), address)
        task = ray.remote(max_retries=RETRIES)(_done)

        def run(work: Work, parts: Sequence[Any]) -> list[Any]:
            shared = ray.put(work)
            asked = [task.remote(shared, part) for part in parts]
            waiting = asked
            while waiting:
                _, waiting = ray.wait(waiting)
                progress(len(asked) - len(waiting), len(asked))
            return list(ray.get(asked))

        try:
            yield run
        finally:
            ray.shutdown()


@cache
def _token() -> str:
    """What workers of one's own show each other; Ray reads it once in the life of a process."""
    return secrets.token_hex(32)


def _own_ray(workers: int, folder: str) -> None:
    """Workers on this machine, which listen to it alone and leave nothing behind."""
    import ray
    from ray._private import services

    # Ray puts the machine's outer address in place of 127.0.0.1 and then listens to everybody.
    with mock.patch.object(services, "resolve_ip_for_localhost", lambda host: host):
        ray.init(
            "local",
            num_cpus=workers,
            include_dashboard=False,
            _node_ip_address=HOME,
            _temp_dir=folder,
            **QUIET_RAY,
        )


def _join_ray(address: str) -> None:
    """Workers of a cluster that is there."""
    import ray

    ray.init(address, **QUIET_RAY)


def _done(work: Work, part: Any) -> Any:
    """One block, on a worker of Ray."""
    return work(part)


def _reached(connect: Callable[[], Any], address: str | None) -> Any:
    """A connection to a cluster; that it cannot be had is said with its address."""
    try:
        return connect()
    except (OSError, TimeoutError, ConnectionError, RuntimeError, ValueError) as fault:
        place = f"at {address}" if address else "on this machine"
        raise Impossible(f"No cluster could be reached {place}: {fault}") from fault


@contextmanager
def _environment(wanted: dict[str, str]) -> Iterator[None]:
    """Settings that processes inherit when they start, and this one forgets afterwards."""
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
