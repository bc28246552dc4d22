"""The names of months, in the languages that feeds are dated in and reports are written in.

Knows names and their short forms; knows nothing of dates. Where one short form means two months, the commoner language
of the news has it ("lis" is November in Polish and Czech, October in Croatian).
"""

import re
from functools import cache

from monitor.core.text import fold

# By language: January to December; a space stands between the forms of one month, "_" inside a name of two words.
_NAMES = {
    "en": "january february march april may june july august september october november december",
    "tr": "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "ru": "январь|января февраль|февраля март|марта апрель|апреля май|мая июнь|июня июль|июля август|августа "
          "сентябрь|сентября октябрь|октября ноябрь|ноября декабрь|декабря",
    "uk": "січень|січня лютий|лютого березень|березня квітень|квітня травень|травня червень|червня липень|липня "
          "серпень|серпня вересень|вересня жовтень|жовтня листопад|листопада грудень|грудня",
    "be": "студзень|студзеня люты|лютага сакавік|сакавіка красавік|красавіка май|мая|травень чэрвень|чэрвеня "
          "ліпень|ліпеня жнівень|жніўня верасень|верасня кастрычнік|кастрычніка лістапад|лістапада снежань|снежня",
    "bg": "януари февруари март април май юни юли август септември октомври ноември декември",
    "sr": "јануар фебруар март април мај јун јул август септембар октобар новембар децембар",
    "ar": "يناير فبراير مارس أبريل|ابريل|إبريل مايو يونيو|يونيه يوليو|يوليه أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "ar-levant": "كانون_الثاني شباط آذار نيسان أيار|ايار حزيران تموز آب أيلول تشرين_الأول تشرين_الثاني كانون_الأول",
    "ar-maghreb": "جانفي فيفري مارس أفريل ماي جوان جويلية|يوليوز أوت|غشت شتنبر أكتوبر نونبر دجنبر",
    "fa": "ژانویه فوریه مارس|مارچ آوریل|اپریل مه|می ژوئن|جون ژوئیه|جولای اوت|آگوست سپتامبر اکتبر نوامبر دسامبر",
    "ckb": "کانوونی_دووەم|کانونی_دووەم شوبات ئازار|ئادار نیسان ئایار|مایس حوزەیران تەممووز|تەمموز ئاب|ئۆگەست "
           "ئەیلوول|ئەیلول تشرینی_یەکەم تشرینی_دووەم کانوونی_یەکەم|کانونی_یەکەم",
    "ku": "rêbendan|çileya_paşîn|kanûna_paşîn reşemî|sibat|şibat adar|avdar nîsan|avrêl gulan hezîran|pûşper "
          "tîrmeh|temûz tebax|gelawêj îlon|rezber cotmeh|kewçêr|çiriya_pêşîn mijdar|sermawez|çiriya_paşîn "
          "berfanbar|kanûna_pêşîn|çileya_pêşîn",
    "az": "yanvar fevral mart aprel may iyun iyul avqust sentyabr oktyabr noyabr dekabr",
    "de": "januar|jänner|jan februar|feber märz|mrz april mai juni juli august september oktober november dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre|setiembre octubre noviembre diciembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "nl": "januari februari maart|mrt april mei juni juli augustus september oktober november december",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "no": "januar februar mars april mai juni juli august september oktober november desember",
    "fi": "tammikuu|tammikuuta helmikuu|helmikuuta maaliskuu|maaliskuuta huhtikuu|huhtikuuta toukokuu|toukokuuta "
          "kesäkuu|kesäkuuta heinäkuu|heinäkuuta elokuu|elokuuta syyskuu|syyskuuta lokakuu|lokakuuta "
          "marraskuu|marraskuuta joulukuu|joulukuuta",
    "pl": "styczeń|stycznia luty|lutego marzec|marca kwiecień|kwietnia maj|maja czerwiec|czerwca lipiec|lipca "
          "sierpień|sierpnia wrzesień|września październik|października listopad|listopada grudzień|grudnia",
    "cs": "leden|ledna únor|února březen|března duben|dubna květen|května červen|června červenec|července "
          "srpen|srpna září říjen|října listopad|listopadu prosinec|prosince",
    "hu": "január február március április május június július augusztus szeptember október november december",
    "ro": "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    "id": "januari februari maret april mei juni juli agustus september oktober november desember",
    "el": "ιανουάριος|ιανουαρίου φεβρουάριος|φεβρουαρίου μάρτιος|μαρτίου απρίλιος|απριλίου μάιος|μαΐου|μαίου "
          "ιούνιος|ιουνίου ιούλιος|ιουλίου αύγουστος|αυγούστου σεπτέμβριος|σεπτεμβρίου οκτώβριος|οκτωβρίου "
          "νοέμβριος|νοεμβρίου δεκέμβριος|δεκεμβρίου",
    "he": "ינואר פברואר מרץ|מרס אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר",
}  # fmt: skip
# The solar calendar of Iran, which Persian feeds date by.
_SOLAR = "فروردین اردیبهشت خرداد تیر مرداد|امرداد شهریور مهر آبان آذر دی بهمن اسفند"
# Short forms that two months share, or that are no beginning of a name; days of the week are "mar" and "paz" too.
_SHORT = {
    "mar": 3, "jan": 1, "jun": 6, "jul": 7, "juin": 6, "juil": 7, "jui": 7, "mai": 5, "may": 5, "maj": 5, "apr": 4,
    "aug": 8, "agu": 8, "ago": 8, "avg": 8, "sept": 9, "set": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "des": 12,
    "dez": 12, "dic": 12, "lis": 11, "cer": 6, "cvc": 7, "июн": 6, "июл": 7, "мар": 3, "лют": 2, "лип": 7, "чер": 6,
    "ιουν": 6, "ιουλ": 7, "μαρ": 3, "gen": 1, "ene": 1, "ian": 1, "giu": 6, "lug": 7, "mag": 5, "paz": 10, "lip": 7,
    "lut": 2, "sty": 1, "kwi": 4, "sie": 8, "wrz": 9, "gru": 12, "cze": 6, "kas": 11, "ara": 12, "oca": 1, "sub": 2,
    "mart": 3, "سپت": 9, "out": 10, "ott": 10,
}  # fmt: skip
_SHORTEST = 3
# "ocak" to "ocakta", "ocaktaki", "ocaktan"; an apostrophe is gone after folding.
_TURKISH_CASE = re.compile(r"['’]?[dt][ae](?:n|ki)?$")
_READ_AS = {"kmr": "ku"}


