"""Whole conversations, word for word, in both languages: what the tools answer is what the caller hears."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from agent.clinic import OTHER_PHONE, PERSON, PHONE, Agent, agent_in_memory

ENGLISH = [
    (
        "list_services",
        {},
        "We offer Checkup or Vaccination. What is the visit for?",
    ),
    (
        "find_times",
        {"service": "checkup", "when": "next Friday"},
        "Do you mean Friday the 12th or Friday the 19th?",
    ),
    (
        "find_times",
        {"service": "checkup", "when": "Friday the 12th at ten in the morning"},
        "I have Friday the 12th at ten o'clock in the morning. Does that suit you?",
    ),
    (
        "hold_time",
        {"slot": 0},
        "I'm holding Friday the 12th at ten o'clock in the morning for you for five minutes.",
    ),
    (
        "book",
        {},
        "What is the patient's name?",
    ),
    (
        "book",
        {"patient_name": "Aadhi"},
        "What is your phone number?",
    ),
    (
        "book",
        PERSON,
        "Aadhi is booked for Friday the 12th of June at ten o'clock in the morning.",
    ),
    (
        "find_times",
        {"service": "checkup", "when": "the same day in the evening", "date": "2026-06-12"},
        (
            "I have Friday the 12th at five o'clock in the evening, six o'clock in the evening or half past six in the "
            "evening. Which would suit you?"
        ),
    ),
    (
        "book",
        {"slot": 1, **PERSON},
        "You have a booking for that day already. Shall I move it instead?",
    ),
    (
        "reschedule",
        {"appointment": True, "slot": 1},
        "The booking of Aadhi is now for Friday the 12th of June at six o'clock in the evening.",
    ),
    (
        "look_up",
        {"parent_phone": PHONE},
        "The booking of Aadhi is now for Friday the 12th of June at six o'clock in the evening.",
    ),
    (
        "cancel",
        {"appointment": True},
        "The booking of Aadhi for Friday the 12th of June at six o'clock in the evening is cancelled.",
    ),
    (
        "look_up",
        {"parent_phone": PHONE},
        "Nothing is booked yet.",
    ),
]
HINDI = [
    (
        "list_services",
        {},
        "हमारे यहाँ Checkup या Vaccination की सेवा है। आपको किस लिए आना है?",
    ),
    (
        "find_times",
        {"service": "checkup", "when": "कल सुबह नौ बजे"},
        "मेरे पास कल, गुरुवार ग्यारह तारीख को सुबह नौ बजे का समय है। क्या यह ठीक रहेगा?",
    ),
    (
        "hold_time",
        {"slot": 0},
        "मैंने कल, गुरुवार ग्यारह तारीख को सुबह नौ बजे का समय आपके लिए पाँच मिनट तक रोक रखा है।",
    ),
    (
        "book",
        {},
        "मरीज़ का नाम क्या है?",
    ),
    (
        "book",
        {"patient_name": "आधी"},
        "आपका फ़ोन नंबर क्या है?",
    ),
    (
        "book",
        {"patient_name": "आधी", "parent_phone": PHONE},
        "आधी की बुकिंग गुरुवार ग्यारह जून को सुबह नौ बजे के लिए हो गई है।",
    ),
    (
        "find_times",
        {"service": "checkup", "when": "parson shaam"},
        "मेरे पास शुक्रवार बारह तारीख को शाम पाँच बजे, शाम छह बजे या शाम साढ़े छह बजे का समय है। कौन सा ठीक रहेगा?",
    ),
    (
        "reschedule",
        {"appointment": True, "slot": 2},
        "आधी की बुकिंग अब शुक्रवार बारह जून को शाम साढ़े छह बजे के लिए है।",
    ),
]


@pytest.mark.parametrize(("lang", "conversation"), [("en", ENGLISH), ("hi", HINDI)])
def test_a_conversation(lang: str, conversation: list[tuple[str, dict[str, Any], str]]) -> None:
    agent, engine = agent_in_memory(services=("Checkup", "Vaccination"))
    choices: list[dict[str, str]] = []
    appointment = ""
    for tool, given, say in conversation:
        arguments = dict(given)
        if "slot" in given:
            arguments["slot"] = choices[given["slot"]]["slot"]
        if "appointment" in given:
            arguments["appointment"] = appointment
        answer = agent(tool, **arguments, lang=lang)
        assert answer.say == say
        choices = list(answer.data.get("choices", choices))
        appointment = answer.data.get("appointment", {"appointment": appointment})["appointment"]
        agent.clock.advance(timedelta(seconds=5))
    assert engine.verify() == ()


def test_two_callers_want_the_last_place() -> None:
    first, engine = agent_in_memory(places=1)
    second = Agent(first.toolset, first.clock)
    second.call_id, second._ids = "call-2", first._ids
    slot = first.slot(when="tomorrow at nine in the morning")
    assert first("hold_time", slot=slot).ok
    refused = second("hold_time", slot=slot)
    assert refused.say == (
        "I have nothing free then, but I have tomorrow, Thursday the 11th at five o'clock in the evening, Friday the "
        "12th at nine o'clock in the morning or Saturday the 13th at nine o'clock in the morning. Which would suit you?"
    )
    first.clock.advance(timedelta(minutes=5))  # the first caller hung up
    taken = second("book", slot=slot, patient_name="Meera", parent_phone=OTHER_PHONE)
    assert taken.say == "Meera is booked for Thursday the 11th of June at nine o'clock in the morning."
    late = first("book", **PERSON)
    assert (late.ok, late.code, late.next_action) == (False, "SLOT_FULL", "offer_times")
    assert engine.verify() == ()
