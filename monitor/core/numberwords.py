"""Number words in the desk's languages: what each is worth, and whether it counts (three) or orders (third).

Knows single words and their forms; knows nothing of how they are joined. Words are keyed as text.py folds them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from monitor.core.text import fold

HUNDRED, THOUSAND, MILLION = 100, 1_000, 1_000_000


@dataclass(frozen=True, slots=True)
class NumberWord:
    """What a word is worth. `joined` if it carries the word for "and" (وخمسين), `article` if it may mean no number."""

    value: int
    ordinal: bool = False
    joined: bool = False
    article: bool = False


_TENS = (20, 30, 40, 50, 60, 70, 80, 90)
_HUNDREDS = (200, 300, 400, 500, 600, 700, 800, 900)

# One list a language: 1 to 19, then the tens, as they are written; forms of one word are parted by "/".
_EN = (
    (
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen"
    ),
    "twenty thirty forty fifty sixty seventy eighty ninety",
)

_EN_ORDINALS = (
    (
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
        "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
    ),
    "twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth",
)

_TR = (
    "bir iki/ikisi üç/üçü dört/dördü beş/beşi altı yedi sekiz dokuz on",
    "yirmi otuz kırk elli altmış yetmiş seksen doksan",
)

_TR_ORDINALS = (
    "birinci/ilk ikinci üçüncü dördüncü beşinci altıncı yedinci sekizinci dokuzuncu onuncu",
    "yirminci otuzuncu kırkıncı ellinci altmışıncı yetmişinci sekseninci doksanıncı",
)

_TR_CASES = "/si/sini/sinin/sine/sinde/sinden/siyle/sidir/sı/sü/su/yi/de/dir"

_RU = (
    (
        "один/одна/одно/одного/одной/одному/одним/одну/одном два/две/двух/двум/двумя/двое/двоих/двоим три/"
        "трех/трем/тремя/трое/троих/троим четыре/четырех/четырем/четырьмя/четверо/четверых пять/пяти/пятью/"
        "пятеро/пятерых шесть/шести/шестью/шестеро/шестерых семь/семи/семью/семеро/семерых восемь/восьми/"
        "восемью/восьмеро/восьмерых девять/девяти/девятью десять/десяти/десятью одиннадцать/одиннадцати "
        "двенадцать/двенадцати тринадцать/тринадцати четырнадцать/четырнадцати пятнадцать/пятнадцати "
        "шестнадцать/шестнадцати семнадцать/семнадцати восемнадцать/восемнадцати девятнадцать/девятнадцати"
    ),
    (
        "двадцать/двадцати/двадцатью тридцать/тридцати сорок/сорока пятьдесят/пятидесяти шестьдесят/"
        "шестидесяти семьдесят/семидесяти восемьдесят/восьмидесяти девяносто/девяноста"
    ),
    (
        "двести/двухсот/двумстам триста/трехсот четыреста/четырехсот пятьсот/пятисот шестьсот/шестисот "
        "семьсот/семисот восемьсот/восьмисот девятьсот/девятисот"
    ),
)

_RU_ORDINALS = (
    (
        "перв втор трет четверт пят шест седьм восьм девят десят одиннадцат двенадцат тринадцат четырнадцат "
        "пятнадцат шестнадцат семнадцат восемнадцат девятнадцат"
    ),
    "двадцат тридцат сороков пятидесят шестидесят семидесят восьмидесят девяност",
    "двухсот трехсот четырехсот пятисот шестисот семисот восьмисот девятисот",
)

_RU_ENDINGS = "ый/ий/ой/ая/ое/ого/ому/ым/ом/ую/ые/ых/ыми/ья/ье/ьего/ьему/ьим/ьем/ьей/ью/ьи/ьих"

_UK = (
    (
        "один/одна/одне/одного/одному/одну два/дві/двох/двом/двоє три/трьох/трьом/троє чотири/чотирьох/"
        "четверо п'ять/п'яти/п'ятьох/п'ятеро шість/шести/шістьох/шестеро сім/семи/сімох/семеро вісім/восьми/"
        "вісьмох/восьмеро дев'ять/дев'яти десять/десяти одинадцять дванадцять тринадцять чотирнадцять "
        "п'ятнадцять шістнадцять сімнадцять вісімнадцять дев'ятнадцять"
    ),
    "двадцять/двадцяти тридцять/тридцяти сорок/сорока п'ятдесят шістдесят сімдесят вісімдесят дев'яносто",
    "двісті/двохсот триста/трьохсот чотириста п'ятсот шістсот сімсот вісімсот дев'ятсот",
)

_UK_ORDINALS = (
    (
        "перш друг трет четверт п'ят шост сьом восьм дев'ят десят одинадцят дванадцят тринадцят чотирнадцят "
        "п'ятнадцят шістнадцят сімнадцят вісімнадцят дев'ятнадцят"
    ),
    "двадцят тридцят сороков п'ятдесят шістдесят сімдесят вісімдесят дев'яност",
)

_UK_ENDINGS = "ий/а/е/ого/ої/ому/ій/им/у/ою/і/их/я/є/ього/ьої/ю/ьому"

_AR = (
    (
        "واحد/واحدة اثنان/اثنين/اثنتان/اثنتين/اثنا/اثني/إثنين/إثنان ثلاثة/ثلاث أربعة/أربع خمسة/خمس ستة/ست "
        "سبعة/سبع ثمانية/ثماني/ثمان تسعة/تسع عشرة/عشر"
    ),
    "عشرون/عشرين ثلاثون/ثلاثين أربعون/أربعين خمسون/خمسين ستون/ستين سبعون/سبعين ثمانون/ثمانين تسعون/تسعين",
    (
        "مئتان/مئتين/مائتان/مائتين/مئتا/مئتي ثلاثمئة/ثلاثمائة أربعمئة/أربعمائة خمسمئة/خمسمائة ستمئة/ستمائة "
        "سبعمئة/سبعمائة ثمانمئة/ثمانمائة تسعمئة/تسعمائة"
    ),
)
_AR_ORDINALS = (
    "أول/أولى ثاني/ثانية/ثان ثالث/ثالثة رابع/رابعة خامس/خامسة سادس/سادسة سابع/سابعة ثامن/ثامنة تاسع/تاسعة عاشر/عاشرة"
)
_FA = (
    "یک/یکی دو سه چهار پنج شش هفت هشت  ده یازده دوازده سیزده چهارده پانزده شانزده هفده هجده/هیجده نوزده",
    "بیست سی چهل پنجاه شصت هفتاد هشتاد نود",
    "دویست سیصد چهارصد پانصد ششصد هفتصد هشتصد نهصد",
)

_FA_ORDINALS = (
    (
        "اول/نخست/نخستین/اولین دوم/دومین سوم/سومین چهارم/چهارمین پنجم/پنجمین ششم/ششمین هفتم/هفتمین هشتم/"
        "هشتمین نهم/نهمین دهم/دهمین یازدهم دوازدهم سیزدهم چهاردهم پانزدهم شانزدهم هفدهم هجدهم نوزدهم"
    ),
    "بیستم/بیستمین سی‌ام/سی‌امین چهلم/چهلمین پنجاهم/پنجاهمین شصتم هفتادم هشتادم نودم",
)

_CKB = (
    (
        "یەک/یەکێک دوو سێ چوار پێنج شەش حەوت/حەفت هەشت نۆ دە یازدە/یانزە دوازدە/دوانزە سێزدە/سیانزە چواردە "
        "پازدە/پانزە شازدە/شانزە حەڤدە/حەڤدە هەژدە نۆزدە"
    ),
    "بیست سی چل پەنجا شەست حەفتا هەشتا نەوەد",
)

_CKB_ORDINALS = (
    (
        "یەکەم/یەکەمین دووەم/دووەمین سێیەم/سێیەمین/سێهەم چوارەم/چوارەمین پێنجەم/پێنجەمین شەشەم/شەشەمین "
        "حەوتەم/حەوتەمین هەشتەم/هەشتەمین نۆیەم/نۆیەمین دەیەم/دەیەمین"
    ),
    "بیستەم/بیستەمین سییەم/سیەمین چلەم/چلەمین پەنجایەم/پەنجاهەم شەستەم حەفتایەم هەشتایەم نەوەدەم",
)

_KMR = (
    (
        "yek du/dudo/didu sê çar pênc şeş heft heşt neh deh yanzdeh/yazdeh dwanzdeh/dozdeh sêzdeh çardeh "
        "panzdeh/pazdeh şanzdeh/şazdeh hevdeh/hivdeh hijdeh/hejdeh nozdeh"
    ),
    "bîst sî/sih çil pêncî/pêncih şêst  heştê/heştêyî nod",
)

_KMR_ORDINALS = (
    (
        "yekem/yekemîn duyem/duyemîn/duwem/duwemîn sêyem/sêyemîn çarem/çaremîn pêncem/pêncemîn şeşem/şeşemîn "
        "heftem/heftemîn heştem/heştemîn nehem/nehemîn dehem/dehemîn"
    ),
    "bîstem/bîstemîn sîyem/siyem/sihemîn çilem/çilemîn pêncîyem/pêncihemîn şêstem/şêstemîn",
)

# What stands for a hundred, a thousand, a million; of these, forms that order follow behind.
_SCALES: Mapping[str, Mapping[int, str]] = {
    "en": {HUNDRED: "hundred", THOUSAND: "thousand", MILLION: "million", 12: "dozen"},
    "tr": {HUNDRED: "yüz", THOUSAND: "bin", MILLION: "milyon"},
    "ru": {
        HUNDRED: "сто/ста",
        THOUSAND: "тысяча/тысячи/тысяч/тысячу/тысячам/тыс",
        MILLION: "миллион/миллиона/миллионов/млн",
    },
    "uk": {HUNDRED: "сто/ста", THOUSAND: "тисяча/тисячі/тисяч/тисячу/тис", MILLION: "мільйон/мільйони/мільйонів/млн"},
    "ar": {HUNDRED: "مئة/مائة", THOUSAND: "ألف/آلاف/ألفا", MILLION: "مليون/ملايين", 2 * THOUSAND: "ألفان/ألفين"},
    "fa": {HUNDRED: "صد/یکصد", THOUSAND: "هزار", MILLION: "میلیون"},
    "ckb": {HUNDRED: "سەد", THOUSAND: "هەزار", MILLION: "ملیۆن"},
    "kmr": {HUNDRED: "sed", THOUSAND: "hezar", MILLION: "milyon"},
}
_SCALE_ORDINALS: Mapping[str, Mapping[int, str]] = {
    "en": {HUNDRED: "hundredth", THOUSAND: "thousandth"},
    "tr": {HUNDRED: "yüzüncü", THOUSAND: "bininci"},
    "ru": {HUNDRED: "сотый/сотая/сотое/сотого/сотой/сотую/сотом", THOUSAND: "тысячный/тысячная/тысячное"},
    "uk": {HUNDRED: "сотий/сота/сотого/соте"},
    "fa": {HUNDRED: "صدم/صدمین"},
    "ckb": {HUNDRED: "سەدەم/سەدەمین"},
    "kmr": {HUNDRED: "sedem/sedemîn"},
}
# "Bir devriye" is a patrol, or one.
_ARTICLES = {
    "ar": {"أحد", "إحدى", "واحد", "واحدة"},
    "tr": {"bir"},
    "fa": {"یک", "یکی"},
    "ckb": {"یەک", "یەکێک"},
    "kmr": {"yek"},
}
# Prefixes of Arabic words: and, so; in, for, as, the.
_AND, _PREFIXES, _THE = ("و", "ف"), ("بال", "لل", "كال", "ال", "ب", "ل", "ك"), ("ال", "بال", "لل", "كال")


# Arabic people whose dual ends in -ان or -ين, and those whose plural ends in -ين as well.
_DUAL = "قتيل جريح شخص جندي عنصر طفل شهيد شاب رجل ضابط امرأت سيدت قتيلت طفلت شقيق جثت دوريت"
_DUAL_IN_AN = "مدني عسكري شرطي مقاتل مسلح مصاب مواطن إرهابي"
_SINGLE = "قتيل جريح شخص جندي عنصر طفل شهيد شاب رجل ضابط امرأة سيدة مدني عسكري شرطي مقاتل مواطن طفلة"


def people_of(folded: str) -> int:
    """How many an Arabic word for people stands for by its ending: 2, 1, or 0 for others."""
    return _people().get(folded) or (_people().get(folded[1:], 0) if folded.startswith(("و", "ب", "ل")) else 0)


@cache
def _people() -> Mapping[str, int]:
    duals = [
        *(f"{one}{end}" for one in _DUAL.split() for end in ("ان", "ين")),
        *(f"{one}ان" for one in _DUAL_IN_AN.split()),
    ]
    singles = [f"{one}{end}" for one in _SINGLE.split() for end in ("", "ا")]
    return {**dict.fromkeys(map(fold, singles), 1), **dict.fromkeys(map(fold, duals), 2)}


def number_word(folded: str, language: str) -> NumberWord | None:
    """What a word is worth in a language; None where it is no number."""
    known = _words(language)
    if language != "ar":
        return known.get(folded)
    return next(_arabic(folded, known), None)


def _arabic(folded: str, known: Mapping[str, NumberWord]) -> Iterator[NumberWord]:
    """With its prefixes taken off: "والخمسين" is fifty, joined to what stands before; "الخمسين" is the fiftieth."""
    for joined, rest in ((False, folded), *((True, folded[1:]) for one in _AND if folded.startswith(one))):
        for prefix in ("", *(one for one in _PREFIXES if rest.startswith(one))):
            bare = rest.removeprefix(prefix)
            # In the accusative: "ثلاثمئة وأربعا وأربعين".
            word = known.get(bare) or known.get(bare.removesuffix("ا"))
            if word is not None:
                defined = prefix in _THE and word.value >= 20
                yield NumberWord(word.value, word.ordinal or defined, joined, word.article)


@cache
def _words(language: str) -> Mapping[str, NumberWord]:
    made: dict[str, NumberWord] = {}
    articles = {fold(one) for one in _ARTICLES.get(language, ())}
    for value, word, ordinal in _listed(language):
        key = fold(word).replace("'", "")
        made.setdefault(key, NumberWord(value, ordinal, article=key in articles))
    return made


def _listed(language: str) -> Iterator[tuple[int, str, bool]]:
    match language:
        case "en":
            yield from _both(_EN, _EN_ORDINALS)
        case "tr":
            yield from _both(_TR, _TR_ORDINALS, _TR_CASES.split("/"))
        case "ru":
            yield from _both(_RU, _RU_ORDINALS, _RU_ENDINGS.split("/"))
        case "uk":
            yield from _both(_UK, _UK_ORDINALS, _UK_ENDINGS.split("/"))
        case "ar":
            yield from _both(_AR, (_AR_ORDINALS, "", ""))
            # "The eleventh" has a word of its own for its one.
            yield from ((1, word, True) for word in ("حادي", "حادية"))
            yield from ((1, word, False) for word in ("أحد", "إحدى"))
        case "fa":
            yield from _both(_FA, _FA_ORDINALS)
        case "ckb":
            yield from _both(_CKB, _CKB_ORDINALS)
        case "kmr":
            yield from _both(_KMR, _KMR_ORDINALS)
    yield from _scales(_SCALES.get(language, {}), ordinal=False)
    yield from _scales(_SCALE_ORDINALS.get(language, {}), ordinal=True)


def _both(
    cardinals: Iterable[str], ordinals: Iterable[str], endings: Iterable[str] = ("",)
) -> Iterator[tuple[int, str, bool]]:
    for values, line in zip((range(1, 20), _TENS, _HUNDREDS), cardinals, strict=False):
        yield from ((value, form, False) for value, form in _forms(values, line))
    for values, line in zip((range(1, 20), _TENS, _HUNDREDS), ordinals, strict=False):
        yield from ((value, form + end, True) for value, form in _forms(values, line) for end in endings)


def _forms(values: Iterable[int], line: str) -> Iterator[tuple[int, str]]:
    """Two blanks in a row leave a number out: "نه" is nine in Persian, and no."""
    for value, forms in zip(values, line.split(" ") if line else (), strict=False):
        yield from ((value, form) for form in forms.split("/") if form)


def _scales(scales: Mapping[int, str], *, ordinal: bool) -> Iterator[tuple[int, str, bool]]:
    for value, forms in scales.items():
        yield from ((value, form, ordinal) for form in forms.split("/"))
