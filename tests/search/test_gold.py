"""The gold questions: how many become exactly the filter they should, with the English model and without it."""

from __future__ import annotations

import time
from collections import Counter
from datetime import date
from statistics import quantiles

from api.search import Understood, understand
from api.search.tokens import English
from api.search.vocabulary import Vocabulary
from schema.filter import parse_filter
from schema.filter.parse import to_json
from tests.search.gold import Question, meaning, questions

EXACT = 0.95
SILENT = 0.01
"""Most that may be read wrongly without a word shown as unknown."""


def is_exact(question: Question, found: Understood) -> bool:
    sort = f"{found.sort.by} {'desc' if found.sort.descending else 'asc'}" if found.sort else None
    return (
        meaning(to_json(found.filter)) == meaning(question.filter)
        and sort == question.expected.get("$sort")
        and found.limit == question.expected.get("$limit")
        and list(found.unknown) == question.expected.get("$unknown", [])
    )


def test_there_are_enough_questions_and_each_expects_a_filter() -> None:
    asked = list(questions())
    assert len(asked) >= 400 and len({question.family for question in asked}) >= 20
    for question in asked:
        parse_filter(question.filter)


def test_gold(vocabulary: Vocabulary, today: date, pipeline: English) -> None:
    right: Counter[tuple[str, bool]] = Counter()
    total: Counter[tuple[str, bool]] = Counter()
    wrong: dict[bool, list[str]] = {False: [], True: []}
    silent: Counter[bool] = Counter()
    spent = []
    for question in questions():
        start = time.perf_counter()
        found = understand(question.text, vocabulary, today, pipeline)
        spent.append(1000 * (time.perf_counter() - start))
        group = question.family, question.held
        total[group] += 1
        if is_exact(question, found):
            right[group] += 1
        else:
            silent[question.held] += not found.unknown
            wrong[question.held].append(f"{question.family}: {question.text!r} -> {to_json(found.filter)}")
    for held in (False, True):
        families = [family for family, is_held in total if is_held == held]
        print(f"\n{'held out' if held else 'tuned'}, {'with' if pipeline.tags else 'without'} the English model")
        for family in families:
            print(f"  {family:<12} {right[family, held]:>3} of {total[family, held]}")
        asked = sum(total[family, held] for family in families)
        exact = sum(right[family, held] for family in families)
        print(f"  exact {exact / asked:.1%} of {asked}, silently wrong {silent[held] / asked:.1%}")
        for line in wrong[held][:10]:
            print("   ", line)
        assert exact / asked >= EXACT
    asked = sum(total.values())
    exact = sum(right.values())
    print(f"all: exact {exact / asked:.1%} of {asked}, p95 {quantiles(spent, n=20)[-1]:.1f} ms")
    assert sum(silent.values()) / asked <= SILENT
