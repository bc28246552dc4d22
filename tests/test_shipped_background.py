"""The shipped lexicon: what a report says by the way of a thing done long ago, or glad of it, is told as background."""

import pytest

from monitor.core.match import Match
from tests.test_shipped_tenses import match, said


def told(one: Match, state: str) -> str:
    """The word that makes background of a state; "" where it is told as news."""
    (background,) = (proposal.dated_back for proposal in one.proposals if proposal.state == state)
    return background


@pytest.mark.parametrize(
    ("language", "title", "word"),
    [
        ("en", "Deal that SDF and Damascus signed stays on paper", "that"),
        ("en", "The integration deal that SDF and Damascus signed is in limbo", "that"),
        ("en", "The deal which was signed by SDF and Damascus is only paper", "which was"),
        ("en", "UN: deal that SDF and Damascus signed is only paper", "that"),
        pytest.param("en", "Deal that SDF and Damascus signed is suspended", "that", id="what stops is older still"),
        ("ru", "Соглашение, которое подписали СДС и Дамаск, остается на бумаге", "которое"),
        ("ru", "Соглашение, которое СДС и Дамаск подписали в марте, остается на бумаге", "которое"),
        ("ru", "Соглашение об интеграции, которое подписали СДС и Дамаск, под вопросом", "которое"),
        ("uk", "Угода про інтеграцію, яку підписали СДС і Дамаск, під питанням", "яку"),
        pytest.param("ar", "اتفاق الاندماج الذي وقعته قسد ودمشق حبر على ورق", "الذي", id="Arabic: that they signed"),
        pytest.param("ar", "اتفاق الاندماج الذي تم توقيعه بين قسد ودمشق حبر على ورق", "الذي", id="Arabic: was signed"),
        ("tr", "SDG ile Şam'ın imzaladığı entegrasyon anlaşması belirsizlikte", "imzaladığı"),
        ("tr", "SDG ile Şam arasında imzalanan entegrasyon anlaşması kağıt üzerinde", "imzalanan"),
        ("tr", "SDG ile Şam arasında varılan anlaşma kağıt üzerinde", "varılan"),
        ("kmr", "Peymana entegrasyonê ku HSD û Şamê îmze kirin di nediyariyê de ye", "ku"),
        pytest.param("ckb", "ڕێککەوتنی تێکەڵبوون کە هەسەدە و دیمەشق واژۆیان کرد لە مەترسیدایە", "کە", id="Sorani"),
        pytest.param("fa", "توافق ادغام که قسد و دمشق امضا کردند در هاله‌ای از ابهام است", "که", id="Persian"),
    ],
)
def test_the_clause_of_a_noun_is_background(language: str, title: str, word: str) -> None:
    assert told(match(language, title), "agreed") == word


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "SDF and Damascus agree on deal that merges SDF into army"),
        ("en", "Deal that merges SDF into Syrian army signed"),
        ("en", "Damascus says that SDF and Damascus signed the deal on integration"),
        ("en", "Damascus announces deal that integrates SDF into army"),
        ("en", "Damascus announces integration deal that SDF and Damascus signed"),
        ("ru", "СДС и Дамаск подписали соглашение, которое включает отряды в армию"),
        ("ru", "Дамаск заявил, что СДС и власти подписали соглашение об интеграции"),
        ("uk", "СДС і Дамаск підписали угоду, яка включає загони до армії"),
        pytest.param("ar", "قسد ودمشق توقعان الاتفاق الذي يدمج قسد في الجيش", id="Arabic: sign the deal that merges"),
        pytest.param("ar", "توقيع الاتفاق الذي يدمج قسد في الجيش السوري", id="Arabic: signing of the deal"),
        ("tr", "SDG ile Şam'ın entegrasyon anlaşması imzaladığı bildirildi"),
        ("tr", "SDG ile Şam'ın entegrasyon anlaşması imzaladığını duyurdu"),
        ("tr", "SDG'nin orduya katılmasını öngören anlaşma imzalandı"),
        ("tr", "SDG ile Şam arasında imzalanan anlaşma açıklandı"),
    ],
)
def test_a_deal_is_news_whatever_clause_tells_what_is_in_it(language: str, title: str) -> None:
    assert told(match(language, title), "agreed") == ""


