"""Hindi: the sentences, and how days and times are said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from booking_engine.adapters.agent.dates import hindi as words
from booking_engine.adapters.agent.speech.voice import grouped, names_year

SENTENCES: Mapping[str, str] = {
    "refused.VALIDATION_ERROR": "पूरी बात समझ में नहीं आई। कृपया एक बार फिर बताइए।",
    "refused.NOT_FOUND": "मुझे यह बुकिंग नहीं मिल रही है।",
    "refused.PRECONDITION_FAILED": "यह बुकिंग इस बीच बदली गई है। कृपया एक पल रुकिए, फिर से देखा जा रहा है।",
    "refused.INVALID_TRANSITION": "यह बुकिंग पूरी या रद्द हो चुकी है, इसे बदला नहीं जा सकता। क्या नई बुकिंग करूँ?",
    "refused.CANCELLATION_NOT_ALLOWED": "यह बुकिंग मुझसे रद्द नहीं हो सकती। क्या आपकी बात स्टाफ़ से करवाऊँ?",
    "refused.CANCELLATION_NOT_ALLOWED.DISABLED": "यहाँ बुकिंग रद्द नहीं की जा सकती। क्या आपकी बात स्टाफ़ से करवाऊँ?",
    "refused.CANCELLATION_NOT_ALLOWED.NOTICE": "अब इसे रद्द करने का समय निकल चुका है। क्या आपकी बात स्टाफ़ से करवाऊँ?",
    "refused.RESCHEDULE_NOT_ALLOWED": "यह बुकिंग मुझसे बदली नहीं जा सकती। क्या आपकी बात स्टाफ़ से करवाऊँ?",
    "refused.RESCHEDULE_NOT_ALLOWED.DISABLED": "यहाँ बुकिंग का समय नहीं बदला जा सकता। क्या आपकी बात स्टाफ़ से करवाऊँ?",
    "refused.RESCHEDULE_NOT_ALLOWED.NOTICE": "अब इसे बदलने का समय निकल चुका है। क्या आपकी बात स्टाफ़ से करवाऊँ?",
    "refused.HOLD_ENDED": "वह जगह अब रुकी हुई नहीं है। क्या कोई और समय देखूँ?",
    "refused.BOOKING_DISABLED": "अभी बुकिंग नहीं ली जा रही है। कृपया बाद में फ़ोन कीजिए।",
    "refused.INVALID_APPOINTMENT_TYPE": "यह सेवा हमारे यहाँ नहीं है। आपको किस लिए आना है?",
    "refused.PAST_APPOINTMENT": "वह समय निकल चुका है। आपको और कौन सा समय ठीक रहेगा?",
    "refused.OUTSIDE_AVAILABILITY": "उस समय बुकिंग नहीं हो सकती। आपको और कौन सा समय ठीक रहेगा?",
    "refused.OUTSIDE_AVAILABILITY.MIN_NOTICE": "इतनी जल्दी बुकिंग नहीं हो सकती। इसके बाद कौन सा समय ठीक रहेगा?",
    "refused.OUTSIDE_AVAILABILITY.MIN_NOTICE.known": "इतनी जल्दी बुकिंग नहीं हो सकती। {limit} से बुकिंग हो सकती है।",
    "refused.OUTSIDE_AVAILABILITY.BEYOND_HORIZON": "इतने आगे की बुकिंग नहीं हो सकती। इससे पहले कौन सा दिन ठीक रहेगा?",
    "refused.OUTSIDE_AVAILABILITY.BEYOND_HORIZON.known": "इतने आगे की बुकिंग नहीं हो सकती। {limit} तक बुकिंग हो सकती है।",
    "refused.OUTSIDE_AVAILABILITY.NO_WINDOW": "उस समय कोई नहीं देखता। आपको और कौन सा समय ठीक रहेगा?",
    "refused.SLOT_INACTIVE": "उस समय हम बंद रहेंगे। आपको और कौन सा समय ठीक रहेगा?",
    "refused.DUPLICATE_BOOKING": "उस दिन की आपकी बुकिंग पहले से है। क्या उसी का समय बदल दूँ?",
    "refused.DUPLICATE_BOOKING.REFERENCE": "यह बुकिंग दोबारा हो चुकी है।",
    "refused.SLOT_FULL": "वह समय भर चुका है। क्या कोई और समय देखूँ?",
    "refused.SLOT_FULL.DOCTOR_BUSY": "उस समय डॉक्टर किसी और को देख रहे होंगे। क्या कोई और समय देखूँ?",
    "refused.SLOT_FULL.AI_QUOTA": "उस समय मेरे पास जगह नहीं है, पर स्टाफ़ के पास हो सकती है। क्या आपकी बात करवाऊँ?",
    "refused.SLOT_FULL.CAPACITY": "वह समय भर चुका है। क्या कोई और समय देखूँ?",
    "question.WHICH_WEEK": "इस हफ़्ते या अगले हफ़्ते?",
    "question.WHICH_WEEK.choose": "आपका मतलब {choices}?",
    "question.WHICH_MONTH": "कौन सा महीना?",
    "question.WHICH_MONTH.choose": "आपका मतलब {choices}?",
    "question.DAY_OR_MONTH_FIRST": "कौन सी तारीख?",
    "question.DAY_OR_MONTH_FIRST.choose": "आपका मतलब {choices}?",
    "question.CONTRADICTION": "दिन और तारीख मेल नहीं खाते। कौन सा दिन?",
    "question.CONTRADICTION.choose": "दिन और तारीख मेल नहीं खाते। आपका मतलब {choices}?",
    "question.NO_SUCH_DAY": "ऐसी कोई तारीख नहीं है। कौन सा दिन?",
    "question.NO_SUCH_DAY.choose": "ऐसी कोई तारीख नहीं है। आपका मतलब {choices}?",
    "question.WHICH_DAY": "आपको कौन सा दिन ठीक रहेगा?",
    "question.WHICH_DAY.choose": "आपको कौन सा दिन ठीक रहेगा, {choices}?",
    "question.DAY_OR_TIME": "यह तारीख है या समय?",
    "question.DAY_OR_TIME.choose": "आपका मतलब {choices}?",
    "question.PART_OF_DAY": "सुबह, दोपहर या शाम?",
    "question.PART_OF_DAY.choose": "आपका मतलब {choices}?",
    "question.WHICH_TIME": "ठीक कितने बजे?",
    "question.WHICH_TIME.choose": "ठीक कितने बजे, {choices}?",
    "question.NO_SUCH_TIME": "उस समय घड़ियाँ आगे बढ़ाई जाती हैं। और कौन सा समय ठीक रहेगा?",
    "question.NO_SUCH_TIME.choose": "उस समय घड़ियाँ आगे बढ़ाई जाती हैं। क्या {choices} ठीक रहेगा?",
    "question.PAST": "वह समय निकल चुका है। आपको कौन सा दिन ठीक रहेगा?",
    "question.PAST.choose": "वह समय निकल चुका है। क्या {choices} ठीक रहेगा?",
    "record.confirmed": "{name} की बुकिंग {when} के लिए हो गई है।",
    "record.rescheduled": "{name} की बुकिंग अब {when} के लिए है।",
    "record.cancelled": "{name} की {when} की बुकिंग रद्द हो गई है।",
    "record.completed": "{name} की {when} की विज़िट पूरी हो चुकी है।",
    "record.doctor": "डॉक्टर का नाम {doctor} है।",
    "record.token": "टोकन नंबर {token} है।",
    "at_branch": "यह बुकिंग {branch} में है।",
    "held": "मैंने {when} का समय आपके लिए {minutes} तक रोक रखा है।",
    "hold_ended": "वह जगह अब रुकी हुई नहीं है। क्या कोई और समय देखूँ?",
    "released": "मैंने वह जगह छोड़ दी है।",
    "offer.none": "तब कोई जगह खाली नहीं है। क्या कोई और दिन देखूँ?",
    "offer.one": "मेरे पास {choices} का समय है। क्या यह ठीक रहेगा?",
    "offer.several": "मेरे पास {choices} का समय है। कौन सा ठीक रहेगा?",
    "instead.one": "तब कोई जगह खाली नहीं है, पर {choices} का समय है। क्या यह ठीक रहेगा?",
    "instead.several": "तब कोई जगह खाली नहीं है, पर {choices} का समय है। कौन सा ठीक रहेगा?",
    "services": "हमारे यहाँ {choices} की सेवा है। आपको किस लिए आना है?",
    "branches": "आप {choices} आ सकते हैं। कहाँ ठीक रहेगा?",
    "ask.day": "आपको कौन सा दिन ठीक रहेगा?",
    "ask.time": "आपको कितने बजे ठीक रहेगा?",
    "ask.name": "मरीज़ का नाम क्या है?",
    "ask.phone": "आपका फ़ोन नंबर क्या है?",
    "read_back.phone": "आपका नंबर {digits} है। क्या यह सही है?",
    "read_back.reference": "रेफ़रेंस {digits} है।",
    "not_understood": "माफ़ कीजिए, बात समझ में नहीं आई। आपको कौन सा दिन और समय ठीक रहेगा?",
    "not_booked": "अभी कोई बुकिंग नहीं हुई है।",
    "in_progress": "कृपया एक पल रुकिए, अभी देखा जा रहा है।",
    "lost_choice": "वह समय अब नहीं है। कृपया कोई और चुनिए।",
    "handover": "आपकी बात स्टाफ़ से करवाई जा रही है।",
    "technical": "हमारी ओर से कुछ गड़बड़ हुई है। कृपया एक पल रुकिए।",
}

NUMBERS = ("शून्य", *words.NUMBERS)
_NEAR = {0: "आज", 1: "कल"}
_PARTS = ((4, "सुबह"), (12, "सुबह"), (16, "दोपहर"), (20, "शाम"), (24, "रात"))
"""Until which hour a part of the day lasts."""
_HALVES = {1: "डेढ़", 2: "ढाई"}


class HindiVoice:
    """Days and times in Hindi."""

    def day(self, day: dt.date, today: dt.date) -> str:
        """See ``Voice``; the date stands beside *kal*, which also means yesterday."""
        if (day.year, day.month) == (today.year, today.month) and day >= today:
            said = f"{words.WEEKDAYS[day.weekday()]} {NUMBERS[day.day]} तारीख"
        else:
            said = self.full_day(day, year=names_year(day, today))
        near = _NEAR.get((day - today).days)
        return said if near is None else f"{near}, {said}"

    def full_day(self, day: dt.date, *, year: bool = False) -> str:
        """See ``Voice``."""
        said = f"{words.WEEKDAYS[day.weekday()]} {NUMBERS[day.day]} {words.MONTHS[day.month - 1]}"
        return f"{said} {day.year}" if year else said

    def time(self, time: dt.time) -> str:
        """See ``Voice``; the first hour of the day is said as it is written, for no name of it is clear."""
        if time.hour == 0:
            return f"बारह बजकर {NUMBERS[time.minute]} मिनट ए.एम." if time.minute else "बारह बजे ए.एम."
        part = next(part for until, part in _PARTS if time.hour < until)
        return f"{part} {_clock(time.hour, time.minute)}"

    def when(self, day: str, time: str) -> str:
        """See ``Voice``."""
        return f"{day} को {time}"

    def choices(self, choices: Sequence[str]) -> str:
        """See ``Voice``."""
        *first, last = choices
        return f"{', '.join(first)} या {last}" if first else last

    def minutes(self, minutes: int) -> str:
        """See ``Voice``."""
        if minutes < 1:
            return "एक पल"
        return f"{NUMBERS[minutes] if minutes < 60 else minutes} मिनट"

    def digits(self, text: str) -> str:
        """See ``Voice``."""
        return grouped(text, "प्लस")


def _clock(hour: int, minute: int) -> str:
    this, following = ((each - 1) % 12 + 1 for each in (hour, hour + 1))
    match minute:
        case 0:
            return f"{NUMBERS[this]} बजे"
        case 15:
            return f"सवा {NUMBERS[this]} बजे"
        case 30:
            return f"{_HALVES[this]} बजे" if this in _HALVES else f"साढ़े {NUMBERS[this]} बजे"
        case 45:
            return f"पौने {NUMBERS[following]} बजे"
        case _:
            return f"{NUMBERS[this]} बजकर {NUMBERS[minute]} मिनट"
