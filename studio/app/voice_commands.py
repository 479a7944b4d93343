"""`studio voice`: enrol somebody's voice, look at it, compare it, hand it on, delete it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast, get_args

import typer

from studio.app.console import running
from studio.app.options import Json

if TYPE_CHECKING:
    from studio.trust.consent import Consent
    from studio.types import Agreement, Language, VoiceProfile
    from studio.voice.recordings.tape import Texture

voice_app = typer.Typer(
    name="voice",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Keep somebody's voice: enrol it once from recordings, with the consent it stands on.",
)

Right = Literal["self", "heir", "executor", "rights-holder", "public-domain", "guardian"]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A voice on the shelf; `studio voice list` names them.")]


@voice_app.command(
    epilog='Example:  studio voice enrol tape1.wav wedding.mp4 --name "Ruth Weber" --consent-by "Anna Weber" '
    "--consent-right heir --consent-date 2026-05-01 --out grandma-ruth"
)
def enrol(
    files: Annotated[list[Path], typer.Argument(metavar="FILES...", help="Recordings of the voice, or videos.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="Whose voice it is.")],
    out: Annotated[str, typer.Option(metavar="NAME", help="What the voice is called on the shelf.")],
    consent_by: Annotated[
        str, typer.Option(metavar="NAME", help="Who agreed; for the public domain, the source that says so.")
    ] = "",
    consent_date: Annotated[
        datetime | None, typer.Option(metavar="YYYY-MM-DD", formats=["%Y-%m-%d"], help="When they agreed.")
    ] = None,
    consent_right: Annotated[
        Right | None, typer.Option(help="In what right they agreed; self where it is the person's own voice.")
    ] = None,
    consent_for: Annotated[str, typer.Option(metavar="TEXT", help='For what: "a film for the family".')] = "",
    consent_until: Annotated[
        datetime | None, typer.Option(metavar="YYYY-MM-DD", formats=["%Y-%m-%d"], help="The last day it stands.")
    ] = None,
    consent_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="All of that in a YAML file, in place of these options.")
    ] = None,
    lang: Annotated[
        list[str] | None, typer.Option(metavar="en|zh", help="What is spoken there. May be given several times.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Learn a voice from recordings and put it on the shelf.

    30 seconds of clear speech are good, 3 will do.
    """
    if consent_file is not None and (consent_by or consent_date or consent_right or consent_for or consent_until):
        raise typer.BadParameter("Give the consent once: in a file, or by options.", param_hint="--consent-file")
    languages = _languages(lang or [])
    with running("voice enrol", as_json=as_json, cancellable=False) as run:
        from studio import voices

        path = voices.vacant(out)
        if consent_file is not None:
            consent: Consent | None = voices.read_consent(consent_file)
        else:
            consent = _consent(name, consent_by, consent_right, consent_for, consent_date, consent_until)
        profile = voices.enrol(files, name, consent, languages=languages, today=date.today())
        voices.put(profile, out)
        run.done({"path": str(path), **_as_dict(profile)}, [("Voice", f"{out} ({path})"), *_lines(profile)])


@voice_app.command("list", epilog="Example:  studio voice list --json")
def list_voices(as_json: Json = False) -> None:
    """List the voices on the shelf."""
    with running("voice list", cancellable=False):
        from studio import voices

        names = voices.listed()
        if as_json:
            sys.stdout.write(json.dumps(list(names), ensure_ascii=False) + "\n")
        else:
            sys.stdout.write("".join(f"{name}\n" for name in names) or "No voice yet: studio voice enrol adds one.\n")


@voice_app.command(epilog="Example:  studio voice show grandma-ruth")
def show(name: Name, as_json: Json = False) -> None:
    """Show what a voice is made from, what it stands on, and how it sounds."""
    with running("voice show", as_json=as_json, cancellable=False) as run:
        from studio import voices

        profile = voices.find(name)
        run.done({"name": name, **_as_dict(profile)}, _lines(profile))


