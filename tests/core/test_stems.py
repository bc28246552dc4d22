"""Inflected words of the desk's vocabulary, language by language: those that must meet, and those that must not."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.core.stems import LANGUAGES, forms, stems
from monitor.core.text import tokens, word_keys

# By language, in each line a word as a rule has it, and forms in which a text has it.
MEET = {
    "en": """
        patrol patrols patrolling patrolled patrol's
        agreement agreements
        ceasefire ceasefires ceasefire's
        integrate integrated integrates integrating integration
        dissolve dissolved dissolves dissolving
        army armies
        attack attacks attacked attacking attackers
        merge merged merging merges
        resume resumed resumes resuming
        suspend suspended suspends suspending
        announce announced announces announcing
        sign signed signs signing
        withdraw withdraws withdrawing
        soldier soldiers soldier's""",
    "tr": """
        devriye devriyeler devriyeleri devriyelerin devriyelerinin devriyenin devriyesi devriyesini devriyesine
        devriye devriyeye devriyede devriyeden devriyelere devriyeyi
        Rusya Rusya'yla Rusyayla Rusya'nın Rusyanın Rusya'dan Rusya’ya
        Kobani Kobani'deki Kobanideki Kobani'ye
        asker askerlerinin askerleri askeri askerler askerlerden askere ASKERLERİN
        anlaşma anlaşmasını anlaşmaya anlaşmanın anlaşması anlaşmalar anlaşmada anlasmasini
        entegrasyon entegrasyonunun entegrasyonu entegrasyona
        ateşkes ateşkesi ateşkesin ateşkesten ateşkese
        saldırı saldırıda saldırılar saldırısı saldırının
        bakanlık bakanlığı bakanlığının bakanlığından
        ordu orduya ordusu ordusunun
        terörist teröristler teröristlerin
        örgüt örgütün örgütü örgütünün
        nokta noktası noktasında
        bölge bölgesi bölgesinde bölgedeki
        karar kararlar kararı
        devriyeler devriye devriyesinde
        anlaşması anlaşma anlaşmanın""",
    "ru": """
        патруль патруля патрули патрулей патрулям патрулём патрулями
        патрулирование патрулирования патрулированию
        российский российского российские российскими российской
        турецкий турецкого турецкая турецкими
        соглашение соглашения соглашению соглашением соглашений
        перемирие перемирия перемирии перемирием
        Сирия Сирии Сирию Сирией
        Турция Турции Турцией Турцию
        армия армии армией армию
        атака атаки атаку атак атаками
        нападение нападения нападений
        роспуск роспуска роспуске роспуском
        интеграция интеграции интеграцию интеграцией
        войска войск войсками войскам
        совместный совместные совместного совместных""",
    "ar": """
        التركية والتركية تركية وتركية بالتركية فالتركية كالتركية
        تركية والتركية
        روسيا وبروسيا وروسيا بروسيا لروسيا
        نظيرة نظيرتها ونظيرتها
        دوريات للدوريات والدوريات بالدوريات الدوريات دورياتها
        الدوريات دوريات ودوريات
        دورية الدورية دوريات للدوريات دوريتها بدورية
        قوات قواتها قواته قواتهم والقوات بالقوات وقواتها
        اتفاق الاتفاق واتفاق للاتفاق باتفاق اتفاقها
        جيش الجيش والجيش للجيش جيشها بجيش
        هجوم الهجوم وهجوم بهجوم هجومها والهجوم
        يندمج سيندمج وسيندمج
        عسكري عسكريون العسكريين
        مسلح مسلحون المسلحين والمسلحين""",
    "fa": """
        گشت گشتی گشت‌ها گشت‌های
        توافق توافقی توافقات توافق‌ها توافق‌های
        نیرو نیروها نیروهای نیروهایی
        حمله حملات حمله‌ها حمله‌ای
        ارتش ارتشی ارتش‌ها
        سوریه سوریه‌ای
        ترکیه ترکیه‌ای
        دولت دولتی دولت‌ها دولت‌های
        آتش‌بس آتش‌بسی
        کشور کشورها کشورهای کشورش
        سرباز سربازان سربازانی سربازها
        پایگاه پایگاهی پایگاه‌ها پایگاه‌های
        مذاکره مذاکرات مذاکراتی
        کرد کردها کردهای
        مرز مرزی مرزها مرزهای""",
    "uk": """
        патруль патрулі патрулів патрулем патрулями
        патрулювання патрулюванням патрулювань
        сирійський сирійській сирійських
        діяльність діяльності діяльністю
        угода угоди угоду угодою угод угодами
        армія армії армію армією
        Туреччина Туреччини Туреччину Туреччиною
        Росія Росії Росію Росією
        Сирія Сирії Сирію
        російський російська російські російських російського російським
        турецький турецька турецькі турецьких
        атака атаки атаку атак атаками
        перемир'я перемиря перемир’ю
        напад нападу напади нападів
        військо війська військ військами
        спільний спільні спільного спільних
        президент президентові
        розпуск розпуску""",
    "kmr": """
        dewriye dewriyeyên dewriyeya dewriyeyeke dewriyeyê dewriyeyan dewriyeyekê dewriyeyek
        dewriyeyên dewriye dewriyeyê
        Tirkiye Tirkiyeyê Tirkiyê
        Kobanê Kobanê'de Kobanêde
        artêş artêşa artêşê artêşên artêşan artêşeke artêşekê
        hêz hêzên hêzan hêzeke
        êriş êrîşa êrişên êrişan êrişek êrişeke
        peyman peymana peymanê peymanek peymaneke
        agirbest agirbestê agirbesta agirbesteke
        leşker leşkerên leşkeran leşkerî
        gund gundê gundekî
        Sûriye Sûriyeyê
        Rûsya Rûsyayê""",
    "ckb": """
        دەوریە دەوریەیەکی دەوریەکانی دەوریەکە دەوریەی دەوریەکان دەوریەیەک
        هەسەدە هەسەدەی هەسەدەش هه‌سه‌ده‌ی
        سوپا سوپای سوپاکەی سوپایەکی
        هێز هێزەکان هێزەکانی هێزێک هێزی هێزەکانیان هێزەکەی
        هێزەکان هێز هێزەکانی
        هێرش هێرشەکە هێرشەکان هێرشێکی هێرشی هێرشەکانی
        ڕێککەوتن ڕێککەوتنەکە ڕێککەوتنی ڕێککەوتنێک ڕێککەوتنێکی
        ئاگربەست ئاگربەستی ئاگربەستەکە ئاگربەستەکەوە
        تورکیا تورکیای تورکیادا تورکیایە
        سووریا سووریادا سووریای
        شار شارەکە شارێک شاری""",
    "de": """
        Patrouille Patrouillen
        Abkommen Abkommens
        Angriff Angriffe Angriffen Angriffs
        türkisch türkische türkischen türkischer""",
    "fr": """
        patrouille patrouilles
        accord accords
        attaque attaques
        russe russes""",
}  # fmt: skip

