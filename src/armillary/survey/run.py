"""The main job: a source in, an atlas out."""

from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from armillary.atlas import Atlas
from armillary.atlas.disk import refuse_foreign
from armillary.core import Codes, FeatureSpace, Finding, Group, MissingExtra, Rebuilt
from armillary.lexicon import load_lexicon
from armillary.load import as_space
from armillary.survey.fired_groups import rebuildable
from armillary.survey.groups import hypothesis_groups
from armillary.survey.hypotheses import tested_hypotheses
from armillary.survey.map_layouts import surveyed_map
from armillary.survey.measured import measured_lines
from armillary.survey.memory import peak_memory, peak_memory_of_a_worker
from armillary.survey.parallel import Runner
from armillary.survey.progress import Progress, Silent, Stopwatch
from armillary.survey.rebuilt import rebuilt_groups
from armillary.survey.search import Survey, open_workspace, survey_space
from armillary.survey.settings import Settings
from armillary.survey.strongest import MOST_FEATURES, claimed_features, strongest
from armillary.survey.with_codes import about, fingerprint, fired, labelled_by


def survey(
    source: Any = "demo",
    *,
    out: str | Path | None = None,
    labels: Any = None,
    codes: Codes | str | Path | None = None,
    orientation: str = "auto",
    tensor: str | None = None,
    d_model: int | None = None,
    seed: int = 0,
    lexicon: bool | str | Path = True,
    map: bool = True,
    jobs: int | None = None,
    backend: str | None = None,
    scheduler: str | None = None,
    resume: bool = True,
    offline: bool = False,
    cache: str | Path | None = None,
    progress: Progress | None = None,
    min_size: int = 5,
    max_size: int = 5000,
    level: float = 0.05,
    command: str | None = None,
) -> Atlas:
    """Survey a source: find groups of features that form a shape, and say how sure it is.

    Parameters
    ----------
    source
        ``"demo"``, a path or other uri, an array (one row a feature), or a FeatureSpace.
    out
        Folder to write the atlas and its report to; None keeps it in memory.
    labels, orientation, tensor, d_model, offline, cache
        As for ``armillary.load.load_space``.
    codes
        Which feature fires on which token: codes, a folder of them, or a folder of activations.
        Every group is then also rebuilt from them and judged by its words, and features without
        labels are named by theirs. ``"none"`` leaves out those that ``demo:sae`` brings along.
    seed
        Of everything random.
    lexicon
        True for the built-in word lists, a TOML file to add to them, False for none.
    map
        Whether to draw the UMAP (needs the extra ``maps``; left out with a note without it).
    jobs, backend, scheduler
        Worker processes; ``"dask"`` or ``"ray"`` to run the tasks on a cluster, and its address.
    resume
        Go on from ``<out>.partial`` if an earlier run with the same settings was interrupted.
    progress
        Told of stages, steps and facts.
    min_size, max_size
        Smallest and largest group considered.
    level
        False discovery rate.
    command
        What was typed, for the record.

    Returns
    -------
    Atlas
        Findings, groups, features, nulls and the record of how they were made.

    Raises
    ------
    BadInput
        If the source cannot be read or ``out`` holds something else.
    """
    home = Path(out).resolve() if out is not None else None
    if home is not None:
        refuse_foreign(home)
    tell = progress or Silent()
    watch = Stopwatch()
    with watch.stage(tell, "load"):
        space: FeatureSpace = as_space(
            source,
            labels=labels,
            orientation=orientation,
            d_model=d_model,
            tensor=tensor,
            offline=offline,
            cache=Path(cache) if cache else None,
            progress=tell.note,
        )
    for line in measured_lines(space):
        tell.note(line)
    place = Path(cache) if cache else None
    with watch.stage(tell, "codes"):
        given = fired(source, codes, cache=place, offline=offline, tell=tell)
        space = labelled_by(space, given)
    settings = Settings(seed=seed, min_size=min_size, max_size=max_size, level=level)
    runner = Runner(jobs, backend, scheduler)
    with runner, open_workspace(space, settings, home=home, resume=resume) as work:
        if work.resumed:
            tell.note(f"going on from {work.folder}")
        found = survey_space(
            space,
            settings=settings,
            work=work,
            runner=runner,
            cache=place,
            progress=tell,
            watch=watch,
        )
        rebuilt: list[Rebuilt] = []
        fired_record: Mapping[str, Any] = {}
        if given.codes is not None and given.lexemes is not None:
            kept = work.part(f"codes-{fingerprint(given.codes)}")
            partition, fired_record = rebuildable(
                found.space, found.groups_list, given.codes, settings=settings, work=kept,
                runner=runner, clock=watch, progress=tell,
            )  # fmt: skip
            with watch.time("rebuilt words"):
                rebuilt = rebuilt_groups(
                    found.space, partition, given.codes, lexemes=given.lexemes,
                    settings=settings, work=kept, runner=runner, progress=tell,
                )  # fmt: skip
        runner.close()
        left_out = [*found.record["left_out"], *given.left_out]
        groups, findings = found.groups_list, found.findings_list
        if lexicon is not False:
            with watch.stage(tell, "lexicon"):
                path = None if lexicon is True else Path(lexicon)
                groups, findings = _with_hypotheses(found, path, seed=seed)
        firings = None
        if given.codes is not None:
            with watch.time("contexts"):
                wanted = claimed_features(found.space, findings, rebuilt)
                firings = strongest(given.codes, wanted[:MOST_FEATURES])
            if wanted.size > MOST_FEATURES:
                left_out.append(
                    f"contexts: of {MOST_FEATURES:,} of {wanted.size:,} features of claims, those "
                    "of the first findings"
                )
        xy, note = None, None
        if map:
            try:
                with watch.stage(tell, "map"):
                    xy, note = surveyed_map(found.unit, found.neighbours, seed=seed)
            except MissingExtra as missing:
                left_out.append(f"map: {missing}")
                tell.note(str(missing))
        manifest: Mapping[str, Any] = {
            "version": version("armillary"),
            "command": command,
            "seed": seed,
            "parameters": {**asdict(settings), **found.record["parameters"]},
            "jobs": runner.jobs if backend in (None, "loky") else f"{backend} at {scheduler}",
            "resumed": work.resumed,
            "timings": watch.seconds,
            "peak_memory_bytes": peak_memory(),
            "peak_memory_bytes_of_a_worker": peak_memory_of_a_worker(),
            "codes": about(given, fired_record),
            "left_out": left_out,
        }
        with watch.stage(tell, "atlas"):
            atlas = Atlas.from_survey(
                found.space, groups, findings, manifest=manifest, map_xy=xy, map_note=note,
                rebuilt=rebuilt, tokens=given.codes.tokens if given.codes else None,
                neighbours=found.neighbours, shares=found.shares, firings=firings,
            )  # fmt: skip
            if home is not None:
                atlas.write(home)
    return atlas


def _with_hypotheses(
    found: Survey, lexicon: Path | None, *, seed: int
) -> tuple[list[Group], list[Finding]]:
    """Add the named hypotheses, if there are labels to look the words up in."""
    if "label" not in found.space.columns:
        return found.groups_list, found.findings_list
    named = tested_hypotheses(found.space, load_lexicon(lexicon), seed=seed)
    groups, named = hypothesis_groups(found.space, found.groups_list, named)
    return groups, found.findings_list + named
