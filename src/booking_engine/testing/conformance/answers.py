"""The conformance kit of answer books: cases to inherit from, as those of a store are.

class TestMyAnswers(AnswerBookConformance):
def open_answers(self, org_id): ...  # a handle on the book of that organisation, the same one in one test
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import attrs

from booking_engine.domain.toolcall import AnswerRecord, ToolCall
from booking_engine.ports import AnswerBook
from booking_engine.testing.conformance.expectation import expect
from booking_engine.testing.conformance.material import NOW
from booking_engine.testing.conformance.racing import race

CALL = ToolCall("call-1", "tool-1")
BEGUN = AnswerRecord(CALL, "digest", NOW)
SECOND = timedelta(seconds=1)


class AnswerBookConformance:
    """Proves that a book keeps what ``AnswerBook`` says."""

    race_rounds: int = 3
    """How often each race is run."""
    race_width: int = 8
    """How many answer at once."""

    def open_answers(self, org_id: str) -> AnswerBook:
        """A handle on the book of an organisation, empty at first."""
        raise NotImplementedError(f"{type(self).__name__} must define open_answers")

    def test_a_call_is_begun_once(self) -> None:
        """Whoever begins it again gets what stands, whatever is asked the second time."""
        book = self.open_answers("clinic")
        expect(book.begin(BEGUN), BEGUN, "the first begins")
        again = attrs.evolve(BEGUN, asked="another digest", begun_at=NOW + SECOND)
        expect(book.begin(again), BEGUN, "what stands is returned")
        expect(book.of_call("call-1"), (BEGUN,), "and nothing else is written")

    def test_the_first_answer_stands(self) -> None:
        """Word for word, in any script."""
        book, text = self.open_answers("clinic"), '{"say": "नमस्ते — booked"}'
        book.begin(BEGUN)
        expect(book.answer(CALL, text), text, "the answer is kept")
        expect(book.answer(CALL, "another"), text, "the first one stands")
        expect(book.begin(BEGUN), attrs.evolve(BEGUN, answer=text), "whoever begins again is told")

    def test_of_many_answers_at_once_one_stands(self) -> None:
        """Everybody is told the same."""
        for number in range(self.race_rounds):
            book, call = self.open_answers("clinic"), ToolCall("call-1", f"tool-{number}")
            book.begin(attrs.evolve(BEGUN, call=call))
            told = race([partial(book.answer, call, f"answer {each}") for each in range(self.race_width)])
            expect(len(set(told)), 1, "one answer for everybody")
            stands = {record.answer for record in book.of_call("call-1") if record.call == call}
            expect(stands, set(told), "it is the one that is kept")

    def test_calls_of_others_are_apart(self) -> None:
        """Another call, another organisation."""
        book, other = self.open_answers("clinic"), self.open_answers("other")
        book.begin(BEGUN)
        book.answer(CALL, "here")
        elsewhere = attrs.evolve(BEGUN, asked="another", begun_at=NOW - SECOND)
        expect(other.begin(elsewhere), elsewhere, "an organisation has calls of its own")
        expect(book.of_call("call-2"), (), "a call that nobody made has nothing")
        second = attrs.evolve(BEGUN, call=ToolCall("call-1", "tool-0"), begun_at=NOW + SECOND)
        book.begin(second)
        expect(book.of_call("call-1"), (attrs.evolve(BEGUN, answer="here"), second), "in the order of their beginning")

    def test_what_is_begun_later_is_later_by_any_clock(self) -> None:
        """Two machines have two clocks, and one that stands still is none."""
        book = self.open_answers("clinic")
        begun = []
        for number, seconds in enumerate((0, 0, -3600, 5, 1, 1)):
            call = ToolCall("call-1", f"tool-{9 - number}")
            begun.append(attrs.evolve(BEGUN, call=call, begun_at=NOW + seconds * SECOND))
            expect(book.begin(begun[-1]), begun[-1], "each is new")
            book.begin(attrs.evolve(begun[-1], call=ToolCall("call-2", call.tool_call_id)))
        found = book.of_call("call-1")
        expect([each.call for each in found], [each.call for each in begun], "in the order of their beginning")
        expect(tuple(book.begin(each) for each in reversed(begun)), found[::-1], "whoever begins again is told")
        book.answer(begun[1].call, "answer")
        expect([each.call for each in book.of_call("call-1")], [each.call for each in begun], "which stays as it is")

    def test_what_is_old_is_forgotten(self) -> None:
        """Up to an instant, and no younger one; nobody else's."""
        book, other = self.open_answers("clinic"), self.open_answers("other")
        late = attrs.evolve(BEGUN, call=ToolCall("call-1", "tool-2"), begun_at=NOW + SECOND)
        for record in (BEGUN, late):
            book.begin(record)
        other.begin(BEGUN)
        expect(book.forget(NOW), 0, "at the instant itself it stays")
        expect(book.forget(NOW + SECOND), 1, "what is older goes")
        expect((book.of_call("call-1"), other.of_call("call-1")), ((late,), (BEGUN,)), "and nothing else")
