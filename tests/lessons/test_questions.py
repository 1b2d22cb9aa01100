"""Each lesson has a question with one right answer and an explanation."""

import pytest

from ganwright.lessons import LESSONS
from ganwright.lessons.questions import QUESTIONS


def test_every_lesson_has_one_and_no_other() -> None:
    assert set(QUESTIONS) == set(LESSONS)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_can_be_answered(name: str) -> None:
    question = QUESTIONS[name]
    assert question.text.endswith("?")
    assert len(question.choices) >= 3
    assert 0 <= question.right < len(question.choices)
    assert len(set(question.choices)) == len(question.choices)
    assert all(choice and choice == choice.strip() for choice in question.choices)
    assert len(question.explanation) > 80
    assert question.explanation.endswith(".")


def test_the_right_answer_is_not_to_be_guessed() -> None:
    """Neither by its place nor by being the longest."""
    places = [question.right for question in QUESTIONS.values()]
    assert {places.count(place) for place in range(3)} <= set(range(4, 9))
    longest = [q for q in QUESTIONS.values() if len(q.choices[q.right]) == max(map(len, q.choices))]
    assert len(longest) <= 11
