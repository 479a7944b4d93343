"""`studio train`: how the weights of the studio are made, and how anybody makes their own."""

from __future__ import annotations

import inspect
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

import typer

from studio.app.console import Run, clock, running
from studio.app.options import Json, Language

if TYPE_CHECKING:
    from studio.train.batches import ClipPairs
    from studio.train.prepare import Prepared
    from studio.train.tasks import RunOptions, Task
    from studio.types import OnProgress, Progress

train_app = typer.Typer(
    name="train",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Make weights from videos: prepare a corpus, then train on it.",
)

Output = Annotated[Path, typer.Option(metavar="FILE", help="The weights to write, .safetensors.")]
Corpus = Annotated[Path, typer.Argument(metavar="CORPUS", help="A folder that studio train prepare made.")]
Mouth = Annotated[
    Path | None, typer.Option("--mouth", metavar="FILE", help="A mouth network; by default the studio's own.")
]
KeptOut = Annotated[
    list[str] | None,
    typer.Option("--kept-out", metavar="NAME", help="A person to judge by, never to learn from. Several times."),
]

_LINE_EVERY = 30.0  # s between two lines of progress in a log


@dataclass(frozen=True)
class How:
    """The options of every training."""

    steps: Annotated[int | None, typer.Option(min=1, metavar="NUMBER", help="How many steps to train.")] = None
    minutes: Annotated[float | None, typer.Option(min=0.01, metavar="NUMBER", help="How long to train, at most.")] = (
        None
    )
    device: Annotated[
        Literal["auto", "cpu", "cuda"], typer.Option(help="Where to train; auto takes a GPU if there is one.")
    ] = "auto"
    bf16: Annotated[bool, typer.Option("--bf16", help="Half the bits in forward passes: faster on new GPUs.")] = False
    accumulate: Annotated[
        int, typer.Option(min=1, metavar="NUMBER", help="Batches per step, where memory is short.")
    ] = 1
    seed: Annotated[int, typer.Option(min=0, metavar="NUMBER", help="Same seed, steps and machine: same weights.")] = 0
    resume: Annotated[
        bool, typer.Option("--resume/--fresh", help="Go on from where a training stopped, or start over.")
    ] = True
    look_every: Annotated[
        float, typer.Option(min=0.1, metavar="MINUTES", help="How often to judge, and to save what there is.")
    ] = 10.0
    workers: Annotated[int, typer.Option(min=1, metavar="NUMBER", help="Threads that make batches ahead.")] = 1
    as_json: Json = False

    def options(self, usual: int) -> RunOptions:
        """For the loop; without any limit as many steps as are `usual`."""
        from studio.train.tasks import RunOptions

        steps = usual if self.steps is None and self.minutes is None else self.steps
        return RunOptions(
            steps=steps,
            minutes=self.minutes,
            device=self.device,
            bf16=self.bf16,
            accumulate=self.accumulate,
            seed=self.seed,
            resume=self.resume,
            look_every=self.look_every,
            workers=self.workers,
        )


def training(command: Callable[..., None]) -> Callable[..., None]:
    """A command with all options of `How`, which it gets as one: `how`."""
    hints = get_type_hints(How, include_extras=True)
    common = [
        inspect.Parameter(f.name, inspect.Parameter.KEYWORD_ONLY, default=f.default, annotation=hints[f.name])
        for f in fields(How)
    ]
    own = inspect.signature(command, eval_str=True)

    @wraps(command)
    def whole(**given: Any) -> None:
        how = How(**{f.name: given.pop(f.name) for f in fields(How)})
        command(**given, how=how)

    kept = [parameter for parameter in own.parameters.values() if parameter.name != "how"]
    keywords = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in kept]
    whole.__signature__ = own.replace(parameters=[*keywords, *common])  # type: ignore[attr-defined]
    return whole