# Pairs of words that mean two things and must find each other in neither direction.
APART = {
    "en": """patrol patron; army arm; attack attach; Turkey Turk; Russia rush; agreement greeting; sign sing;
        Syria syringe; deal dealer; dissolve solve; integrate integer; cease ceasefire; merge emerge; force forest;
        suspend suspect""",
    "tr": """kara karar; kara kar; asker askı; ordu orman; barış bar; ateş ateşkes; anlaşma anlam; devriye devir;
        devriye devrim; Suriye süre; Rusya rüya; bakan bakanlık; savaş savunma; köy köprü; sınır sınıf; Türk Türkiye;
        Rus Rusya; Türk Türkçe; ekim ekin; sal salı""",
    "ru": """Россия роса; Сирия сирота; патруль патриот; армия Армения; атака атом; Турция турнир; соглашение согласие;
        война воин; огонь окно; роспуск роспись; перемирие перемена; войска воск; нападение падение; курды курс;
        договор двор""",
    "ar": """الجيش الجيل; قوات قوت; قوات قوة; روسيا رويس; سوريا سور; دورية دور; تركيا ترك; هجوم هجرة; اتفاق نفق;
        حل حلب; قسد قصد; الأكراد كراهية; هدنة هند; لبنان لبن; السودان سود; الشرطة شرط; نظيرة نظر""",
    "fa": """ترکیه ترکش; ارتش ارث; گشت گوشت; حمله حمل; توافق توقف; سوریه سوره; دولت دوست; روسیه روستا; ایران ایراد;
        کشور کشتی; آتش آتش‌بس; عراق عرق; لبنان لبن; کرد کردستان; انحلال انحصار""",
    "uk": """Сирія сир; Росія роса; армія армада; угода год; патруль патріот; військо віск; напад пад; атака атлас;
        Туреччина турнір; розпуск розпис; перемир'я перемога; курд курс; спільний спілка; вогонь вікно; війна воїн;
        договір двір""",
    "kmr": """dewriye dewlet; hêz hezar; artêş art; êriş Êrdoxan; peyman peyam; agir agirbest; Rûs Rûsya; Tirk Tirkiye;
        Sûrî Sûriye; leşker leş; Iran irade; Kurd Kurdistan; hevbeş hev; Yemen yem; hevpeyman peyman""",
    "ckb": """سوپا سوپاس; شار شارەزا; هێرش هێرمێس; دەوریە دەوڵەت; کورد کوردستان; تورک تورکیا; ڕێککەوتن ڕێگا;
        ئاگر ئاگربەست; سوور سووریا; هەسەدە هەسارە; قەسەدە قسە; گەڕی گەڕان; عێراق عەرەب; ئێران ئێوارە; هێز هێزم""",
    "de": "Armee Arm; Patrouille Patrone; Angriff Griff; Russland Russ; Syrien Syrup; Abkommen Kommen",
    "fr": "patrouille patron; attaque attache; Syrie syrien",
}  # fmt: skip

