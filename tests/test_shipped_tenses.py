"""The shipped lexicon: what is to come is planned whatever verb and language tell it; what went before is past."""

from datetime import date
from functools import cache

import pytest

from monitor.core.entry import read
from monitor.core.match import Match, Matcher, Setting
from monitor.ruleset.desk import load_desk
from tests.conftest import SHIPPED_DESK

TODAY = date(2026, 4, 20)
PATROL, STATUS, TRUCE = "turkey-russia-joint-patrol", "ypg-status", "damascus-sdf-ceasefire"


@cache
def _matcher() -> Matcher:
    return Matcher(load_desk(SHIPPED_DESK).ruleset).alone(PATROL, STATUS, TRUCE)


def match(language: str, title: str) -> Match:
    """The one match of the three rules."""
    (one,) = _matcher().matches(read(title, "", language), Setting(today=TODAY))
    return one


def said(language: str, title: str) -> str:
    """How it is said, and what the rule does with that."""
    one = match(language, title)
    return f"{one.assertion}, {one.handling}"


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "SDF to disband its command"),
        ("en", "SDF to soon disband its command"),
        ("en", "SDF to formally hand over oil fields to Syrian army"),
        ("en", "SDF Command to Disband"),
        ("en", "SDF agrees to hand over oil fields to Damascus"),
        ("en", "SDF agrees to disband its command"),
        ("en", "YPG fighters to form three brigades in Syrian army"),
        ("en", "US to cut support for SDF"),
        ("en", "US, SDF to part ways, envoy says"),
        ("en", "Turkey to remove YPG from terror list"),
        ("en", "Germany to blacklist YPG as terrorist organisation"),
        ("en", "Fighters from SDF to join Syrian army"),
        ("en", "SDF to disband its command once it joins Syrian army"),
        ("en", "Turkey and Russia to finalise agreement signed in March on joint patrols"),
        ("en", "Turkey, Russia to let joint patrols resume"),
        ("en", "Agreement between SDF and Damascus to collapse within days"),
        pytest.param("en", "Turkey, Russia to widen joint patrols in northern Syria", id="a verb no lexicon has"),
        pytest.param("en", "SDF, Damascus to sign integration deal", id="the signing itself, English"),
        pytest.param("en", "SDF and Damascus will soon sign integration deal", id="the signing itself, by will"),
        pytest.param("en", "SDF, Syrian army to extend ceasefire", id="the extension itself"),
        ("ru", "СДС распустят свое командование"),
        ("ru", "СДС самораспустятся"),
        ("ru", "СДС вступят в сирийскую армию"),
        ("ru", "США свернут поддержку СДС"),
        ("ru", "СДС и армия Сирии продлят перемирие"),
        ("ru", "Россия и Турция приостановят совместное патрулирование"),
        ("ru", "Россия и Турция осуществят совместный патруль на севере Сирии"),
        ("uk", "СДС розпустяться"),
        ("uk", "США припинять підтримку СДС"),
        ("uk", "Росія і Туреччина призупинять спільне патрулювання"),
        ("tr", "SDG kendini feshedecek"),
        ("tr", "SDG petrol sahalarını Suriye ordusuna devredecek"),
        ("tr", "ABD SDG'ye desteğini kesecek"),
        ("tr", "SDG ile Şam entegrasyon anlaşması imzalayacak"),
        ("tr", "Türkiye ile Rusya ortak devriyeye çıkacak"),
        ("tr", "Türk ve Rus askerleri ortak devriyeye çıkıyor yarın"),
        ("ar", "قسد ستسلم حقول النفط للجيش السوري"),
        ("ar", "سوف تسلم قسد حقول النفط للجيش السوري"),
        ("ar", "ستشكل قسد ثلاثة ألوية في الجيش السوري"),
        ("ar", "ستوقع قسد ودمشق اتفاق الاندماج"),
        ("ar", "واشنطن ستوقف دعم قسد"),
        ("ar", "سوف تسير تركيا وروسيا دورية مشتركة شمال سوريا"),
        ("kmr", "HSD dê tevlî artêşa Sûriyeyê bibe"),
        ("kmr", "HSD ê tevlî artêşa Sûriyeyê bibe"),
        ("kmr", "Tirkiye û Rûsya wê dewriyeyeke hevbeş bikin"),
        ("ckb", "هەسەدە دێ تێکەڵ بە سوپای سووریا بێت"),
        ("fa", "نیروهای دموکراتیک سوریه منحل خواهد شد"),
    ],
)
def test_what_is_to_come_is_planned(language: str, title: str) -> None:
    assert said(language, title) == "planned, digest"


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "SDF begins to hand over oil fields to Damascus"),
        ("en", "SDF forced to hand over oil fields to Syrian army"),
        ("en", "SDF hands crossing to Syrian army"),
        ("en", "SDF hands over positions to the north to Syrian army"),
        ("en", "SDF joins Syrian army, according to ministry"),
        ("en", "SDF said to have joined Syrian army"),
        ("en", "SDF hands over oil fields due to deal with Damascus"),
        ("en", "SDF transfers prison to Syrian government control"),
        ("en", "SDF hands over Omar oil field, control passes from SDF to energy ministry"),
        ("en", "Message from Russia to mediators came after joint patrol with Turkey resumed"),
        ("en", "Convoy from Russia to protect road joins joint patrol with Turkey"),
        ("en", "Turkey and Russia to counter terrorism hold joint patrol"),
        ("en", "Turkey and Russia to protect road held joint patrol"),
        ("en", "To date SDF handed over two oil fields to Syrian army"),
        ("en", "Turkish and Russian troops set out to patrol jointly near Kobani"),
        ("en", "Turkey and Russia hold joint patrol to close smuggling route near Kobani"),
        ("en", "Locals block road to stop joint patrol of Russian and Turkish forces"),
        ("ru", "СДС распустили свое командование"),
        ("ru", "Россия и Турция проводят совместное патрулирование на севере Сирии"),
        ("uk", "США припинили підтримку СДС"),
        ("tr", "SDG kendini feshetti"),
        pytest.param("ar", "سيرت القوات التركية والروسية دورية مشتركة في ريف كوباني", id="Arabic: ran a patrol"),
        pytest.param("ar", "قسد تسلم سيطرتها على حقول النفط للجيش السوري", id="Arabic: control"),
        pytest.param("ar", "تعيين سيبان حمو معاوناً لوزير الدفاع في الجيش السوري عن قسد", id="Arabic: a name"),
        ("kmr", "HSD tevlî artêşa Sûriyeyê bû"),
        ("ckb", "هەسەدە تێکەڵ بە سوپای سووریا بوو"),
    ],
)
def test_what_only_looks_like_a_plan_is_done(language: str, title: str) -> None:
    assert said(language, title) == "done, alert"


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Deal for SDF to join Syrian army signed"),
        ("en", "Damascus and SDF sign agreement to merge forces"),
        ("tr", "SDG'nin Suriye ordusuna entegre olacağı anlaşma imzalandı"),
        ("ru", "СДС и Дамаск подписали соглашение: отряды войдут в состав армии"),
        ("ar", "قسد ودمشق توقعان اتفاقا: ستندمج القوات في الجيش السوري"),
    ],
)
def test_a_plan_that_was_settled_is_news(language: str, title: str) -> None:
    one = match(language, title)
    assert one.handling == "alert"
    assert any(proposal.state == "agreed" and proposal.handling == "alert" for proposal in one.proposals)


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "A year after Turkey and Russia resumed joint patrols in northern Syria"),
        ("en", "A year after SDF and Damascus signed integration deal, little has changed"),
        ("tr", "Türkiye ile Rusya ortak devriyelere başladıktan bir yıl sonra"),
        ("ru", "Спустя год после возобновления совместного патрулирования Россия и Турция молчат"),
        ("ru", "Через год после того как СДС и Дамаск подписали соглашение об интеграции"),
        ("uk", "Через рік після того як Росія і Туреччина відновили спільне патрулювання"),
        ("ar", "بعد عام من توقيع قسد ودمشق اتفاق الاندماج"),
        ("ar", "بعد عام على استئناف الدوريات المشتركة بين تركيا وروسيا في شمال سوريا"),
        ("en", "A year after SDF dissolved itself Kurds struggle"),
        ("en", "Four years after the first joint Turkish-Russian patrol in northern Syria"),
        pytest.param(
            "en", "A year after Turkey and Russia resumed joint patrols, Turkey strikes Kobani", id="other news"
        ),
    ],
)
def test_what_a_report_is_a_year_after_is_the_past(language: str, title: str) -> None:
    assert said(language, title) == "retro, drop"


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Turkey and Russia resume joint patrols in northern Syria a year after suspension"),
        ("en", "A year after the earthquake, Turkey and Russia resume joint patrols in northern Syria"),
        ("tr", "Türkiye ile Rusya bir yıl sonra ortak devriyelere yeniden başladı"),
        ("tr", "Türkiye ile Rusya, devriyelere ara verdikten bir yıl sonra ortak devriyelere yeniden başladı"),
        ("ru", "Россия и Турция через год после приостановки возобновили совместное патрулирование"),
        ("ar", "تركيا وروسيا تستأنفان الدوريات المشتركة في شمال سوريا بعد عام من تعليقها"),
    ],
)
def test_a_year_after_a_pause_it_is_news(language: str, title: str) -> None:
    assert said(language, title) == "done, alert"


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "A year after Assad's fall SDF announces it has dissolved itself"),
        ("en", "One year after Assad fell YPG dissolves itself"),
        ("en", "Four years after Assad's fall SDF dissolves itself"),
        ("en", "A year after clashes SDF and Damascus sign integration deal"),
        ("en", "A year after the deal with Damascus, SDF fighters join the Syrian army"),
        ("ar", "بعد عام من سقوط الأسد قسد تعلن حل نفسها"),
        ("ar", "بعد عام من الهجوم تركيا وروسيا تسيران دورية مشتركة"),
        ("ru", "Спустя год после нападения Россия и Турция провели совместное патрулирование"),
        ("ru", "Через год после падения Асада СДС вступили в сирийскую армию"),
        ("uk", "Через рік після падіння Асада СДС оголосили про саморозпуск"),
        ("tr", "Esad devrildikten bir yıl sonra SDG kendini feshetti"),
    ],
)
def test_a_year_after_something_else_it_is_news_without_a_comma_too(language: str, title: str) -> None:
    assert said(language, title) == "done, alert"


