"""Which maps are wanted of a space, and what they cost."""

from dataclasses import dataclass

from armillary.core import BadInput, MissingExtra
from armillary.maps import METHODS, Method
from armillary.survey.machine import size_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which maps are wanted.

    Parameters
    ----------
    methods
        Names; None for all whose package is installed.
    seeds
        Maps a method, from ``seed`` on: with two or more their agreement is measured.
    nulls
        Spectrum-matched null decoders that each method is run on; 0 leaves the test out. The least
        p that can come of it is ``1 / (1 + nulls)``.
    seed
        Of the first map, and of the null decoders.
    neighbours, flatten
        As in a survey's settings.
    """

    methods: tuple[str, ...] | None = None
    seeds: int = 2
    nulls: int = 5
    seed: int = 0
    neighbours: int = 16
    flatten: float = 0.5

    def chosen(self) -> list[Method]:
        """Return the methods.

        Raises
        ------
        BadInput
            If a name is not known, or a number is too small.
        MissingExtra
            If the package of a method asked for by name is not installed.
        """
        if self.seeds < 1 or self.nulls < 0:
            raise BadInput(f"need a seed and 0 or more nulls, got {self.seeds} and {self.nulls}")
        if self.methods is None:
            return [method for method in METHODS.values() if method.installed]
        unknown = [name for name in self.methods if name not in METHODS]
        if unknown or not self.methods:
            raise BadInput(f"map methods {unknown} are not known: use {', '.join(METHODS)}")
        chosen = [METHODS[name] for name in dict.fromkeys(self.methods)]
        for method in chosen:
            if not method.installed:
                raise MissingExtra(
                    f"{method.title} needs the package {method.module!r}, which is not installed.\n"
                    'Install it with: pip install "armillary[maps]"'
                )
        return chosen

    def of(self, method: Method) -> list[int]:
        """Return the seeds of a method: one if nothing in it is random."""
        return [self.seed + i for i in range(self.seeds if method.seeded else 1)]

    def seconds(self, n: int) -> float:
        """Estimate what all maps of ``n`` features take on one core, good to a factor of two."""
        runs = [(method, len(self.of(method)) + self.nulls) for method in self.chosen()]
        near = 7e-9 * n * n * (1 + self.nulls)
        compiled = 15.0 * sum(bool(method.module) for method, _ in runs)
        measured = 7e-5 * n  # trust and clumps of each map
        return (
            near + compiled + sum(count * (method.seconds * n + measured) for method, count in runs)
        )

    def cost(self, n: int) -> str:
        """Say what all maps of ``n`` features cost, before they are drawn."""
        methods = self.chosen()
        runs = sum(len(self.of(method)) + self.nulls for method in methods)
        names = ", ".join(method.title for method in methods)
        said = (
            f"{runs} maps of {n:,} features ({names}), {self.nulls} of each on noise: about "
            f"{self.seconds(n) / 60:.1f} min on one core, good to a factor of two; "
            f"{size_text(runs * n * 8)} kept until all is done"
        )
        if self.nulls:
            said += f"; the least p that can come of it is 1/{1 + self.nulls}"
        return said