@train_app.command(epilog="Example:  studio train prepare ~/Videos/ruth --person Ruth --output corpus")
def prepare(
    videos: Annotated[list[Path], typer.Argument(metavar="VIDEOS...", help="Videos, or folders with videos.")],
    output: Annotated[Path, typer.Option(metavar="FOLDER", help="The corpus: made, or added to.")],
    person: Annotated[
        str, typer.Option(metavar="NAME", help="Whose face it is; by default the name of the folder a video lies in.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Make a corpus from videos.

    Finds scenes, follows the face, checks whether lips and sound belong together and puts them in time. Stopped, it
    goes on from there.
    """
    with running("train prepare", as_json=as_json) as run:
        from studio.train import prepare as preparing

        found = preparing.find(videos, person)
        made = preparing.prepare(found, output, on_progress=_also_logged(run), cancel=run.cancel)
        run.done(*_prepared(output, made))
        if not as_json:
            _show(made)


@train_app.command(epilog="Example:  studio train motion recordings --output outputs/hearing.safetensors --steps 3200")
@training
def motion(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Recordings: name.wav, and name.phones with start end IPA per line."),
    ],
    output: Output,
    how: How,
    causal: Annotated[bool, typer.Option("--causal", help="Never look ahead: for sound that is heard live.")] = False,
    corpus: Annotated[
        Path | None, typer.Option(metavar="CORPUS", help="Clips whose filmed lips judge what is heard.")
    ] = None,
) -> None:
    """Train the ear that moves the mouth: which speech sound is heard when."""
    with running("train motion", as_json=how.as_json) as run:
        from studio.train import clips, hearing

        filmed = [clips.read(path) for path in clips.corpus(corpus)] if corpus else []
        recordings = hearing.read_corpus(folder)
        _train(run, lambda: hearing.HearingTask(recordings, causal=causal, filmed=filmed), how, hearing.STEPS, output)


@train_app.command(epilog="Example:  studio train expert corpus --output outputs/expert.safetensors")
@training
def expert(corpus: Corpus, output: Output, how: How, kept_out: KeptOut = None) -> None:
    """Train the expert who tells whether a mouth fits its sound: it teaches the mouth network."""
    with running("train expert", as_json=how.as_json) as run:
        from studio.train import expert as experts

        learned, judged = _pairs(run, corpus, kept_out)
        _train(run, lambda: experts.ExpertTask(learned, judged), how, experts.STEPS, output)


@train_app.command(
    epilog="Example:  studio train mouth corpus --expert outputs/expert.safetensors --output mouth.safetensors"
)
@training
def mouth(
    corpus: Corpus,
    output: Output,
    how: How,
    expert: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A sync expert, from studio train expert.")
    ] = None,
    kept_out: KeptOut = None,
) -> None:
    """Train the network that paints the inside of a mouth."""
    with running("train mouth", as_json=how.as_json) as run:
        from studio.train import expert as experts
        from studio.train import mouth as mouths

        teacher = experts.load(expert) if expert else None
        learned, judged = _pairs(run, corpus, kept_out)
        _train(run, lambda: mouths.MouthTask(learned, judged, teacher), how, mouths.STEPS, output)


@train_app.command(epilog="Example:  studio train refiner corpus --output outputs/refiner.safetensors --minutes 120")
@training
def refiner(corpus: Corpus, output: Output, how: How, mouth: Mouth = None, kept_out: KeptOut = None) -> None:
    """Train the refiner that goes over painted mouths."""
    with running("train refiner", as_json=how.as_json) as run:
        from studio.head.lipsync.painter import load
        from studio.train import mouth as mouths
        from studio.train import refiner as refiners

        painter = load(mouth or _own_mouth())
        learned, judged = _pairs(run, corpus, kept_out)
        _train(run, lambda: refiners.RefinerTask(learned, judged, painter), how, mouths.STEPS, output)


@train_app.command(
    epilog="Example:  studio train voice ~/Recordings/ruth --lang en --output outputs/voice-en.safetensors"
)
@training
def voice(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="FOLDERS", help="One per voice: recordings, and transcript.csv with name|what is said."),
    ],
    output: Output,
    how: How,
    lang: Language = "en",
    finish: Annotated[
        Path | None,
        typer.Option("--finish", metavar="WEIGHTS", help="A voice of these folders to make livelier; its words stay."),
    ] = None,
) -> None:
    """Train a base voice that speaks by itself, from recordings whose words are known."""
    with running("train voice", as_json=how.as_json) as run:
        from studio.train import finish as finishing
        from studio.train import runs
        from studio.train import voice as voices

        kept = runs.run_folder(output) / "corpus.npz"
        corpus = voices.prepare(folders, lang, kept, on_progress=_also_logged(run), seed=how.seed)
        if finish is None:
            _train(run, lambda: voices.VoiceTask(corpus, lang), how, voices.STEPS, output)
        else:
            _train(run, lambda: finishing.FinishTask(corpus, lang, finish), how, finishing.STEPS, output)


@train_app.command(
    epilog="Example:  studio train cleaner tapes/ruth tapes/otto --clips videos --output outputs/cleaner.safetensors"
)
@training
def cleaner(
    output: Output,
    how: How,
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="FOLDERS", help="One per voice: recordings without noise.")
    ] = None,
    clips: Annotated[
        list[Path] | None,
        typer.Option(metavar="FOLDER", help="Recordings or films of many people, one in each file. Several times."),
    ] = None,
    kept_out: Annotated[
        list[str] | None,
        typer.Option("--kept-out", metavar="NAME", help="A voice to judge by, never to learn from. Several times."),
    ] = None,
    mixtures: Annotated[int, typer.Option(min=1, metavar="NUMBER", help="How often a voice is laid into noise.")] = 800,
) -> None:
    """Train the network that takes noise out of recordings, from voices without any.

    The noise is made by rule; the voices are laid into it beforehand, which takes about half a second each.
    """
    with running("train cleaner", as_json=how.as_json) as run:
        from studio.train import cleaner as cleaners
        from studio.train import mixtures as mixing
        from studio.train import runs

        folder, tell = runs.run_folder(output), _also_logged(run)
        learned, judged = mixing.prepare(
            (folders or [], clips or []), folder, mixtures, kept_out or (), seed=how.seed, on_progress=tell
        )
        _train(run, lambda: cleaners.CleanerTask(learned, judged), how, cleaners.STEPS, output)


@train_app.command(epilog="Example:  studio train person ~/Videos/ruth --output outputs/ruth.safetensors")
@training
def person(
    videos: Annotated[
        list[Path], typer.Argument(metavar="VIDEOS|CORPUS", help="Two to five minutes of one person who talks.")
    ],
    output: Output,
    how: How,
    mouth: Mouth = None,
) -> None:
    """Teach the mouth network one person's own mouth, from their home videos."""
    with running("train person", as_json=how.as_json) as run:
        from studio.train import clips, mouths
        from studio.train import person as persons

        corpus = videos[0]
        if len(videos) > 1 or not any(corpus.rglob(clips.DONE)):
            from studio.train import prepare as preparing

            corpus = output.with_suffix(".corpus")
            made = preparing.prepare(
                preparing.find(videos, output.stem), corpus, on_progress=_also_logged(run), cancel=run.cancel
            )
            for one in made:
                if one.error:
                    run.reporter.note(f"{one.video} was left out: {one.error}")
        seen = mouths.read(corpus, on_progress=_also_logged(run), cancel=run.cancel)
        _train(run, lambda: persons.task(seen, mouth or _own_mouth()), how, persons.STEPS, output)


@train_app.command(epilog="Example:  studio train shapes clips --output outputs/shapes.safetensors")
def shapes(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A corpus, or a folder of videos, one face each.")],
    output: Output,
    as_json: Json = False,
) -> None:
    """Learn how faces move when they speak: the shapes behind every curve."""
    with running("train shapes", as_json=as_json, cancellable=False) as run:
        from studio.train import clips
        from studio.train import shapes as learning

        if any(folder.rglob(clips.DONE)):
            tracks = [(path.stem, clips.read(path).landmarks) for path in clips.corpus(folder)]
        else:
            tracks = learning.follow_all(folder, run.on_progress)
        run.done(*_trained(output, learning.train(tracks, output)))


def _own_mouth() -> Path:
    from studio import weights
    from studio.head.lipsync.painter import FILE

    return weights.data_dir("models") / FILE


def _pairs(run: Run, corpus: Path, kept_out: Sequence[str] | None) -> tuple[list[ClipPairs], list[ClipPairs]]:
    from studio.train import mouths

    every = mouths.read(corpus, on_progress=_also_logged(run), cancel=run.cancel)
    return mouths.parted(every, kept_out or ())


def _train(run: Run, task: Callable[[], Task], how: How, usual: int, output: Path) -> None:
    import torch

    from studio.train import runs

    torch.manual_seed(how.seed)
    figures = runs.run(task(), how.options(usual), output, on_progress=_also_logged(run), cancel=run.cancel)
    run.done(*_trained(output, figures))


def _also_logged(run: Run) -> OnProgress:
    """Progress, and where nobody watches a bar, a line of it now and then."""
    told = time.monotonic()

    def tell(progress: Progress) -> None:
        nonlocal told
        run.on_progress(progress)
        if not sys.stderr.isatty() and time.monotonic() - told > _LINE_EVERY:
            told = time.monotonic()
            run.reporter.note(f"{100 * progress.done:.0f} %, {progress.detail}")

    return tell


def _trained(output: Path, figures: Mapping[str, float]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    lines = [("Weights", str(output)), *((name, f"{value:.4g}") for name, value in figures.items())]
    return {"path": str(output), "figures": dict(figures)}, lines


def _prepared(corpus: Path, made: Sequence[Prepared]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    from dataclasses import asdict

    used = [one for one in made if one.clips]
    seconds, synced = sum(one.seconds for one in used), sum(one.synced for one in used)
    result = {
        "path": str(corpus),
        "clips": sum(len(one.clips) for one in used),
        "seconds": round(seconds, 1),
        "synced_s": round(synced, 1),
        "videos": [asdict(one) for one in made],
    }
    lines = [
        ("Corpus", str(corpus)),
        ("Videos", f"{len(used)} of {len(made)}"),
        ("Clips", f"{result['clips']}, {clock(seconds)} min, {clock(synced)} min with sound that fits"),
    ]
    return result, lines


def _show(made: Sequence[Prepared]) -> None:
    """One row per video: what it gave, and what was set aside and why."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("Video", style="bold", overflow="fold", min_width=24)
    table.add_column("Person", no_wrap=True)
    for name in ("Clips", "Length", "In sync", "Sound late by"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Set aside")
    for one in made:
        late = "" if one.offset is None else f"{1000 * one.offset:+.0f} ms"
        aside = [f"{why} {seconds:.1f} s" for why, seconds in (*one.unsynced.items(), *one.left_out.items())]
        aside += [one.error] if one.error else []
        row = (Path(one.video).name, one.person, str(len(one.clips)), clock(one.seconds), clock(one.synced), late)
        table.add_row(*row, ", ".join(aside))
    Console().print(table, markup=False)