def month(word: str) -> int:
    """1 to 12 for the name of a month or its beginning, in small letters without marks; 0 for none."""
    return _months().get(word, 0)


def solar_month(word: str) -> int:
    """The same for Iran's solar calendar, by whole names: their beginnings are words."""
    return _solar_months().get(word, 0)


def month_in_text(word: str, language: str) -> int:
    """1 to 12 for a folded word of running text that is a month in its language, whatever its case; 0 for none."""
    return _in_text(language).get(_without_case(word, language), 0)


def _without_case(word: str, language: str) -> str:
    """Slavic cases are told by the last letter, Turkish ones are hung on: "martta", "mart'taki"."""
    if language in {"ru", "uk"}:
        return word[:-1]
    return _TURKISH_CASE.sub("", word) if language == "tr" else word


@cache
def _in_text(language: str) -> dict[str, int]:
    lines = [line for name, line in _NAMES.items() if name.split("-")[0] == _READ_AS.get(language, language)]
    return {_without_case(name, language): number for line in lines for number, name in _forms(line)}


@cache
def _months() -> dict[str, int]:
    known: dict[str, int] = {}
    beginnings: dict[str, set[int]] = {}
    for language, line in _NAMES.items():
        for number, name in _forms(line):
            known.setdefault(name, number)
            if language == "ku":  # "5ê Mijdarê 2019"
                known.setdefault(name + "e", number)
            for length in range(_SHORTEST, len(name)):
                beginnings.setdefault(name[:length], set()).add(number)
    clear = {short: min(numbers) for short, numbers in beginnings.items() if len(numbers) == 1 and short[-1] != " "}
    return clear | known | _SHORT


@cache
def _solar_months() -> dict[str, int]:
    return {name: number for number, name in _forms(_SOLAR)}


def _forms(line: str) -> list[tuple[int, str]]:
    return [
        (number, fold(form.replace("_", " ")))
        for number, month_forms in enumerate(line.split(), start=1)
        for form in month_forms.split("|")
    ]
