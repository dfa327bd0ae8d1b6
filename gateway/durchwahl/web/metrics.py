"""Counters in the Prometheus text format (version 0.0.4). No label ever holds anything personal."""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import accumulate

from durchwahl.store import journal, kept
from durchwahl.store.tx import Tx
from durchwahl.web.assembly import Gateway

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS = (0.005, 0.02, 0.1, 0.5, 2.0, 8.0)


@dataclass(frozen=True)
class JournalFigures:
    """How many bookings wait for an operator, and for how many milliseconds the oldest with personal data is over."""

    unresolved: int
    oldest_age: int


def journal_figures(tx: Tx) -> JournalFigures:
    """Return both as of one moment."""
    return JournalFigures(journal.unresolved(tx), kept.oldest_age(tx))


@dataclass
class _Times:
    """What the answers of one route took: the sum in seconds, and how many fell between two bounds."""

    seconds: float = 0.0
    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))


class Metrics:
    """Counts answers per route template, method and status, and their times."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str, int], int] = defaultdict(int)
        self._times: dict[str, _Times] = defaultdict(_Times)

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self._answers[route, method if method in METHODS else "OTHER", status] += 1
        times = self._times[route]
        times.seconds += seconds
        times.counts[bisect_left(BUCKETS, seconds)] += 1

    def text(self, gateway: Gateway, figures: JournalFigures | None) -> str:
        """Return everything as Prometheus reads it; without the journal's figures where it cannot be asked."""
        lines = ["# TYPE durchwahl_answers_total counter"]
        for (route, method, status), count in sorted(self._answers.items()):
            lines.append(f'durchwahl_answers_total{{route="{route}",method="{method}",status="{status}"}} {count}')
        lines.append("# TYPE durchwahl_answer_seconds histogram")
        bounds = [*(str(bound) for bound in BUCKETS), "+Inf"]
        for route, times in sorted(self._times.items()):
            counts = list(accumulate(times.counts))  # Prometheus wants each bucket to hold all smaller ones
            lines.extend(
                f'durchwahl_answer_seconds_bucket{{route="{route}",le="{bound}"}} {count}'
                for bound, count in zip(bounds, counts, strict=True)
            )
            lines.append(f'durchwahl_answer_seconds_sum{{route="{route}"}} {times.seconds:.6f}')
            lines.append(f'durchwahl_answer_seconds_count{{route="{route}"}} {counts[-1]}')
        lines.append("# TYPE durchwahl_source_up gauge")
        wanted = sorted(key for key, config in gateway.settings.sources.items() if config.table.enabled)
        for key in wanted:
            source = gateway.sources.get(key)  # None: left out, because of a mistake in its configuration
            up = int(source is not None and source.supervisor.health.state == "ok")
            lines.append(f'durchwahl_source_up{{source="{key}"}} {up}')
        lines.append("# TYPE durchwahl_services gauge")
        lines.append(f"durchwahl_services {len(gateway.snapshot.services)}")
        if figures is not None:
            lines.append("# TYPE durchwahl_bookings gauge")
            lines.append(f'durchwahl_bookings{{state="unresolved"}} {figures.unresolved}')
            lines.append("# TYPE durchwahl_oldest_personal_record_seconds gauge")
            lines.append(f"durchwahl_oldest_personal_record_seconds {figures.oldest_age / 1000:.0f}")
        return "\n".join(lines) + "\n"
