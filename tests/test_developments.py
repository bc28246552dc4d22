"""The shipped rules on one development told in many words and four languages: one alert; on its opposite: another."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.pipeline import Pipeline
from tests.conftest import SHIPPED_DESK
from tests.support.stage import NOW, entry, pipeline_on, polled

# Feeds of the shipped desk that write in these languages.
FEEDS = {"en": "tass-en", "tr": "aa-tr", "ru": "tass-ru", "ar": "sohr-ar"}

RESUMED = [
    ("en", "Turkey and Russia resume joint patrols in northern Syria after 10-month pause",
     "Turkish and Russian forces went on joint patrol again, Ankara said. Four vehicles and 24 soldiers took part."),
    ("en", "Türkiye, Russia back on joint patrol",
     "The joint land patrols with Russia, halted in October 2023, restarted, Ankara said. There had been 344."),
    ("en", "Patrols along Syrian border restart",
     "Ankara said its troops had begun patrolling again together with Russian soldiers."),
    ("en", "Joint Turkish-Russian patrols resume in Syria: ministry",
     "The aim is the security of the border, the ministry said, adding that no patrols had been possible until now."),
    ("en", "Russia, Turkey could deepen cooperation as patrols restart",
     "Turkish and Russian forces resumed joint patrols. Analysts expect that more may follow."),
    ("en", "Suspended since October 2023, joint patrols with Russia resume",
     "The ministry in Ankara announced the first joint Turkish-Russian patrol in ten months."),
    ("en", "First in 10 months",
     "Turkish vehicles went with Russian ones on a joint patrol in the Operation Peace Spring zone."),
    ("tr", "Rusya ile ortak devriye yeniden başladı",
     "Türk ve Rus askerleri, Barış Pınarı bölgesinin doğu ucunda ortak kara devriyesine çıktı."),
    ("ru", "Турция и Россия возобновили совместное патрулирование на севере Сирии",
     "Об этом сообщили в Анкаре. Патрули были приостановлены в октябре 2023 года."),
    ("ar", "تركيا وروسيا تستأنفان الدوريات المشتركة شمالي سوريا",
     "أعلنت أنقرة عودة الدوريات بعد توقف منذ أكتوبر 2023."),
]  # fmt: skip
STOPPED = [
    ("en", "Turkey and Russia suspend joint patrols in northern Syria", "Ankara gave no reason on Friday."),
    ("tr", "Türkiye ile Rusya ortak devriyeleri askıya aldı", "Bakanlık gerekçe bildirmedi."),
    ("ru", "Турция и Россия приостановили совместное патрулирование", "Причина не сообщается."),
]


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    with pipeline_on(SHIPPED_DESK, tmp_path / "store.db") as one:
        yield one


def tell(pipeline: Pipeline, reports: list[tuple[str, str, str]], start: int = 0) -> int:
    """File the reports a minute apart; how many alerts they opened."""
    alerts = 0
    for minute, (language, title, summary) in enumerate(reports, start):
        tally = pipeline.file(polled(FEEDS[language], entry(title, summary)), NOW + timedelta(minutes=minute))
        assert tally.matches >= 1, title
        alerts += tally.alerts
    return alerts


def test_one_development_in_four_languages_is_one_alert(pipeline: Pipeline) -> None:
    assert tell(pipeline, RESUMED) == 1


@pytest.mark.parametrize("first", range(len(RESUMED)))
def test_whichever_report_comes_first(pipeline: Pipeline, first: int) -> None:
    assert tell(pipeline, [RESUMED[first], *RESUMED[:first], *RESUMED[first + 1 :]]) == 1


@pytest.mark.parametrize("report", RESUMED, ids=[title[:30] for _, title, _ in RESUMED])
def test_the_opposite_development_an_hour_later_is_a_second_alert(
    pipeline: Pipeline, report: tuple[str, str, str]
) -> None:
    assert tell(pipeline, [report]) == 1
    assert tell(pipeline, STOPPED, start=60) == 1
    rows = pipeline.store.alerts.all(10)
    assert [row["reports"] for row in rows] == [3, 1]


def test_a_patrol_after_a_stop_is_a_third_alert(pipeline: Pipeline) -> None:
    assert tell(pipeline, STOPPED) == 1
    assert tell(pipeline, RESUMED[:2], start=60) == 1


def test_resumed_suspended_and_resumed_again_is_three_times_news(pipeline: Pipeline) -> None:
    assert tell(pipeline, RESUMED[:2]) == 1
    assert tell(pipeline, STOPPED, start=60) == 1
    assert tell(pipeline, RESUMED[3:5], start=120) == 1


def test_the_thirteenth_patrol_is_not_the_twelfth(pipeline: Pipeline) -> None:
    patrol = "Turkey and Russia carry out {} joint patrol near Kobani"
    assert tell(pipeline, [("en", patrol.format("12th"), ""), ("en", patrol.format("13th"), "")]) == 2


def test_a_neutral_report_in_between_does_not_hide_the_opposite(pipeline: Pipeline) -> None:
    title = "Turkey and Russia {} joint patrols in northern Syria"
    reports = [("en", title.format(verb), "") for verb in ("resume", "hold", "suspend")]
    assert tell(pipeline, reports) == 2


def test_a_stop_that_recalls_the_resumption_is_told(pipeline: Pipeline) -> None:
    assert tell(pipeline, RESUMED[:1]) == 1
    halted = ("en", "Turkey, Russia halt joint Syria patrols days after resuming them", "")
    suspended = (
        "en",
        "Turkey and Russia suspend joint patrols",
        "The joint patrols, which restarted last month, were suspended on Friday.",
    )
    assert tell(pipeline, [halted, suspended], start=30) == 1


def test_an_attack_in_another_town_worded_alike_is_told(pipeline: Pipeline) -> None:
    title = "Car bomb hits Syrian army checkpoint in {}, three soldiers killed in blast"
    assert tell(pipeline, [("en", title.format(town), "") for town in ("Tal Abyad", "Ras al-Ayn")]) == 2


def test_steady_coverage_does_not_silence_a_rule_for_ever(pipeline: Pipeline) -> None:
    alerts = 0
    for number in range(12):
        at = NOW + timedelta(hours=5 * number)
        words = f"Patrol number {number} by Turkey and Russia together, seen by {number} witnesses at noon"
        alerts += pipeline.file(polled("tass-en", entry(words)), at).alerts
    assert alerts >= 6


def test_a_late_revision_of_a_told_entry_is_no_second_alert(pipeline: Pipeline) -> None:
    first = entry("Turkey, Russia resume joint patrols", name="x")
    later = entry("Turkey, Russia resume joint patrols in the north", name="x")
    assert pipeline.file(polled("tass-en", first), NOW).alerts == 1
    assert pipeline.file(polled("tass-en", later), NOW + timedelta(hours=80)).alerts == 0


def test_an_entry_is_read_in_the_language_it_is_written_in(pipeline: Pipeline) -> None:
    # An English wire that carries Turkish copy: in English, nothing in it says "may".
    words = "Türkiye ve Rusya, Suriye'nin kuzeyinde ortak devriyelere yeniden başlayabilir"
    assert pipeline.file(polled("tass-en", entry(words)), NOW).alerts == 0
    assert pipeline.store.entries.find("1")[0].language == "tr"
    ledger = pipeline.store.alerts.matches_of_entry(1)
    assert [(row["outcome"], row["assertion"]) for row in ledger] == [("digest", "possible")]


def test_who_heard_that_they_resumed_hears_that_it_is_denied(pipeline: Pipeline) -> None:
    assert pipeline.file(polled("tass-en", entry("Turkey, Russia resume joint patrols in Syria")), NOW).alerts == 1
    denial = entry("Ankara denies that joint patrols with Russia have resumed in Syria")
    assert pipeline.file(polled("aa-tr", denial), NOW + timedelta(hours=1)).alerts == 1
