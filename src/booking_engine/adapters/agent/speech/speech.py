"""Speech is what an agent says in one language: refusals, questions, offers, and confirmations of what is stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import attrs

from booking_engine.adapters.agent.dates.answer import Question, QuestionKind
from booking_engine.adapters.agent.speech.catalogue import CATALOGUE, RECORD, Catalogue
from booking_engine.adapters.agent.speech.voice import Voice, names_year
from booking_engine.domain.appointment import Appointment
from booking_engine.domain.localtime import zone as zone_named
from booking_engine.domain.rejection import Rejection

OFFERS_MAX = 3
"""Nobody remembers more of what is read out."""

_OF_TIME = frozenset({QuestionKind.PART_OF_DAY, QuestionKind.WHICH_TIME, QuestionKind.NO_SUCH_TIME})
_OFFERED = frozenset({QuestionKind.PAST, QuestionKind.NO_SUCH_DAY})
"""Questions that offer a day even if it is the only one."""


@attrs.frozen
class Speech:
    """What is said in ``lang``; instants are aware UTC, ``zone`` is the organisation's."""

    lang: str = "en"
    catalogue: Catalogue = CATALOGUE

    @property
    def voice(self) -> Voice:
        """How days and times are said in this language."""
        return self.catalogue.language(self.lang).voice

    def say(self, key: str, **values: str) -> str:
        """A sentence of the catalogue; see ``Catalogue.say``."""
        return self.catalogue.say(key, self.lang, **values)

    def when(self, instant: dt.datetime, *, now: dt.datetime, zone: str) -> str:
        """An instant as it is said at another: ``tomorrow, Tuesday the 16th at half past nine in the morning``."""
        local, today = (each.astimezone(zone_named(zone)) for each in (instant, now))
        return self.voice.when(self.voice.day(local.date(), today.date()), self.voice.time(local.time()))

    def confirmation(self, appointment: Appointment, zone: str) -> str:
        """What a stored appointment is: booked, moved, cancelled or over.

        It takes a record and nothing else, so that nothing can be confirmed that does not stand. The date is said in
        full, for a repeated answer may be heard on another day than it was made on.
        """
        local = appointment.start.astimezone(zone_named(zone))
        made = appointment.updated_at.astimezone(zone_named(zone)).date()
        day = self.voice.full_day(local.date(), year=names_year(local.date(), made))
        facts = [(appointment.status.value, {"when": self.voice.when(day, self.voice.time(local.time()))})]
        if appointment.assigned_doctor is not None and appointment.is_expected:
            facts.append(("doctor", {"doctor": appointment.assigned_doctor}))
        if appointment.token is not None and appointment.is_expected:
            facts.append(("token", {"token": str(appointment.token)}))
        name = appointment.patient_name
        return " ".join(
            self.catalogue.sentence(RECORD + fact, self.lang).format(name=name, **values) for fact, values in facts
        )

    def refusal(self, rejection: Rejection, *, now: dt.datetime, zone: str) -> str:
        """Why not, and what to do about it; with the first or the last time that would do where it is known."""
        code, reason = f"refused.{rejection.code}", rejection.reason
        limit = self._limit(rejection, now, zone)
        keys = [f"{code}.{reason}", code]
        if limit is not None:
            keys.insert(0, f"{code}.{reason}.known")
        key = self.catalogue.first(tuple(keys))
        return self.say(key, **({} if limit is None else {"limit": limit}))

    def _limit(self, rejection: Rejection, now: dt.datetime, zone: str) -> str | None:
        if rejection.earliest is not None:
            return self.when(_whole_minute(rejection.earliest), now=now, zone=zone)
        if rejection.latest is None:
            return None
        if isinstance(rejection.latest, dt.datetime):
            return self.when(rejection.latest, now=now, zone=zone)
        return self.voice.day(rejection.latest, now.astimezone(zone_named(zone)).date())

    def question(self, question: Question, *, today: dt.date) -> str:
        """The question that the resolver wants asked; ``today`` is the local date."""
        key = f"question.{question.kind}"
        days = [self.voice.day(day, today) for day in question.options]
        times = [self.voice.time(time) for time in question.times]
        if question.kind in _OF_TIME:
            choices = times
        elif question.kind is QuestionKind.DAY_OR_TIME:
            choices = days + times
        else:
            choices = days if len(days) > 1 or question.kind in _OFFERED else []
        if not choices:
            return self.say(key)
        return self.say(f"{key}.choose", choices=self.voice.choices(choices))

    def held(self, start: dt.datetime, *, until: dt.datetime, now: dt.datetime, zone: str) -> str:
        """A place is held; for how long is rounded down, so that nobody is promised more than there is."""
        minutes = int((until - now).total_seconds() // 60)
        return self.say("held", when=self.when(start, now=now, zone=zone), minutes=self.voice.minutes(minutes))

    def offer(self, starts: Sequence[dt.datetime], *, now: dt.datetime, zone: str, instead: bool = False) -> str:
        """The first few times to choose from; the day is said once if it is the same for all.

        ``instead``: what was asked for is not free, and these are near it.
        """
        locals_ = [each.astimezone(zone_named(zone)) for each in starts[:OFFERS_MAX]]
        if not locals_:
            return self.say("offer.none")
        today = now.astimezone(zone_named(zone)).date()
        if len({each.date() for each in locals_}) == 1:
            times = self.voice.choices([self.voice.time(each.time()) for each in locals_])
            choices = self.voice.when(self.voice.day(locals_[0].date(), today), times)
        else:
            choices = self.voice.choices([self.when(each, now=now, zone=zone) for each in starts[:OFFERS_MAX]])
        number = "one" if len(locals_) == 1 else "several"
        return self.say(f"{'instead' if instead else 'offer'}.{number}", choices=choices)

    def choices(self, key: str, names: Sequence[str]) -> str:
        """A sentence with names to choose from, such as ``services`` and ``branches``; names stay as they are."""
        return self.say(key, choices=self.voice.choices(names))

    def read_back(self, key: str, text: str) -> str:
        """A sentence with a number to check, such as ``read_back.phone``, its digits in groups."""
        return self.say(key, digits=self.voice.digits(text))


def _whole_minute(instant: dt.datetime) -> dt.datetime:
    # What is said has no seconds, and an earlier minute would be refused again.
    whole = instant.replace(second=0, microsecond=0)
    return whole if whole == instant else whole + dt.timedelta(minutes=1)