@pytest.mark.parametrize(
    ("title", "word"),
    [
        ("After YPG dissolved itself, what next", "After"),
        pytest.param("After talks, SDF dissolves itself", "", id="behind a comma"),
        pytest.param("After months of long talks SDF dissolves itself", "", id="farther off"),
        pytest.param("SDF dissolves itself after congress", "", id="ahead of it"),
        pytest.param("SDF dissolves itself", "", id="nothing before it"),
    ],
)
def test_what_a_report_is_after_is_background(title: str, word: str) -> None:
    (proposal,) = match("en", title).proposals
    assert proposal.dated_back == word


@pytest.mark.parametrize(
    ("language", "title", "whose"),
    [
        ("en", "Syria: SDF has not joined the Syrian army", ""),
        ("en", "Human rights group says SDF has not joined Syrian army", ""),
        ("en", "SDF has not joined Syrian army, says critic of Damascus", ""),
        ("en", "Damascus: SDF has not joined the Syrian army", "damascus_side"),
        ("en", "Syria's defence ministry: SDF has not joined the army", "damascus_side"),
        ("en", "Abdi: SDF has not joined the Syrian army", "kurdish_side"),
        ("en", "SDF spokesman says fighters have not joined the Syrian army", "kurdish_side"),
        ("en", "SDF has not joined the Syrian army, says Abdi", "kurdish_side"),
        ("ar", "سوريا: قسد لم تنضم إلى الجيش السوري", ""),
        ("ar", "المرصد السوري يؤكد أن قسد لم تنضم إلى الجيش السوري", ""),
        ("ar", "قالت قسد إنها لم تنضم إلى الجيش السوري", "kurdish_side"),
        ("ru", "Сирия: СДС не вступили в сирийскую армию", ""),
    ],
)
def test_a_negation_is_the_word_of_who_says_it(language: str, title: str, whose: str) -> None:
    (proposal,) = match(language, title).proposals
    assert " ".join(proposal.denied_by) == whose
