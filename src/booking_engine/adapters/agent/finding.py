"""Finding times: what the caller says of a day and a time becomes a few choices, or the question to be asked."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from booking_engine.adapters.agent.choices import Choice
from booking_engine.adapters.agent.dates import NotUnderstood, Question, QuestionKind, Resolved, resolve
from booking_engine.adapters.agent.desk import AI, Desk, at_branch, choices_of
from booking_engine.adapters.agent.offers import USUAL_HOURS, at_usual_hours, one_of_each_time, spread
from booking_engine.adapters.agent.result import Answer, AnswerCode, NextAction
from booking_engine.domain.alternative import ALTERNATIVES_MAX
from booking_engine.domain.localtime import local_day
from booking_engine.domain.localtime import zone as zone_named
from booking_engine.domain.rejection import Reason, Rejection, RejectionCode
from booking_engine.domain.window import Session
from booking_engine.rules.timing import last_date

_MINUTE = dt.timedelta(minutes=1)
_DAY = dt.timedelta(days=1)


class Wished(NamedTuple):
    """When somebody wants to come: local dates, both included, and a local time or a part of the day."""

    first: dt.date
    last: dt.date | None = None
    time: dt.time | None = None
    session: Session | None = None
    instant: dt.datetime | None = None
    assumed: tuple[str, ...] = ()

    def holds(self, choice: Choice, zone: str) -> bool:
        """Whether a choice is what was asked for, and not only near it."""
        if self.instant is not None:
            return choice.start == self.instant
        local = choice.start.astimezone(zone_named(zone))
        return (
            self.first <= local.date()
            and (self.last is None or local.date() <= self.last)
            and (self.session is None or choice.window.session is self.session)
            and (self.time is None or local.time() == self.time)
        )


async def find_times(desk: Desk, arguments: dict[str, Any]) -> Answer:
    """Choices for a service, in one read of the store."""
    service, branch = desk.service(arguments.get("service")), desk.branch(arguments.get("branch"))
    if isinstance(service, Answer):
        return service
    if isinstance(branch, Answer):
        return branch
    if not desk.catalog.configuration.enabled:
        return desk.refused(Rejection(code=RejectionCode.BOOKING_DISABLED, message=""))
    wished = _wished(desk, arguments)
    if isinstance(wished, Answer):
        return wished
    doctor: str | None = arguments.get("doctor")
    alternatives = await desk.engine.alternatives(
        service.service_id,
        _start(desk, wished, doctor),
        branch_id=branch.branch_id,
        session=wished.session,
        assigned_doctor=doctor,
        channel=AI,
        limit=ALTERNATIVES_MAX,
    )
    found = choices_of(service, alternatives)
    if wished.time is None and doctor is None:
        found = at_usual_hours(desk, found)
    fitting = tuple([each for each in at_branch(found, branch.branch_id) if wished.holds(each, desk.zone)])
    if wished.time is None:
        fitting = tuple(sorted(fitting, key=lambda each: each.start))
        if doctor is None and wished.first == wished.last:
            fitting = spread(desk, fitting)
    fitting = one_of_each_time(fitting)
    return _found(desk, wished, fitting) if fitting else _near(desk, wished, found, branch.branch_id)


def _found(desk: Desk, wished: Wished, fitting: tuple[Choice, ...]) -> Answer:
    return Answer(
        ok=True,
        code=AnswerCode.TIMES_FOUND,
        next_action=NextAction.OFFER_TIMES,
        say=desk.offer(fitting),
        data={"choices": desk.choices_data(fitting), "meant": _meant(wished)},
    )


def _near(desk: Desk, wished: Wished, found: tuple[Choice, ...], branch_id: str) -> Answer:
    """Nothing is free as it was asked for: what is near it."""
    choices, say, next_action = desk.instead(found, branch_id)
    last, reason = last_date(desk.catalog, desk.now), None
    if wished.first > last:
        reason = Reason.BEYOND_HORIZON
        beyond = Rejection(code=RejectionCode.OUTSIDE_AVAILABILITY, reason=reason, message="", latest=last)
        say = desk.speech.refusal(beyond, now=desk.now, zone=desk.zone)
    data = {**({"choices": desk.choices_data(choices)} if choices else {}), "meant": _meant(wished)}
    return Answer(code=AnswerCode.NO_TIMES, reason=reason, next_action=next_action, say=say, data=data)


def _meant(wished: Wished) -> dict[str, Any]:
    """How the caller was understood, for the model to check."""
    return {
        "first_date": wished.first.isoformat(),
        "last_date": None if wished.last is None else wished.last.isoformat(),
        "time": None if wished.time is None else f"{wished.time:%H:%M}",
        "part_of_day": None if wished.session is None else wished.session.value,
        "assumed": list(wished.assumed),
    }


def _start(desk: Desk, wished: Wished, doctor: str | None) -> dt.datetime:
    """The instant to look around; of a day without a time its beginning, and a usual hour where a doctor is asked."""
    if wished.instant is not None:
        return wished.instant
    time = dt.timedelta()
    if wished.time is not None:
        time = _since_midnight(wished.time)
    elif doctor is not None:
        time, _ = USUAL_HOURS[wished.session or Session.MORNING]
    return local_day(desk.zone, wished.first).at(time)


# --- When -----------------------------------------------------------------------------------------------------------


def _wished(desk: Desk, arguments: dict[str, Any]) -> Wished | Answer:
    """What was said, the date that was given and the part of the day, put together; or what has to be asked."""
    heard, day = arguments.get("when"), arguments.get("date")
    resolved: Resolved | Question | NotUnderstood = Resolved()
    if heard is not None:
        resolved = resolve(heard, now=desk.now, zone=desk.zone, lang=desk.speech.lang)
    if isinstance(resolved, Question):
        return _asked(desk, resolved)
    if isinstance(resolved, NotUnderstood):
        if day is None:
            say = desk.speech.say("not_understood")
            return Answer(code=AnswerCode.NOT_UNDERSTOOD, next_action=NextAction.ASK_DATE, say=say)
        resolved = Resolved()
    session = arguments.get("part_of_day") or resolved.session
    if resolved.session is not None and session is not resolved.session:
        return _asked(desk, Question(kind=QuestionKind.PART_OF_DAY))
    assumed = tuple([each.value for each in resolved.assumed])
    if day is not None:
        return _on_day(desk, resolved, day, session, assumed)
    if resolved.first is None:
        if resolved.time is not None:
            return _asked(desk, Question(kind=QuestionKind.WHICH_DAY, times=(resolved.time,)))
        return Wished(desk.today, session=session, assumed=assumed)
    return Wished(resolved.first, resolved.last, resolved.time, session, resolved.instant, assumed)


def _on_day(
    desk: Desk, resolved: Resolved, day: dt.date, session: Session | None, assumed: tuple[str, ...]
) -> Wished | Answer:
    """What was said, of a day that was given besides."""
    if day < desk.today:
        return _asked(desk, Question(kind=QuestionKind.PAST, options=(desk.today + _DAY,)))
    first, last = resolved.first or day, resolved.last or day
    if not first <= day <= last:
        return _asked(desk, Question(kind=QuestionKind.CONTRADICTION, options=tuple(sorted({first, day}))))
    if resolved.time is None:
        return Wished(day, day, None, session, None, assumed)
    since = _since_midnight(resolved.time)
    instants = [span.start for span in local_day(desk.zone, day).spans(since, since + _MINUTE)]
    ahead = [each for each in instants if each > desk.now]
    if not ahead:
        kind = QuestionKind.PAST if instants else QuestionKind.NO_SUCH_TIME
        return _asked(desk, Question(kind=kind, options=(desk.today + _DAY,) if instants else ()))
    return Wished(day, day, resolved.time, session, ahead[0], assumed)


def _asked(desk: Desk, question: Question) -> Answer:
    """The question, with what there is to choose from."""
    data = {
        "dates": [each.isoformat() for each in question.options],
        "times": [f"{each:%H:%M}" for each in question.times],
    }
    return Answer(
        code=AnswerCode.QUESTION,
        reason=question.kind,
        next_action=NextAction.ASK_DATE,
        say=desk.speech.question(question, today=desk.today),
        data=data,
    )


def _since_midnight(time: dt.time) -> dt.timedelta:
    return dt.timedelta(hours=time.hour, minutes=time.minute)
