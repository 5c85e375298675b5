"""Words are what callers say beside days and times, in English and Hindi, and the few sentences a talk adds to speech.

Words stand in one text, ``|`` between them; a ``*`` stands for any ending. Both languages are always understood, for
they are mixed in one call.
"""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Mapping

from booking_engine.domain.text import fold


class Intent(enum.Enum):
    """What a caller wants, as far as one sentence says it."""

    CANCEL = enum.auto()
    MOVE = enum.auto()
    LOOK_UP = enum.auto()
    OTHER_TIME = enum.auto()
    BYE = enum.auto()
    BOOK = enum.auto()


INTENTS: Mapping[Intent, str] = {
    Intent.CANCEL: "cancel*|call off|call it off|रद्द|कैंसिल|कैंसल|radd",
    Intent.MOVE: "move*|reschedul*|postpone*|shift|put off|change|बदल*|badal*",
    Intent.LOOK_UP: (
        "what did i book|what have i booked|what i booked|did i book|have i booked|when is my|do i have|"
        "my booking|my appointment|मेरी बुकिंग|मेरा अपॉइंटमेंट|क्या बुक|कब की बुकिंग|meri booking"
    ),
    Intent.OTHER_TIME: (
        "another time|other time*|another day|other day*|different time|different day|something else|none of*|"
        "anything else|later|earlier|कोई और|और समय|और दिन|koi aur"
    ),
    Intent.BYE: "bye|goodbye|good bye|hang up|that is all|that s all|nothing else|अलविदा|नमस्ते जी|बस इतना ही|alvida",
    Intent.BOOK: (
        "book*|appointment|visit|see a doctor|see the doctor|need*|would like|i d like|i want|come in|"
        "बुक*|अपॉइंटमेंट|दिखाना|चाहिए|आना है|करवाना|chahiye|dikhana"
    ),
}
"""Each with its words, the first that fits counts: who wants an appointment cancelled says "appointment" too."""

YES = "yes|yeah|yep|yup|sure|ok|okay|right|correct|fine|please do|go ahead|हाँ|हां|जी|ठीक|सही|haan|ji|theek|sahi"
NO = "no|nope|not|don t|wrong|never mind|नहीं|नही|मत|गलत|ग़लत|nahi|nahin|mat|galat"
DAY = "day|days|दिन|din"
THANKS = "thanks|thank you|धन्यवाद|शुक्रिया|dhanyavad|shukriya"

ORDINALS: Mapping[int, str] = {
    0: "first|1st|पहला|पहली|पहले|pehla|pehli",
    1: "second|2nd|दूसरा|दूसरी|दूसरे|doosra|dusra",
    2: "third|3rd|तीसरा|तीसरी|तीसरे|teesra",
    -1: "last|आखिरी|आख़िरी|aakhri",
}

SAME: Mapping[str, str] = {
    "checkup": "check up|check ups|चेकअप|चेक अप|जाँच|जांच|जाँच*",
    "vaccination": "vaccin*|jab|shot|टीका|टीके|टीकाकरण|वैक्सीन",
    "follow": "followup|फॉलो*|फ़ॉलो*",
}
"""Other words for those that names of services often have."""

TOO_COMMON = frozenset({"visit", "appointment", "clinic", "branch", "the", "and", "up"})
"""Words of names that say nothing of which one is meant."""

NAME_BEGINS = "my name is|the name is|his name is|her name is|name is|it is|it s|this is|i am|i m|मेरा नाम|नाम|mera naam"
NAME_ENDS = "है|hai|please"

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "greeting": "{name}, hello. What can I do for you?",
        "sorry": "Sorry, I did not get that.",
        "more": "I also have {choices}. Does one of these suit you?",
        "cancel": "Shall I cancel it?",
        "which": "Which of them do you mean?",
        "else": "Is there anything else?",
        "stays": "Then it stays as it is.",
        "goodbye": "Goodbye.",
    },
    "hi": {
        "greeting": "{name}, नमस्ते। मैं आपके लिए क्या कर सकती हूँ?",
        "sorry": "माफ़ कीजिए, बात समझ में नहीं आई।",
        "more": "मेरे पास {choices} का समय भी है। क्या इनमें से कोई ठीक रहेगा?",
        "cancel": "क्या इसे रद्द कर दूँ?",
        "which": "इनमें से कौन सी?",
        "else": "क्या और कुछ काम है?",
        "stays": "तो यह जैसी है वैसी ही रहेगी।",
        "goodbye": "नमस्ते।",
    },
}
"""What a talk says of itself; everything that is true or false of a booking comes from the tools."""


def plain(text: str) -> str:
    """A text with its words parted by one space each, without marks and capitals, and a space at both ends."""
    letters = [sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in fold(text)]
    return f" {' '.join(''.join(letters).split())} "


def says(said: str, words: str) -> bool:
    """Whether a ``plain`` text has one of the words."""
    for word in words.split("|"):
        if word.endswith("*"):
            if plain(word[:-1])[:-1] in said:
                return True
        elif plain(word) in said:
            return True
    return False