INFLECTED = [
    (language, line.split()[0], form)
    for language, lines in MEET.items()
    for line in lines.strip().splitlines()
    for form in line.split()[1:]
]
HOMONYMS = [
    (language, one, other)
    for language, pairs in APART.items()
    for pair in pairs.split(";")
    for one, other in [pair.split(), reversed(pair.split())]
]
ANY_WORD = st.text(st.characters() | st.sampled_from("aekiîêlrndyşğтьйвїالوتهنيەیکان"), max_size=14)


def found(rule: str, text: str, language: str) -> bool:
    """Whether a rule's word of the language finds a text."""
    return any(not word_keys(rule, (language,)).isdisjoint(token.keys) for token in tokens(text, language))


@pytest.mark.parametrize(("language", "rule", "text"), INFLECTED)
def test_a_word_is_found_in_its_forms(language: str, rule: str, text: str) -> None:
    assert found(rule, text, language)


@pytest.mark.parametrize(("language", "rule", "text"), HOMONYMS)
def test_another_word_is_not(language: str, rule: str, text: str) -> None:
    assert not found(rule, text, language)


def test_every_language_has_its_table() -> None:
    assert set(MEET) == set(APART) == LANGUAGES


@given(ANY_WORD, st.sampled_from(sorted(LANGUAGES)))
@example("a\ud800", "de")
def test_no_word_is_too_strange_and_each_finds_itself(word: str, language: str) -> None:
    assert stems(word, word, language) <= forms(word, word, language)
    assert word not in forms(word, word, language) or word in stems(word, word, language)


@given(ANY_WORD, st.sampled_from(["kmr", "ckb", "ar", "fa", "tr"]))
def test_no_ending_leaves_less_than_three_letters(word: str, language: str) -> None:
    own = forms(word, word, language) - stems(word, word, language)
    assert all(len(form) >= 3 for form in own)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_word_of_another_script_has_no_stem(language: str) -> None:
    foreign = "patrol" if language in {"ru", "uk", "ar", "fa", "ckb"} else "патруль"
    assert stems(foreign, foreign, language) == forms(foreign, foreign, language) == set()