@voice_app.command(
    epilog="Examples:  studio voice compare grandma-ruth tape7.wav   ·   studio voice compare grandma-ruth aunt-lea"
)
def compare(
    name: Name,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Another voice, or a recording.")],
    as_json: Json = False,
) -> None:
    """Say whether two voices are one person's: very likely, unclear, or very likely not."""
    with running("voice compare", as_json=as_json, cancellable=False) as run:
        from studio import voices

        found = voices.compare(name, other)
        run.done(
            {"likeness": round(found.likeness, 4), "verdict": found.verdict},
            [
                ("Verdict", found.sentence()),
                (
                    "Likeness",
                    f"{found.likeness:.2f}; one person has about 0.85 with themself, strangers 0.6, 0.82 at most",
                ),
            ],
        )


@voice_app.command(epilog="Example:  studio voice export grandma-ruth ruth.safetensors")
def export(
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write, .safetensors.")],
    as_json: Json = False,
) -> None:
    """Copy a voice with all it stands on to a file, for another machine."""
    if file.suffix != ".safetensors":
        raise typer.BadParameter(f"{file} should end in .safetensors.", param_hint="FILE")
    with running("voice export", as_json=as_json, cancellable=False) as run:
        from studio import voices

        voices.export(name, file)
        run.done({"path": str(file)}, [("Voice", str(file))])


@voice_app.command("import", epilog="Example:  studio voice import ruth.safetensors --out grandma-ruth")
def bring(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that studio voice export wrote.")],
    out: Annotated[str, typer.Option(metavar="NAME", help="What the voice is called on the shelf.")],
    as_json: Json = False,
) -> None:
    """Put an exported voice on the shelf, after checking that nobody has changed it."""
    with running("voice import", as_json=as_json, cancellable=False) as run:
        from studio import voices

        profile = voices.bring(file, out)
        run.done({"name": out, **_as_dict(profile)}, [("Voice", out), *_lines(profile)])


@voice_app.command(epilog="Example:  studio voice delete grandma-ruth")
def delete(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    as_json: Json = False,
) -> None:
    """Delete a voice for good, with what the cache holds that was learned from its recordings or said by it."""
    with running("voice delete", as_json=as_json, cancellable=False) as run:
        from studio import voices

        path = voices.place(name)
        if not yes and path.is_file():
            typer.confirm(f"Delete the voice {name} for good?", abort=True, err=True)
        removed = voices.remove(name)
        lines = [("Deleted", str(file)) for file in removed.files]
        run.done(
            {"deleted": [str(file) for file in removed.files], "left": list(removed.left)},
            [*lines, *(("Left", sentence) for sentence in removed.left)],
        )


def _languages(typed: Sequence[str]) -> list[Language]:
    from studio.types import Language

    for one in typed:
        if one not in get_args(Language):
            raise typer.BadParameter(f"{one!r} is neither en nor zh.", param_hint="--lang")
    return [cast("Language", one) for one in dict.fromkeys(typed)]


def _consent(
    person: str, by: str, right: Right | None, scope: str, granted_on: datetime | None, until: datetime | None
) -> Consent | None:
    """What the options say; None where they say nothing.

    Raises:
        ConsentMissing: they leave out who agreed, or in what right.
    """
    from studio.trust.consent import Consent
    from studio.voices import HOW_TO_AGREE, ConsentMissing

    if not by.strip():
        if right or scope or granted_on or until:
            raise ConsentMissing("It is not said who agreed. Add --consent-by NAME.")
        return None
    if right is None:
        # Whoever agrees to their own voice needs to prove no other right.
        if by.strip().casefold() != person.strip().casefold():
            raise ConsentMissing(f"It is not said in what right {by} agreed. {HOW_TO_AGREE}")
        right = "self"
    return Consent(
        granted_by=by.strip(),
        right=right,
        scope=scope,
        granted_on=granted_on.date() if granted_on else None,
        until=until.date() if until else None,
    )


