"""Counters in the Prometheus text format (version 0.0.4). No label ever holds anything personal."""

from collections import defaultdict

from durchwahl.web.assembly import Gateway

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS = (0.005, 0.02, 0.1, 0.5, 2.0, 8.0)


class Metrics:
    """Counts answers per route template, method and status, and their times."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str, int], int] = defaultdict(int)
        self._buckets: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = defaultdict(float)

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self._answers[route, method if method in METHODS else "OTHER", status] += 1
        self._seconds[route] += seconds
        buckets = self._buckets.setdefault(route, [0] * (len(BUCKETS) + 1))
        for place, bound in enumerate(BUCKETS):
            if seconds <= bound:
                buckets[place] += 1
        buckets[-1] += 1

    def text(self, gateway: Gateway) -> str:
        """Return everything as Prometheus reads it."""
        lines = ["# TYPE durchwahl_answers_total counter"]
        for (route, method, status), count in sorted(self._answers.items()):
            lines.append(f'durchwahl_answers_total{{route="{route}",method="{method}",status="{status}"}} {count}')
        lines.append("# TYPE durchwahl_answer_seconds histogram")
        for route, counts in sorted(self._buckets.items()):
            bounds = [*(str(bound) for bound in BUCKETS), "+Inf"]
            lines.extend(
                f'durchwahl_answer_seconds_bucket{{route="{route}",le="{bound}"}} {count}'
                for bound, count in zip(bounds, counts, strict=True)
            )
            lines.append(f'durchwahl_answer_seconds_sum{{route="{route}"}} {self._seconds[route]:.6f}')
            lines.append(f'durchwahl_answer_seconds_count{{route="{route}"}} {counts[-1]}')
        lines.append("# TYPE durchwahl_source_up gauge")
        for key, source in sorted(gateway.sources.open.items()):
            up = int(source.supervisor.health.state == "ok")
            lines.append(f'durchwahl_source_up{{source="{key}"}} {up}')
        lines.append("# TYPE durchwahl_services gauge")
        lines.append(f"durchwahl_services {len(gateway.snapshot.services)}")
        return "\n".join(lines) + "\n"
