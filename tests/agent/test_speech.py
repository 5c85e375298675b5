"""What is said: every code has a sentence, every sentence is of people and not of fields, and only records confirm."""

from __future__ import annotations

import datetime as dt
import inspect
import re
import typing
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.clocks import NOW
from booking_engine import Appointment, AppointmentStatus, Channel, Reason, Rejection, RejectionCode, Session
from booking_engine.adapters.agent.dates import Question, QuestionKind, resolve
from booking_engine.adapters.agent.speech import CATALOGUE, Speech, say
from booking_engine.adapters.agent.speech.catalogue import blanks
from booking_engine.rules.shape_table import SHAPES

LANGUAGES = sorted(CATALOGUE.languages)
ENGLISH = CATALOGUE.languages["en"].sentences
TODAY = NOW.date()
UTC, KOLKATA = "UTC", "Asia/Kolkata"

ERRORS = (Path(__file__).resolve().parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
"""The page that has every refusal in a table."""

APPOINTMENT = Appointment(
    appointment_id="appt_abcdefghijklmnopqrstuvwxyz",
    service_id="checkup",
    branch_id="main",
    calendar_id="w1",
    start=dt.datetime(2026, 6, 15, 9, 30, tzinfo=dt.UTC),
    duration_minutes=0,
    date=dt.date(2026, 6, 15),
    session=Session.MORNING,
    batch=None,
    patient_name="Aadhi {when} d'Souza",
    parent_phone="+919840012345",
    phone_key="+919840012345",
    assigned_doctor=None,
    notes=None,
    status=AppointmentStatus.CONFIRMED,
    external_reference_id=None,
    booked_via=Channel.AI_AGENT,
    created_at=NOW,
    updated_at=NOW,
)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_language_lacks_a_sentence(lang: str) -> None:
    assert CATALOGUE.missing(lang) == ()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", sorted(ENGLISH))
def test_a_sentence_has_the_blanks_of_its_key_and_ends(key: str, lang: str) -> None:
    sentence = CATALOGUE.languages[lang].sentences[key]
    assert blanks(sentence) == blanks(ENGLISH[key])
    assert sentence[-1] in ".?।"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_sentence_speaks_of_fields_or_codes(lang: str) -> None:
    fields = {each.name for each in attrs.fields(Appointment)} | {
        field.name for shape in SHAPES.values() for field in shape.fields
    }
    never = {name for name in fields if "_" in name} | {code.value for code in (*RejectionCode, *Reason, *QuestionKind)}
    for key, sentence in CATALOGUE.languages[lang].sentences.items():
        said = re.sub(r"\{\w+\}", "", sentence)
        assert {word for word in never if word in said} == set(), key
        assert not re.search(r"[A-Z]{3}|_|\|", said), key
        if lang == "hi":
            assert not re.search(r"[A-Za-z]", said), key


def test_every_code_and_reason_of_a_refusal_has_a_sentence_and_no_other_has() -> None:
    pairs = re.findall(r"^\| `(\w+)` \| \d+ \| (?:`(\w+)`)? ?\|", ERRORS, re.MULTILINE)
    expected = {f"refused.{code}.{reason}" if reason else f"refused.{code}" for code, reason in pairs}
    expected |= {f"refused.{code.value}" for code in RejectionCode}
    assert expected >= {f"refused.{code.value}" for code in RejectionCode}
    assert {key.removesuffix(".known") for key in ENGLISH if key.startswith("refused.")} == expected


@pytest.mark.parametrize(
    ("rejection", "said"),
    [
        (
            Rejection(code=RejectionCode.SLOT_FULL, reason=Reason.CAPACITY, message=""),
            "That time is full. Shall I look for another?",
        ),
        (Rejection(code=RejectionCode.SLOT_FULL, message=""), "That time is full. Shall I look for another?"),
        (
            Rejection(code=RejectionCode.SLOT_FULL, reason=Reason.AI_QUOTA, message=""),
            "I have no place left then, but the staff may have one. Shall I put you through?",
        ),
        (
            Rejection(
                code=RejectionCode.OUTSIDE_AVAILABILITY,
                reason=Reason.MIN_NOTICE,
                message="",
                earliest=dt.datetime(2026, 6, 10, 10, 14, 3, tzinfo=dt.UTC),
            ),
            "That is too soon. I can book from today, Wednesday the 10th at quarter past ten in the morning on.",
        ),
        (
            Rejection(
                code=RejectionCode.OUTSIDE_AVAILABILITY,
                reason=Reason.BEYOND_HORIZON,
                message="",
                latest=dt.date(2026, 7, 10),
            ),
            "That is too far ahead. I can book up to Friday the 10th of July.",
        ),
        (
            Rejection(code=RejectionCode.OUTSIDE_AVAILABILITY, reason=Reason.MIN_NOTICE, message=""),
            "That is too soon for a booking. Which later time would suit you?",
        ),
        (
            Rejection(
                code=RejectionCode.CANCELLATION_NOT_ALLOWED,
                reason=Reason.NOTICE,
                message="",
                latest=dt.datetime(2026, 6, 9, 9, 30, tzinfo=dt.UTC),
            ),
            "It is too late to cancel that. Shall I put you through to the staff?",
        ),
        (Rejection(code=RejectionCode.NOT_FOUND, message="window_id w1 not found."), "I cannot find that booking."),
    ],
)
def test_a_refusal_is_said_with_what_can_be_done(rejection: Rejection, said: str) -> None:
    assert Speech().refusal(rejection, now=NOW, zone=UTC) == said


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", RejectionCode)
@pytest.mark.parametrize("reason", [None, *Reason])
def test_every_refusal_can_be_said(code: RejectionCode, reason: Reason | None, lang: str) -> None:
    plain = Rejection(code=code, reason=reason, message="")
    for rejection in (plain, attrs.evolve(plain, earliest=NOW), attrs.evolve(plain, latest=NOW)):
        said = Speech(lang).refusal(rejection, now=NOW, zone=UTC)
        assert said
        assert "{" not in said


@pytest.mark.parametrize(
    ("phrase", "lang", "said"),
    [
        ("next friday", "en", "Do you mean Friday the 12th or Friday the 19th?"),
        ("Monday the 16th", "en", "That does not fit together. Do you mean Monday the 15th or Tuesday the 16th?"),
        ("12/6", "en", "Do you mean Friday the 12th or Sunday the 6th of December?"),
        (
            "tomorrow at half past nine",
            "en",
            "Do you mean half past nine in the morning or half past nine at night?",
        ),
        ("tomorrow morning or evening", "en", "In the morning, in the afternoon or in the evening?"),
        (
            "30 february",
            "en",
            "There is no such day. Do you mean Sunday the 28th of February 2027 or Monday the 1st of March 2027?",
        ),
        ("not tuesday", "en", "Which day would suit you?"),
        ("15", "en", "Do you mean Monday the 15th or three o'clock in the afternoon?"),
        ("after 3", "en", "At what time exactly, three o'clock in the morning or three o'clock in the afternoon?"),
        ("monday or next week", "en", "Which day would suit you?"),
        ("yesterday", "en", "That is over already. Which day would suit you?"),
        ("today at 7 am", "en", "That is over already. Would tomorrow, Thursday the 11th suit you?"),
        ("अगले शुक्रवार", "hi", "आपका मतलब शुक्रवार बारह तारीख या शुक्रवार उन्नीस तारीख?"),
        ("कल साढ़े नौ बजे", "hi", "आपका मतलब सुबह साढ़े नौ बजे या रात साढ़े नौ बजे?"),
    ],
)
def test_a_question_is_asked_with_what_to_choose_from(phrase: str, lang: str, said: str) -> None:
    question = resolve(phrase, now=NOW, zone=UTC)
    assert isinstance(question, Question)
    assert Speech(lang).question(question, today=TODAY) == said


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", QuestionKind)
def test_every_question_can_be_asked(kind: QuestionKind, lang: str) -> None:
    speech = Speech(lang)
    asked = [
        speech.question(Question(kind=kind, options=options, times=times), today=TODAY)
        for options in ((), (TODAY,), (TODAY, dt.date(2026, 7, 1)))
        for times in ((), (dt.time(9), dt.time(21)))
    ]
    assert all(said.endswith("?") and "{" not in said for said in asked)


def test_a_confirmation_is_made_of_a_record_and_nothing_else() -> None:
    parameters = inspect.signature(Speech.confirmation).parameters
    types = typing.get_type_hints(Speech.confirmation)
    assert list(parameters) == ["self", "appointment", "zone"]
    assert (types["appointment"], types["zone"]) == (Appointment, str)
    for key in ENGLISH:
        if key.startswith("record."):
            for way in (say, lambda key, lang, **values: Speech(lang).say(key, **values)):
                with pytest.raises(ValueError, match="stored appointment"):
                    way(key, "en", name="Aadhi", when="tomorrow", doctor="Rao")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (AppointmentStatus.CONFIRMED, "{name} is booked for {when}."),
        (AppointmentStatus.RESCHEDULED, "The booking of {name} is now for {when}."),
        (AppointmentStatus.CANCELLED, "The booking of {name} for {when} is cancelled."),
        (AppointmentStatus.COMPLETED, "The visit of {name} on {when} has taken place."),
    ],
)
def test_a_record_is_confirmed_as_what_it_is(status: AppointmentStatus, said: str) -> None:
    when = "Monday the 15th of June at three o'clock in the afternoon"
    record = attrs.evolve(APPOINTMENT, status=status)
    assert Speech().confirmation(record, KOLKATA) == said.format(name="Aadhi {when} d'Souza", when=when)