@pytest.mark.parametrize(
    ("language", "title", "state"),
    [
        pytest.param("en", "Deal that SDF and Damascus signed collapses", "collapsed", id="the deed of the sentence"),
        ("en", "Ceasefire that Damascus and SDF declared begins", "in_force"),
        ("en", "Damascus announces ceasefire that SDF and Damascus agreed", "in_force"),
        ("tr", "SDG ile Şam arasında varılan ateşkes başladı", "in_force"),
    ],
)
def test_what_the_sentence_itself_tells_is_news(language: str, title: str, state: str) -> None:
    assert told(match(language, title), state) == ""


@pytest.mark.parametrize(
    ("language", "title", "word"),
    [
        ("en", "UN regrets that SDF dissolved itself", "regrets"),
        ("en", "Turkey welcomes dissolution of SDF", "welcomes"),
        ("ru", "Турция приветствует роспуск СДС", "приветствует"),
        ("tr", "Türkiye, SDG'nin kendini feshetmesini memnuniyetle karşıladı", "memnuniyetle karşıladı"),
        pytest.param("ar", "الأمم المتحدة تأسف لأن قسد حلت نفسها", "تأسف", id="Arabic: regrets"),
        pytest.param("en", "SDF dissolves itself, Turkey welcomes move", "", id="behind the news"),
        pytest.param("en", "SDF welcomes call, dissolves itself", "", id="glad of something else"),
        pytest.param(
            "tr", "Türkiye'nin memnuniyetle karşıladığı SDG kendini feshetti", "", id="ahead, where verbs come last"
        ),
        pytest.param("ru", "СДС распустились, Турция приветствует", "", id="Russian: behind the news"),
    ],
)
def test_who_is_glad_or_sorry_tells_no_news(language: str, title: str, word: str) -> None:
    assert told(match(language, title), "dissolved") == word


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Rumour: SDF dissolves itself"),
        ("en", "Rumours of SDF dissolving itself"),
        ("en", "SDF allegedly dissolved itself"),
        ("en", "SDF nearly dissolves itself"),
        ("en", "SDF on the verge of dissolving itself"),
        ("en", "SDF, Damascus postpone signing of integration deal"),
        ("tr", "İddia: SDG kendini feshetti"),
        ("tr", "SDG'nin kendini feshettiği iddiası"),
        ("tr", "SDG feshi erteledi"),
        ("tr", "SDG ile Şam arasındaki anlaşmanın imzalanması ertelendi"),
        pytest.param("ar", "أنباء عن توقيع اتفاق بين قسد ودمشق على الاندماج", id="Arabic: reports of"),
        pytest.param("ar", "قسد ودمشق تؤجلان توقيع اتفاق الاندماج", id="Arabic: put off"),
        pytest.param("ar", "تأجيل توقيع اتفاق الاندماج بين قسد ودمشق", id="Arabic: putting off"),
        pytest.param("ar", "قسد كادت أن تحل نفسها", id="Arabic: nearly"),
        ("ru", "Слухи: СДС распущены"),
        ("ru", "СДС почти распущены"),
        ("ru", "СДС отложили роспуск"),
        ("ru", "СДС и Дамаск отложили подписание соглашения об интеграции"),
        ("uk", "СДС відклали розпуск"),
        ("kmr", "Îdia: HSD xwe fesih kir"),
        ("kmr", "HSD û Şamê îmzekirina peymana entegrasyonê taloq kirin"),
        pytest.param("ckb", "هەسەدە و دیمەشق واژۆکردنی ڕێککەوتنی تێکەڵبوون دواخست", id="Sorani: put off"),
        pytest.param("fa", "امضای توافق ادغام قسد و دمشق به تعویق افتاد", id="Persian: put off"),
    ],
)
def test_rumours_and_what_nearly_or_not_yet_happened_are_possible(language: str, title: str) -> None:
    assert said(language, title) == "possible, digest"


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Nearly 500 SDF fighters join Syrian army"),
        ("en", "SDF reportedly dissolves itself"),
        ("en", "After nearly a year, Turkey and Russia resume joint patrols"),
        ("en", "Turkish-Russian joint patrol postponed over bad weather"),
        ("tr", "Türkiye-Rusya ortak devriyesi kötü hava nedeniyle ertelendi"),
        ("tr", "Türkiye ile Rusya neredeyse bir yıl sonra ortak devriyelere yeniden başladı"),
        ("ru", "Россия и Турция отложили совместное патрулирование"),
        pytest.param("ar", "تأجيل الدورية المشتركة بين تركيا وروسيا", id="Arabic: a patrol is put off"),
    ],
)
def test_a_patrol_that_is_put_off_and_nearly_so_many_are_done(language: str, title: str) -> None:
    assert said(language, title) == "done, alert"
