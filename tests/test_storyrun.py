"""What a story says of an alert that rang."""

from datetime import UTC, datetime

import pytest

from monitor.storyrun import Ring

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ((), "Patrol resumes"),
        (("RESUMPTION",), "RESUMPTION: Patrol resumes"),
        (("RESUMPTION", "RESUMPTION, corroborated", "corroborated"), "RESUMPTION, corroborated: Patrol resumes"),
        (("Patrol resumes",), "Patrol resumes"),
    ],
)
def test_no_label_is_said_twice(labels: tuple[str, ...], said: str) -> None:
    assert str(Ring(NOON, "Patrol resumes", labels, "Patrols")) == said
