"""Which share of each date's sessions budgets have reached, by question: `<home>/label_samples.json`.

A budget that does not reach asks about a random sample over all dates (classifiers.asking.eligibility,
`budget_place`); its share is what a figure of it needs to know. The file holds shares below 1 alone, and no
session id: who is in a sample is a function of the id, so that a deletion has nothing to remove here. Not
here: how much a budget reaches (budget_reach), what is made of the shares (dbt, `int_sessions__sampled`).
"""

from collections.abc import Iterable, Mapping
from datetime import date

from pydantic import BaseModel, ConfigDict, ValidationError

from orchestration.failures import RunStoppedError
from orchestration.settings import Settings

SAMPLES_FILE = "label_samples.json"


class LabelSamples(BaseModel):
    """`shares`: fingerprint → date → share of its sessions that were asked about; absent: all of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shares: dict[str, dict[date, float]] = {}

    def of_day(self, day: date) -> Mapping[str, float]:
        """Fingerprint → share of the date's sessions, where it is not all of them."""
        return {name: own[day] for name, own in self.shares.items() if day in own}

    def after_run(self, *, fingerprints: Iterable[str], days: Iterable[date], share: float) -> "LabelSamples":
        """The shares when a run has reached `share` of these dates: what was reached before stays reached."""
        dates, found = list(days), {name: dict(own) for name, own in self.shares.items()}
        for name in fingerprints:
            own = found.setdefault(name, {})
            for day in dates:
                own[day] = max(own.get(day, 0.0), share)
        kept = {
            name: {day: each for day, each in sorted(own.items()) if each < 1}
            for name, own in sorted(found.items())
        }
        return LabelSamples(shares={name: own for name, own in kept.items() if own})


def read_samples(settings: Settings) -> LabelSamples:
    """The samples of the home; raises RunStoppedError for a file that does not say what they are."""
    path = settings.home / SAMPLES_FILE
    if not path.exists():
        return LabelSamples()
    try:
        return LabelSamples.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise RunStoppedError(
            f"{path} does not say which sessions were sampled ({error.error_count()} errors). Restore it, or "
            "remove it: figures then take every label for one of a sample that reached every session."
        ) from error


def keep_run(settings: Settings, *, fingerprints: Iterable[str], days: Iterable[date], share: float) -> None:
    """Write down how far a run has reached; no file where every run reached everything."""
    before = read_samples(settings)
    after = before.after_run(fingerprints=fingerprints, days=days, share=share)
    if after == before:
        return
    path = settings.home / SAMPLES_FILE
    partial = path.with_suffix(".partial")
    partial.write_text(after.model_dump_json(indent=1) + "\n", encoding="utf-8")
    partial.replace(path)