def test_a_confirmation_names_doctor_token_and_a_far_year_and_no_id() -> None:
    far = attrs.evolve(
        APPOINTMENT,
        assigned_doctor="Dr Rao",
        token=12,
        start=dt.datetime(2027, 6, 15, 9, 30, tzinfo=dt.UTC),
        patient_name="आधी",
    )
    assert Speech().confirmation(far, UTC) == (
        "आधी is booked for Tuesday the 15th of June 2027 at half past nine in the morning. It is with Dr Rao."
        " The token number is 12."
    )
    assert Speech("hi").confirmation(far, UTC) == (
        "आधी की बुकिंग मंगलवार पंद्रह जून 2027 को सुबह साढ़े नौ बजे के लिए हो गई है। डॉक्टर का नाम Dr Rao है। टोकन नंबर 12 है।"
    )
    gone = attrs.evolve(far, status=AppointmentStatus.CANCELLED)
    assert "Rao" not in Speech().confirmation(gone, UTC)
    assert "12" not in Speech().confirmation(gone, UTC)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-{text}Z")


@pytest.mark.parametrize(
    ("instant", "en", "hi"),
    [
        (
            "06-10T11:00",
            "today, Wednesday the 10th at eleven o'clock in the morning",
            "आज, बुधवार दस तारीख को सुबह ग्यारह बजे",
        ),
        ("06-11T12:00", "tomorrow, Thursday the 11th at noon", "कल, गुरुवार ग्यारह तारीख को दोपहर बारह बजे"),
        ("06-15T09:30", "Monday the 15th at half past nine in the morning", "सोमवार पंद्रह तारीख को सुबह साढ़े नौ बजे"),
        ("06-22T16:45", "Monday the 22nd at quarter to five in the afternoon", "सोमवार बाईस तारीख को शाम पौने पाँच बजे"),
        ("06-23T09:05", "Tuesday the 23rd at nine oh five in the morning", "मंगलवार तेईस तारीख को सुबह नौ बजकर पाँच मिनट"),
        ("07-01T13:30", "Wednesday the 1st of July at half past one in the afternoon", "बुधवार एक जुलाई को दोपहर डेढ़ बजे"),
        ("07-01T14:30", "Wednesday the 1st of July at half past two in the afternoon", "बुधवार एक जुलाई को दोपहर ढाई बजे"),
        (
            "07-11T18:15",
            "Saturday the 11th of July at quarter past six in the evening",
            "शनिवार ग्यारह जुलाई को शाम सवा छह बजे",
        ),
        ("07-12T21:40", "Sunday the 12th of July at nine forty at night", "रविवार बारह जुलाई को रात नौ बजकर चालीस मिनट"),
        ("06-05T00:00", "Friday the 5th of June at twelve a.m.", "शुक्रवार पाँच जून को बारह बजे ए.एम."),
        ("06-13T00:07", "Saturday the 13th at twelve oh seven a.m.", "शनिवार तेरह तारीख को बारह बजकर सात मिनट ए.एम."),
    ],
)
def test_times_are_said_as_people_say_them(instant: str, en: str, hi: str) -> None:
    assert Speech("en").when(at(instant), now=NOW, zone=UTC) == en
    assert Speech("hi").when(at(instant), now=NOW, zone=UTC) == hi


