"""English: the sentences, and how days and times are said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from booking_engine.adapters.agent.dates import english as words
from booking_engine.adapters.agent.speech.voice import grouped, names_year

SENTENCES: Mapping[str, str] = {
    "refused.VALIDATION_ERROR": "I did not get all of that. Could you say it once more?",
    "refused.NOT_FOUND": "I cannot find that booking.",
    "refused.PRECONDITION_FAILED": "That booking was changed meanwhile. One moment please, I am looking again.",
    "refused.INVALID_TRANSITION": "That booking is over or cancelled and cannot be changed. Shall I make a new one?",
    "refused.CANCELLATION_NOT_ALLOWED": "I cannot cancel that booking. Shall I put you through to the staff?",
    "refused.CANCELLATION_NOT_ALLOWED.DISABLED": "I cannot cancel bookings here. Shall I put you through to the staff?",
    "refused.CANCELLATION_NOT_ALLOWED.NOTICE": "It is too late to cancel that. Shall I put you through to the staff?",
    "refused.RESCHEDULE_NOT_ALLOWED": "I cannot move that booking. Shall I put you through to the staff?",
    "refused.RESCHEDULE_NOT_ALLOWED.DISABLED": "I cannot move bookings here. Shall I put you through to the staff?",
    "refused.RESCHEDULE_NOT_ALLOWED.NOTICE": "It is too late to move that. Shall I put you through to the staff?",
    "refused.HOLD_ENDED": "I could not keep that place any longer. Shall I look for another?",
    "refused.BOOKING_DISABLED": "We are taking no bookings at the moment. Please try again later.",
    "refused.INVALID_APPOINTMENT_TYPE": "We do not offer that. What is the visit for?",
    "refused.PAST_APPOINTMENT": "That time is over already. Which other time would suit you?",
    "refused.OUTSIDE_AVAILABILITY": "I cannot book that time. Which other time would suit you?",
    "refused.OUTSIDE_AVAILABILITY.MIN_NOTICE": "That is too soon for a booking. Which later time would suit you?",
    "refused.OUTSIDE_AVAILABILITY.MIN_NOTICE.known": "That is too soon. I can book from {limit} on.",
    "refused.OUTSIDE_AVAILABILITY.BEYOND_HORIZON": "That is too far ahead. Which earlier day would suit you?",
    "refused.OUTSIDE_AVAILABILITY.BEYOND_HORIZON.known": "That is too far ahead. I can book up to {limit}.",
    "refused.OUTSIDE_AVAILABILITY.NO_WINDOW": "There are no visits at that time. Which other time would suit you?",
    "refused.SLOT_INACTIVE": "We are closed at that time. Which other time would suit you?",
    "refused.DUPLICATE_BOOKING": "You have a booking for that day already. Shall I move it instead?",
    "refused.DUPLICATE_BOOKING.REFERENCE": "That visit has been booked again already.",
    "refused.SLOT_FULL": "That time is full. Shall I look for another?",
    "refused.SLOT_FULL.DOCTOR_BUSY": "The doctor has another visit then. Shall I look for another time?",
    "refused.SLOT_FULL.AI_QUOTA": "I have no place left then, but the staff may have one. Shall I put you through?",
    "refused.SLOT_FULL.CAPACITY": "That time is full. Shall I look for another?",
    "question.WHICH_WEEK": "Do you mean this week or next week?",
    "question.WHICH_WEEK.choose": "Do you mean {choices}?",
    "question.WHICH_MONTH": "Which month do you mean?",
    "question.WHICH_MONTH.choose": "Do you mean {choices}?",
    "question.DAY_OR_MONTH_FIRST": "Which day do you mean?",
    "question.DAY_OR_MONTH_FIRST.choose": "Do you mean {choices}?",
    "question.CONTRADICTION": "That does not fit together. Which day do you mean?",
    "question.CONTRADICTION.choose": "That does not fit together. Do you mean {choices}?",
    "question.NO_SUCH_DAY": "There is no such day. Which day do you mean?",
    "question.NO_SUCH_DAY.choose": "There is no such day. Do you mean {choices}?",
    "question.WHICH_DAY": "Which day would suit you?",
    "question.WHICH_DAY.choose": "Which day would suit you, {choices}?",
    "question.DAY_OR_TIME": "Is that a day or a time?",
    "question.DAY_OR_TIME.choose": "Do you mean {choices}?",
    "question.PART_OF_DAY": "In the morning, in the afternoon or in the evening?",
    "question.PART_OF_DAY.choose": "Do you mean {choices}?",
    "question.WHICH_TIME": "At what time exactly?",
    "question.WHICH_TIME.choose": "At what time exactly, {choices}?",
    "question.NO_SUCH_TIME": "The clocks change then and leave that time out. Which other time would suit you?",
    "question.NO_SUCH_TIME.choose": "The clocks change then and leave that time out. Would {choices} suit you?",
    "question.PAST": "That is over already. Which day would suit you?",
    "question.PAST.choose": "That is over already. Would {choices} suit you?",
    "record.confirmed": "{name} is booked for {when}.",
    "record.rescheduled": "The booking of {name} is now for {when}.",
    "record.cancelled": "The booking of {name} for {when} is cancelled.",
    "record.completed": "The visit of {name} on {when} has taken place.",
    "record.doctor": "It is with {doctor}.",
    "record.token": "The token number is {token}.",
    "at_branch": "That is at {branch}.",
    "held": "I'm holding {when} for you for {minutes}.",
    "hold_ended": "I could not keep that place any longer. Shall I look for another?",
    "released": "I have let that place go.",
    "offer.none": "I have nothing free then. Shall I look at another day?",
    "offer.one": "I have {choices}. Does that suit you?",
    "offer.several": "I have {choices}. Which would suit you?",
    "instead.one": "I have nothing free then, but I have {choices}. Does that suit you?",
    "instead.several": "I have nothing free then, but I have {choices}. Which would suit you?",
    "services": "We offer {choices}. What is the visit for?",
    "branches": "You can come to {choices}. Which would suit you?",
    "ask.day": "Which day would suit you?",
    "ask.time": "What time would suit you?",
    "ask.name": "What is the patient's name?",
    "ask.phone": "What is your phone number?",
    "read_back.phone": "Your number is {digits}. Is that right?",
    "read_back.reference": "The reference is {digits}.",
    "not_understood": "Sorry, I did not get that. Which day and time would suit you?",
    "not_booked": "Nothing is booked yet.",
    "in_progress": "One moment please, I am still on it.",
    "lost_choice": "I no longer have that time. Please choose another.",
    "handover": "I am putting you through to the staff.",
    "technical": "Something went wrong on our side. One moment please.",
}

WEEKDAYS = tuple(word.title() for word in words.WEEKDAYS)
MONTHS = tuple(word.title() for word in words.MONTHS)
NUMBERS = ("zero", *words.UNITS)
_NEAR = {0: "today", 1: "tomorrow"}


def number(value: int) -> str:
    """0 to 59 in words."""
    if value < 20:
        return NUMBERS[value]
    ten, one = divmod(value, 10)
    return words.TENS[ten * 10] + (f" {NUMBERS[one]}" if one else "")


def ordinal(value: int) -> str:
    """A day of a month: 1st, 22nd, 13th."""
    ending = "th" if 11 <= value <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{ending}"


class EnglishVoice:
    """Days and times in English."""

    def day(self, day: dt.date, today: dt.date) -> str:
        """See ``Voice``."""
        if (day.year, day.month) == (today.year, today.month) and day >= today:
            said = f"{WEEKDAYS[day.weekday()]} the {ordinal(day.day)}"
        else:
            said = self.full_day(day, year=names_year(day, today))
        near = _NEAR.get((day - today).days)
        return said if near is None else f"{near}, {said}"

    def full_day(self, day: dt.date, *, year: bool = False) -> str:
        """See ``Voice``."""
        said = f"{WEEKDAYS[day.weekday()]} the {ordinal(day.day)} of {MONTHS[day.month - 1]}"
        return f"{said} {day.year}" if year else said

    def time(self, time: dt.time) -> str:
        """See ``Voice``; the first hour of the day is said as it is written, for no name of it is clear."""
        hour, minute = time.hour, time.minute
        if (hour, minute) == (12, 0):
            return "noon"
        if hour == 0:
            return f"twelve {_minutes(minute)} a.m." if minute else "twelve a.m."
        part = "in the morning" if hour < 12 else "in the afternoon" if hour < 17 else "in the evening"
        return f"{_clock(hour, minute)} {part if hour < 21 else 'at night'}"

    def when(self, day: str, time: str) -> str:
        """See ``Voice``."""
        return f"{day} at {time}"

    def choices(self, choices: Sequence[str]) -> str:
        """See ``Voice``."""
        *first, last = choices
        return f"{', '.join(first)} or {last}" if first else last

    def minutes(self, minutes: int) -> str:
        """See ``Voice``."""
        if minutes < 1:
            return "a moment"
        return "one minute" if minutes == 1 else f"{number(minutes) if minutes < 60 else minutes} minutes"

    def digits(self, text: str) -> str:
        """See ``Voice``."""
        return grouped(text, "plus")


def _clock(hour: int, minute: int) -> str:
    this, following = (NUMBERS[(each - 1) % 12 + 1] for each in (hour, hour + 1))
    match minute:
        case 0:
            return f"{this} o'clock"
        case 15:
            return f"quarter past {this}"
        case 30:
            return f"half past {this}"
        case 45:
            return f"quarter to {following}"
        case _:
            return f"{this} {_minutes(minute)}"


def _minutes(minute: int) -> str:
    return f"oh {NUMBERS[minute]}" if minute < 10 else number(minute)