def _as_dict(profile: VoiceProfile) -> dict[str, Any]:
    from dataclasses import asdict

    from studio.voice.person.profile import digest, texture

    sound = texture(profile)
    return {
        "person": profile.person,
        "consent": _plain(asdict(profile.consent)) if profile.consent else None,
        "languages": list(profile.languages),
        "enrolled": str(profile.enrolled) if profile.enrolled else None,
        "seconds": round(profile.seconds, 2),
        "recordings": [{"name": name, "sha256": sha256} for name, sha256 in _recordings(profile)],
        "pitch_hz": round(_pitch(profile)[0], 1),
        "quality": {name: round(value, 3) for name, value in profile.quality.items()},
        "cleaned": list(profile.cleaned),
        "texture": {
            "band_hz": [round(edge) for edge in sound.band],
            "noise_db": round(sound.noise_db, 1),
            "hum_hz": [round(float(hertz), 1) for hertz, _ in sound.lines],
            "decay_s": round(sound.decay_s, 2),
            "crest_db": round(sound.crest_db, 1),
        }
        if sound
        else None,
        "sha256": digest(profile),
    }


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, date) else value for name, value in record.items()}


def _recordings(profile: VoiceProfile) -> list[tuple[str, str]]:
    names = profile.sources or ("",) * len(profile.reference_sha256)
    return list(zip(names, profile.reference_sha256, strict=True))


def _pitch(profile: VoiceProfile) -> tuple[float, float, float]:
    """Middle, lowest and highest that was heard, Hz."""
    import math

    middle, _, low, high = (float(value) for value in profile.tensors["log_f0"])
    return math.exp(middle), math.exp(low), math.exp(high)


def _lines(profile: VoiceProfile) -> list[tuple[str, str]]:
    from studio.voice.person.profile import digest, texture

    middle, low, high = _pitch(profile)
    lines = [("Person", profile.person), ("Consent", _agreed(profile.consent))]
    if profile.languages:
        lines.append(("Speaks", ", ".join(profile.languages)))
    if profile.enrolled:
        lines.append(("Enrolled", str(profile.enrolled)))
    lines.append(("Heard", f"{profile.seconds:.0f} s of voice"))
    lines += [("From", f"{name} {sha256[:12]}…".strip()) for name, sha256 in _recordings(profile)]
    lines.append(("Pitch", f"{middle:.0f} Hz, {low:.0f} to {high:.0f}"))
    if profile.quality:
        figures = profile.quality
        lines.append(("Quality", f"{figures['mos']:.1f} of 5, {figures['cleaned_mos']:.1f} cleaned"))
        lines.append(("Noise", f"{figures['snr_db']:.0f} dB below the voice, {figures['cleaned_snr_db']:.0f} cleaned"))
        if "kept_likeness" in figures:
            kept = f"the cleaned voice is {figures['kept_likeness']:.2f} like the recorded one, noise apart"
            lines.append(("Kept", kept))
    lines += [("Cleaned", sentence) for sentence in profile.cleaned]
    sound = texture(profile)
    if sound:
        lines.append(("Tape", _tape(sound)))
    return [*lines, ("SHA-256", digest(profile))]


def _agreed(consent: Agreement | None) -> str:
    if consent is None:
        return "none on record"
    said = f"{consent.granted_by} ({consent.right})"
    said += f", {consent.granted_on}" if consent.granted_on else ""
    said += f", until {consent.until}" if consent.until else ""
    return said + (f", for {consent.scope}" if consent.scope else "")


def _tape(sound: Texture) -> str:
    """The sound of the tape in words."""
    from studio.voice.recordings.tape import DRY_S

    low, high = sound.band
    said = [f"voice from {low:.0f} to {high:.0f} Hz"]
    said.append("no noise" if sound.noise_db < -80 else f"noise {-sound.noise_db:.0f} dB below it")
    if len(sound.lines):
        said.append("hum at " + ", ".join(f"{hertz:.0f}" for hertz, _ in sound.lines[:3]) + " Hz")
    if sound.decay_s > 1.4 * DRY_S:
        said.append("a room that rings")
    return ", ".join(said)