def test_a_year_is_named_when_it_could_be_another() -> None:
    voice = Speech().voice
    assert voice.day(dt.date(2027, 1, 4), dt.date(2026, 12, 20)) == "Monday the 4th of January"
    assert voice.day(dt.date(2027, 6, 9), TODAY) == "Wednesday the 9th of June 2027"
    assert voice.day(dt.date(2025, 12, 30), dt.date(2026, 1, 2)) == "Tuesday the 30th of December 2025"


def test_the_day_of_an_instant_is_that_of_the_zone() -> None:
    late = dt.datetime(2026, 6, 10, 20, tzinfo=dt.UTC)
    assert Speech().when(late, now=NOW, zone=UTC).startswith("today, Wednesday the 10th")
    assert Speech().when(late, now=NOW, zone=KOLKATA).startswith("tomorrow, Thursday the 11th")


@pytest.mark.parametrize(
    ("seconds", "en", "hi"),
    [
        (300, "five minutes", "पाँच मिनट"),
        (299, "four minutes", "चार मिनट"),
        (60, "one minute", "एक मिनट"),
        (59, "a moment", "एक पल"),
        (5400, "90 minutes", "90 मिनट"),
    ],
)
def test_a_hold_is_promised_for_no_longer_than_it_lasts(seconds: int, en: str, hi: str) -> None:
    until = NOW + dt.timedelta(seconds=seconds)
    assert Speech().held(at("06-15T09:30"), until=until, now=NOW, zone=UTC) == (
        f"I'm holding Monday the 15th at half past nine in the morning for you for {en}."
    )
    assert Speech("hi").held(at("06-15T09:30"), until=until, now=NOW, zone=UTC) == (
        f"मैंने सोमवार पंद्रह तारीख को सुबह साढ़े नौ बजे का समय आपके लिए {hi} तक रोक रखा है।"
    )


