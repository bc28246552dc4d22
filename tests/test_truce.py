"""A truce between Damascus and the SDF over a year of reports: what rings, and what accusations come to."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor import app as composition
from monitor.app import App, Places
from monitor.core.entry import read
from monitor.core.match import Setting
from tests.support import chronology
from tests.support.chronology import Recalling, Report

RULE = "damascus-sdf-ceasefire"
DATA = Path(__file__).parent / "data" / "chronology"
HEARD = [
    ("2025-10-07", "ceasefire: none → in_force"),
    ("2026-01-18", "MILESTONE ceasefire: in_force again"),
    ("2026-01-20", "MILESTONE ceasefire: in_force again"),
    ("2026-01-24", "MILESTONE ceasefire: in_force again"),
]
MADE = [
    ("en", "SDF and Syrian army agree new truce after previous one collapsed"),
    ("en", "Damascus, SDF announce full ceasefire after deadly night in Aleppo"),
    ("en", "Syria extends ceasefire with SDF by 15 days despite violations"),
    ("tr", "Suriye ordusu ile SDG arasındaki ateşkes ihlallere rağmen uzatıldı"),
    ("ru", "Перемирие между армией Сирии и СДС продлено, несмотря на нарушения"),
    ("ar", "قسد ودمشق تتفقان على وقف إطلاق النار وإنهاء القتال في حلب"),
]
ENDED = [
    ("en", "Damascus declares ceasefire with SDF over"),
    ("en", "Syrian army resumes operations after ceasefire with SDF ends"),
    ("tr", "SDG ile Şam arasında ilan edilen ateşkes 24 saat dayanamadı"),
    ("ru", "Перемирие СДС с сирийской армией рухнуло: бои возобновились под Алеппо"),
    ("ar", "انهيار الهدنة بين قسد والجيش السوري وسط تبادل الاتهامات"),
    ("kmr", "Agirbesta navbera HSD û artêşa Sûriyê hilweşiya"),
]
CLAIMED = [
    ("en", "SDF accuses Damascus of violating the truce agreed on Sunday"),
    ("en", "Syrian army accuses SDF of ending ceasefire"),
    ("tr", "SDG: Suriye ordusu ateşkesi ihlal etti"),
    ("ru", "Дамаск обвинил СДС в срыве перемирия, заключенного в воскресенье"),
    ("ar", "قسد تتهم القوات الحكومية بخرق الهدنة في ريف كوباني"),
    ("kmr", "HSD: Artêşa Sûriyê agirbest binpê kir"),
]


@pytest.fixture(scope="module")
def app() -> App:
    return composition.load(Places(desk=Path("rules"), config=None, store=None))


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    return chronology.read(DATA / "ypg.yaml")


@pytest.fixture(scope="module")
def recalling(app: App) -> Recalling:
    return Recalling(app.matcher, RULE)


def told(app: App, reports: list[Report], recalling: Recalling) -> list[tuple[str, str]]:
    rung = chronology.run(app, reports, RULE, matcher=recalling)
    return [(f"{one.opened_at:%Y-%m-%d}", one.label.removeprefix("CONTESTED ")) for one in rung]


def state(app: App, language: str, title: str) -> str:
    """What the last proposal of a headline is, which is the one that counts."""
    document = read(title, "", language)
    today = datetime.fromisoformat("2026-01-25").date()
    match = app.matcher.match(app.desk.ruleset.rules[RULE], document, app.matcher.find(document), Setting(today=today))
    assert match is not None
    return match.proposals[-1].state


def test_each_truce_rings_once_and_no_accusation_does(app: App, reports: list[Report], recalling: Recalling) -> None:
    assert told(app, reports, recalling) == HEARD


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_arrival_decides_nothing(app: App, reports: list[Report], recalling: Recalling, seed: int) -> None:
    shuffled = chronology.shuffled(reports, seed, timedelta(hours=6))

    assert [label for _, label in told(app, shuffled, recalling)] == [label for _, label in HEARD]


@pytest.mark.parametrize(("language", "title"), MADE)
def test_a_truce_that_is_made_is_no_end_of_the_last_one(app: App, language: str, title: str) -> None:
    assert state(app, language, title) == "in_force"


@pytest.mark.parametrize(("language", "title"), ENDED)
def test_a_truce_that_is_over_is_broken(app: App, language: str, title: str) -> None:
    assert state(app, language, title) == "broken"


@pytest.mark.parametrize(("language", "title"), CLAIMED)
def test_that_the_other_side_breaks_it_is_a_match_and_proves_nothing(app: App, language: str, title: str) -> None:
    assert state(app, language, title) == ""
