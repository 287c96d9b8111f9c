"""Public pages, against a view that returns the same bytes through the same middleware."""

from collections.abc import Iterable
from statistics import median

from benchmarks.report import Bench, Line
from benchmarks.server import Browser, Server, running
from benchmarks.site.views import BYTES

BAR = 0.7
PAGES = {"home": ("/", "home page"), "verify": ("/verify/", "verify form")}


def measure(bench: Bench) -> Iterable[Line]:
    """Each page's share of the speed of its bytes, and what the middleware takes of that."""
    times = 30 if bench.is_small else 600
    with (
        running(bench.folder, **{BYTES: str(bench.folder)}) as server,
        running(bench.folder, **{BYTES: str(bench.folder), "BENCH_VARIANT": "bare"}) as bare,
    ):
        for name, (path, title) in PAGES.items():
            (bench.folder / name).write_bytes(Browser(server.port).get(path).body)
            rounds = [_round(server, bare, path, name, times) for _ in range(bench.rounds)]
            page, same_bytes, without = (median(column) for column in zip(*rounds, strict=True))
            share = median(of_bytes / of_page for of_page, of_bytes, _ in rounds)
            yield Line(
                "pages",
                f"{title}, for a visitor who has been there before",
                bench.database,
                f"{share:.2f} of its bytes' speed",
                f"≥ {BAR}",
                share >= BAR,
                f"{page * 1000:.2f} ms of processor time; its bytes {same_bytes * 1000:.2f} ms, "
                f"{(same_bytes - without) * 1000:.2f} ms of them for the middleware",
            )


def _round(server: Server, bare: Server, path: str, name: str, times: int) -> tuple[float, float, float]:
    browser, other = Browser(server.port), Browser(bare.port)
    browser.get(path)
    return (
        server.cost(lambda: browser.get(path), times),
        server.cost(lambda: browser.get(f"/bench/bytes/{name}"), times),
        bare.cost(lambda: other.get(f"/bench/bytes/{name}"), times),
    )