@pytest.mark.parametrize(
    ("starts", "said"),
    [
        ([], "I have nothing free then. Shall I look at another day?"),
        (["06-15T09:30"], "I have Monday the 15th at half past nine in the morning. Does that suit you?"),
        (
            ["06-15T09:30", "06-15T10:00"],
            (
                "I have Monday the 15th at half past nine in the morning or ten o'clock in the morning."
                " Which would suit you?"
            ),
        ),
        (
            ["06-11T09:00", "06-15T10:00", "07-01T12:00", "07-02T12:00"],
            (
                "I have tomorrow, Thursday the 11th at nine o'clock in the morning, Monday the 15th at ten o'clock"
                " in the morning or Wednesday the 1st of July at noon. Which would suit you?"
            ),
        ),
    ],
)
def test_times_are_offered_to_choose_from(starts: list[str], said: str) -> None:
    assert Speech().offer([at(start) for start in starts], now=NOW, zone=UTC) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("9840123456", "98 40 12 34 56"),
        ("+919840012345", "plus 91 98 40 01 23 45"),
        ("+91 98400-12345", "plus 91 98 400 12 345"),
        ("98401", "98 401"),
        ("7", "7"),
        ("९८४०", "98 40"),
        ("R-1042ab", "R 10 42 A B"),
        ("+919840XXXX", "plus 91 98 40 X X X X"),
        ("", ""),
    ],
)
def test_digits_are_read_back_in_groups(text: str, said: str) -> None:
    assert Speech().voice.digits(text) == said


@given(st.text(st.characters(categories=["Nd"]), min_size=1, max_size=20))
def test_no_digit_is_lost_in_groups(text: str) -> None:
    said = Speech("hi").voice.digits(text)
    assert said.replace(" ", "") == "".join(str(int(character)) for character in text)
    assert all(1 <= len(group) <= 3 for group in said.split())


def test_names_are_said_as_they_are() -> None:
    assert Speech().choices("services", ["General Checkup"]) == "We offer General Checkup. What is the visit for?"
    assert Speech("hi").choices("branches", ["Main", "अन्ना नगर"]) == "आप Main या अन्ना नगर आ सकते हैं। कहाँ ठीक रहेगा?"
    assert Speech().read_back("read_back.phone", "9840123456") == "Your number is 98 40 12 34 56. Is that right?"
    assert Speech("hi").read_back("read_back.phone", "+919840") == "आपका नंबर प्लस 91 98 40 है। क्या यह सही है?"


@pytest.mark.parametrize(
    ("lang", "said"), [("hi", "hi"), ("hi-IN", "hi"), ("HI", "hi"), ("en-GB", "en"), ("ta", "en"), ("", "en")]
)
def test_a_language_is_found_by_its_code_and_english_stands_in(lang: str, said: str) -> None:
    assert say("ask.day", lang) == CATALOGUE.languages[said].sentences["ask.day"]


def test_a_language_is_one_mapping_and_what_it_lacks_is_said_in_english() -> None:
    more = CATALOGUE.with_language("ta", {"ask.day": "எந்த நாள்?"})
    assert Speech("ta", more).say("ask.day") == "எந்த நாள்?"
    assert Speech("ta", more).say("ask.time") == ENGLISH["ask.time"]
    assert Speech("ta", more).voice is CATALOGUE.languages["en"].voice
    assert more.missing("ta") == tuple(sorted(ENGLISH.keys() - {"ask.day"}))
    assert "ta" not in CATALOGUE.languages
    voice = Speech("hi").voice
    again = more.with_language("ta", {"ask.time": "எத்தனை மணிக்கு?"}, voice=voice)
    assert Speech("ta", again).say("ask.day") == "எந்த நாள்?"
    assert Speech("ta", again).voice is voice
    assert Speech("hi", again.with_language("hi", {})).voice is voice


@pytest.mark.parametrize(
    ("sentences", "problem"),
    [
        ({"ask.date": "?"}, "no sentence 'ask.date'"),
        ({"held": "{when}"}, "has the blanks"),
        ({"ask.day": "{x}"}, "has the blanks"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(sentences: dict[str, str], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        CATALOGUE.with_language("ta", sentences)


def test_a_sentence_that_is_not_there_is_a_mistake_of_the_program() -> None:
    ways: list[Callable[[], str]] = [lambda: say("nothing", "en"), lambda: say("held", "en")]
    for way in ways:
        with pytest.raises(KeyError):
            way()
