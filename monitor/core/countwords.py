"""Words that stand beside figures: "at least", "from", "killed"; and those that make no figure of a number.

Knows single words and short phrases by language, keyed as text.py folds them; a word ending in `*` stands for any
ending. Knows nothing of numbers.
"""

from collections.abc import Mapping
from functools import cache

from monitor.core.text import fold

_AT_LEAST_AHEAD = {
    "en": "at least/more than/over/no less than/not less than/no fewer than/above/upwards of/a minimum of",
    "tr": "en az/en azından/asgari",
    "ru": "не менее/по меньшей мере/как минимум/более/более чем/свыше/больше/минимум/по крайней мере",
    "uk": "щонайменше/принаймні/понад/більше/більш як/не менше/як мінімум/не менш як/більше ніж",
    "ar": "ما لا يقل عن/لا يقل عن/أكثر من/ما يزيد عن/ما يزيد على/يزيد عن/على الأقل/فوق",
    "fa": "دست کم/دست‌کم/حداقل/بیش از/بیشتر از/کم از کم",
    "ckb": "لانیکەم/بەلایەنی کەمەوە/زیاتر لە/بەلای کەمەوە",
    "kmr": "herî kêm/bi kêmanî/kêm zêde/zêdetirî/zêdeyî/ji zêdetir/bi kêmasî/qet nebe",
}

_AT_LEAST_BEHIND = {
    "en": "or more/at least/at minimum/plus",
    "tr": "den fazla/dan fazla/ten fazla/tan fazla/fazla/aşkın/den çok/üzerinde/ı aşkın",
    "ru": "и более/или более",
    "ar": "على الأقل/على أقل تقدير/أو أكثر/فأكثر",
    "fa": "نفر دست کم/یا بیشتر",
    "kmr": "zêdetir/an zêdetir",
    "ckb": "زیاتر/یان زیاتر",
}

_AT_MOST_AHEAD = {
    "en": "up to/as many as/at most/no more than/not more than/fewer than/less than/under/a maximum of",
    "tr": "en fazla/en çok/azami",
    "ru": "не более/до/не больше/менее/максимум/меньше",
    "uk": "не більше/до/менше/максимум/щонайбільше",
    "ar": "ما يصل إلى/لا يزيد عن/أقل من/حتى/لا يتجاوز",
    "fa": "حداکثر/کمتر از/تا",
    "ckb": "کەمتر لە",
    "kmr": "herî zêde/kêmtirî/heta",
}

_AT_MOST_BEHIND = {
    "tr": "a kadar/e kadar/ya kadar/ye kadar/den az/dan az/ten az/tan az",
}

_ABOUT_AHEAD = {
    "en": "about/around/some/nearly/almost/approximately/roughly/an estimated/estimated/close to/circa",
    "tr": "yaklaşık/yaklaşık olarak/takriben/neredeyse/hemen hemen",
    "ru": "около/примерно/порядка/почти/приблизительно/до полутора/ориентировочно",
    "uk": "близько/майже/приблизно/орієнтовно/десь",
    "ar": "نحو/حوالي/قرابة/زهاء/ما يقارب/تقريبا/بنحو/بحوالي/ما يقرب من",
    "fa": "حدود/نزدیک به/تقریبا/قریب",
    "ckb": "نزیکەی/دەوروبەری/نزیک",
    "kmr": "nêzîkî/bi qasî/dora/derdora",
}

_ABOUT_BEHIND = {
    "tr": "kadar/civarında/dolayında/e yakın/a yakın/ye yakın",
    "ar": "تقريبا",
    "kmr": "qasî",
}
# Between two figures: a range, or the end of a rise.
_TO = {
    "en": "to/or",
    "tr": "ila/veya/ya da/ile",
    "ru": "до/или/либо",
    "uk": "до/або/чи",
    "ar": "إلى/أو/حتى/الى",
    "fa": "تا/یا/به",
    "ckb": "بۆ/یان/تا",
    "kmr": "heta/an/bo/ber bi",
}

_AND = {
    "en": "and",
    "tr": "ve/ile",
    "ru": "и",
    "uk": "і/й/та",
    "ar": "و",
    "fa": "و",
    "ckb": "و",
    "kmr": "û",
}

_BETWEEN = {
    "en": "between",
    "ru": "между",
    "uk": "між",
    "ar": "بين/ما بين",
    "fa": "بین",
    "ckb": "نێوان",
    "kmr": "navbera",
    "tr": "",
}
# "From 24 to 31": what stands behind is what it was.
_FROM = {
    "en": "from",
    "ru": "с/со",
    "uk": "з/зі/із",
    "ar": "من",
    "fa": "از",
    "ckb": "لە",
    "kmr": "ji",
}
# "Rose by 7", and what is counted in already: "including two children".
_RISE_BY = {
    "en": "rose by/risen by/rises by/up by/increased by/increase of/grew by/by another",
    "ru": "выросло на/возросло на/увеличилось на",
    "ar": "ارتفع بمقدار/بزيادة",
}

_PART_OF = {
    "en": "including/includes/among them/of them/of whom/inclusive of/one of/included",
    "tr": "aralarında/içlerinde/bunlardan/bunların/ölenlerden/ölenlerin",
    "ru": "включая/в том числе/среди них/из них/из которых/в их числе/среди погибших/среди которых",
    "uk": "включаючи/зокрема/у тому числі/серед них/з них/серед загиблих/в тому числі",
    "ar": "بينهم/بينهن/من بينهم/بما في ذلك/منهم/ضمنهم/بينها/من ضمنهم/بمن فيهم",
    "fa": "از جمله/که در میان آنها/از میان آنها/شامل",
    "ckb": "لەنێویاندا/لەناویاندا/لەوانە/لەنێو ئەوانە",
    "kmr": "di nav de/tê de/di nav wan de/ji wan",
}
# What a number in front of them counts is time, space, money or a share.
_UNITS = {
    "en": (
        "second/seconds/minute*/hour*/day*/week*/weekend*/month*/year*/decade*/centur*/km*/kilomet*/meter*/"
        "metre*/mile*/feet/kg/kilogram*/ton*/tonne*/percent*/per/degree*/mm/cm/dollar*/euro*/lira*/ruble*/"
        "rouble*/pound*/pm/am/p/a/o'clock/st century/billion/bn/anniversary/birthday/points/article*/storey*/"
        "round*/square/hectare*/barrel*/megawatt*/gmt/utc/calib*/grade"
    ),
    "tr": (
        "saniye*/dakika*/saat*/gün*/hafta*/ay/aya/ayda/aydan/aydır/aylık/ayın/aylar*/yıl*/sene*/yaş*/asır*/"
        "yüzyıl*/km*/kilometre*/metre*/mil/kg/kilo*/ton*/derece*/dolar*/avro*/euro*/lira*/milyar*/madde*/kat/"
        "katlı/santim*/dönüm*/hektar*/litre*/yıldönüm*/kez/defa/numaralı"
    ),
    "ru": (
        "секунд*/минут*/час/часа/часов/часам/час*/день/дня/дней/дни/днем/дневн*/недел*/месяц*/год/года/году/"
        "годом/лет/летн*/годов*/годовщин*/век*/км/километр*/метр*/миль/кг/тонн*/процент*/градус*/доллар*/"
        "евро/лир*/рубл*/млрд/миллиард*/мм/раз/раза/пункт*/стат*/утра/вечера/пополудни/мск/десятилет*/числа/"
        "суток"
    ),
    "uk": (
        "секунд*/хвилин*/годин*/день/дня/днів/дні/тижн*/тижд*/місяц*/рік/року/роки/років/річн*/км/кілометр*/"
        "метр*/миль/кг/тонн*/відсотк*/градус*/долар*/євро/лір*/гривен*/млрд/раз/рази/пункт*/числа"
    ),
    "ar": (
        "ثانية/ثوان*/دقيقة/دقائق/دقيقه/ساعة/ساعات/ساعه/يوم/يوما/يومين/أيام/أسبوع/أسبوعا/أسابيع/شهر/شهرا/أشهر/"
        "شهور/سنة/سنوات/سنين/عام/عاما/أعوام/عقود/قرن/كيلومتر*/كم/كلم/متر/مترا/أمتار/ميل/ميلا/طن/كيلو*/بالمئة/"
        "بالمائة/درجة/دولار/دولارا/ليرة/يورو/مليار/نقطة/بند*/مرات/مرة/ذكرى"
    ),
    "fa": (
        "ثانیه/دقیقه/ساعت/روز/روزه/هفته/ماه/ماهه/سال/ساله/سالگی/دهه/قرن/کیلومتر*/متر/مایل/کیلو*/درصد/درجه/"
        "دلار/یورو/لیره/میلیارد/بند/بار/مین سال*"
    ),
    "ckb": (
        "چرکە/خولەک*/کاتژمێر*/ڕۆژ*/رۆژ*/هەفتە*/مانگ*/ساڵ*/سال*/کیلۆمەتر*/کم/مەتر*/تەن/لەسەدا/دۆلار*/یۆرۆ/"
        "لیرە/ملیار/جار/خاڵ*"
    ),
    "kmr": (
        "saniye*/deqîqe*/deqe*/saet*/roj*/hefte*/meh/mehan/mehî/sal/salan/salî/saliya*/sala/km/kîlometre*/"
        "metre*/mîl/kg/ton*/ji sedî/dolar*/ewro/lîre*/mîlyar*/car/caran/xal*/demjimêr*"
    ),
}
# In front of a number: its name, not a count ("Resolution 2254", "France 24"); "No. 122" orders.
_NAMES = {
    "en": (
        "article/articles/resolution/division/brigade/regiment/corps/route/highway/channel/france/section/"
        "chapter/protocol/phase/point/page/version/group/area/sector/camp/figure/age/aged/ages/since/until/"
        "till/paragraph/annex/committee/unit/zone/gate/checkpoint/clock/at"
    ),
    "tr": "madde/sayılı/kanal/haber/rusya/france/tv/karayolu/saat/yaş/bölüm/faz/aşama",
    "ru": "резолюция/резолюции/статья/статьи/дивизия/бригада/трасса/канал/россия/пункт/возрасте/шоссе/фаза/этап",
    "uk": "резолюція/резолюції/стаття/бригада/дивізія/траса/канал/пункт/віці",
    "ar": (
        "الفرقة/فرقة/اللواء/لواء/القرار/قرار/المادة/قناة/طريق/البند/العمر/عمره/عمرها/فرانس/روسيا/الساعة/المرحلة/الرقم"
    ),
    "fa": "قطعنامه/ماده/لشکر/تیپ/کانال/ساعت/بند/فاز/سن",
    "ckb": "بڕیاری/ماددەی/لیوای/کەناڵی/کاتژمێر/تەمەنی/خاڵی",
    "kmr": "biryara/xala/kanala/tîpa/saet/demjimêr",
}

_NUMBERED = {
    "en": "no/number/nr/num",
    "tr": "no/numara/numaralı",
    "ru": "номер/номером/№",
    "uk": "номер/номером",
    "ar": "رقم/رقمها/الرقم",
    "fa": "شماره",
    "ckb": "ژمارە",
    "kmr": "hejmara/jimara",
}

_MONTHS = {
    "en": (
        "january/february/march/april/may/june/july/august/september/october/november/december/jan/feb/mar/"
        "apr/jun/jul/aug/sep/sept/oct/nov/dec"
    ),
    "tr": (
        "ocak*/şubat*/mart/martta/martı*/nisan*/mayıs*/haziran*/temmuz*/ağustos*/eylül*/ekim/ekimde/ekimi*/"
        "kasım*/aralık*"
    ),
    "ru": (
        "января/февраля/марта/апреля/мая/июня/июля/августа/сентября/октября/ноября/декабря/январ*/феврал*/"
        "сентябр*/октябр*/ноябр*/декабр*"
    ),
    "uk": "січня/лютого/березня/квітня/травня/червня/липня/серпня/вересня/жовтня/листопада/грудня",
    "ar": (
        "يناير/فبراير/مارس/أبريل/مايو/يونيو/يوليو/أغسطس/سبتمبر/أكتوبر/نوفمبر/ديسمبر/كانون/شباط/آذار/نيسان/"
        "أيار/حزيران/تموز/آب/أيلول/تشرين"
    ),
    "fa": (
        "ژانویه/فوریه/مارس/آوریل/مه/ژوئن/ژوئیه/اوت/سپتامبر/اکتبر/نوامبر/دسامبر/فروردین/اردیبهشت/خرداد/تیر/"
        "مرداد/شهریور/مهر/آبان/آذر/دی/بهمن/اسفند"
    ),
    "ckb": "ی/کانوونی/شوباتی/ئازاری/نیسانی/ئایاری/حوزەیرانی/تەمموزی/ئابی/ئەیلوولی/تشرینی",
    "kmr": (
        "çileya*/çile/sibat*/adar*/avrêl*/nîsan*/gulan*/hezîran*/pûşper*/tîrmeh*/tebax*/îlon*/rezber*/"
        "cotmeh*/mijdar*/kanûn*/berfanbar*"
    ),
}
# Heads of what a number counts: people, whom an anchor such as "killed" says something of, and things.
_PEOPLE = {
    "en": (
        "people/person*/soldier*/civilian*/fighter*/member*/militant*/child*/women/woman/men/man/troop*/"
        "personnel/other*/victim*/officer*/police*/gunm*/terrorist*/servicem*/resident*/villager*/bod*/"
        "martyr*/recruit*/insurgent*/rebel*/boy*/girl*/youth*/worker*/passenger*/guard*/conscript*/employee*/"
        "lives/jihadist*/mercenar*/commander*/farmer*/shepherd*/journalist*/student*"
    ),
    "tr": (
        "kişi*/asker*/sivil*/çocu*/kadın*/terörist*/polis*/personel*/üye*/er/erin/militan*/savaşçı*/insan*/"
        "vatandaş*/genç*/erkek*/güvenlik*/öğrenci*/işçi*/adam*"
    ),
    "ru": (
        "человек*/людей/люди/военн*/солдат*/боец/бойц*/мирн*/гражданск*/жител*/дет*/ребен*/женщин*/боевик*/"
        "террорист*/полицейск*/сотрудник*/мужчин*/лиц/персон*/подрост*/рабоч*/силовик*"
    ),
    "uk": (
        "людин*/людей/осіб/особ*/військов*/солдат*/бійц*/боєць/цивільн*/мирн*/жител*/діт*/дит*/жінк*/жінок/"
        "бойовик*/терорист*/поліц*/чоловік*"
    ),
    "ar": (
        "شخص*/أشخاص/مدني*/مدنيين/جندي*/جنود/عنصر*/عناصر/طفل*/أطفال/امرأة/نساء/سيدة/رجل*/رجال/مقاتل*/مسلح*/"
        "عسكري*/أفراد/فرد/ضابط/ضباط/شرطي*/شاب*/شبان/مواطن*/مواطنين/آخر*/آخرين/عامل/عمال/إرهابي*/منهم"
    ),
    "fa": "نفر/تن/غیرنظامی*/سرباز*/نظامی*/کودک*/زن/زنان/مرد/مردان/عضو*/اعضا/شهروند*/نیرو*/پلیس*/تروریست*/شبه*",
    "ckb": "کەس*/سەرباز*/هاووڵاتی*/منداڵ*/ژن*/پیاو*/چەکدار*/ئەندام*/پۆلیس*/مەدەنی*/شەڕڤان*",
    "kmr": "kes*/leşker*/sivîl*/zarok*/jin*/mêr*/endam*/şervan*/polîs*/welatî*/çekdar*/çete*/mirov*",
}

_THINGS = {
    "en": (
        "vehicle*/tank*/village*/house*/drone*/aircraft/helicopter*/armored/armoured/car/cars/truck*/"
        "countries/town*/rocket*/shell*/missile*/weapon*/convoy*/apc*/mrap*/jet*/bomb*/mine/mines/camera*/"
        "building*/areas/district*/famil*/side*/part*/agreement*/party/parties/division/brigade/corps/army/"
        "stage/phase/minister*/president*/leader*/lady/base/bases/observation/posts/flags/suspects"
    ),
    "tr": (
        "araç*/araci*/zırhlı*/köy*/ev/evi/tank*/insansız*/iha*/siha*/helikopter*/uçak*/roket*/füze*/top/tır*/"
        "ülke*/taraf*/bölge*/nokta*/üs/konvoy*/kirpi*/pars*/tümen*/tugay*/mermi*/havan*"
    ),
    "ru": (
        "машин*/бронемашин*/автомобил*/единиц*/сел/села/деревн*/дом/домов/танк*/вертолет*/беспилотник*/дрон*/"
        "самолет*/стран*/сторон*/населенн*/ракет*/снаряд*/бронеавтомобил*/бронетранспортер*/бтр/техник*/"
        "дивизи*/бригад*/пост*"
    ),
    "uk": (
        "машин*/бронемашин*/автомобіл*/одиниц*/сел/села/будинк*/танк*/вертольот*/гелікоптер*/дрон*/"
        "безпілотник*/літак*/країн*/сторон*/ракет*/бронетехнік*"
    ),
    "ar": (
        "مدرعة/مدرعات/عربة/عربات/آلية/آليات/سيارة/سيارات/قرية/قرى/مروحية/مروحيات/مروحيتين/طائرة/طائرات/صاروخ/"
        "صواريخ/قذائف/قذيفة/منزل/منازل/دولة/دول/دبابة/دبابات/نقاط/قاعدة/قواعد/بلدة/بلدات/الفرقة/اللواء"
    ),
    "fa": "خودرو*/زره*/روستا*/تانک*/بالگرد*/پهپاد*/کشور*/خانه*/موشک*/طرف*",
    "ckb": "ئۆتۆمبێل*/گوند*/زرێپۆش*/تانک*/هێلیکۆپتەر*/درۆن*/وڵات*/خانوو*/لایەن*",
    "kmr": "wesayît*/gund*/erebe*/zirxî*/tank*/helîkopter*/balafir*/welat*/xanî*/alî*/mal/malan",
}
# Anchors that say something of people: "killed three soldiers" has a figure of them, "patrol of three soldiers" none.
_SAID_OF_PEOPLE = {
    "en": (
        "kill*/dead/death*/die*/dying/wound*/injur*/casualt*/martyr*/slain/fatal*/toll/victim*/hurt/arrest*/"
        "detain*/captur*/displac*/abduct*/lost/perish*/missing/kidnap*/execut*/lives"
    ),
    "tr": "öl*/şehit*/yaral*/hayatını/can/kayb*/kaybet*/yitir*/gözaltı*/tutuk*/kaçır*/etkisiz/şehid*/vefat*",
    "ru": "погиб*/уби*/ране*/ранен*/жертв*/смерт*/умер*/скончал*/пострада*/задерж*/арест*/похищ*/гибел*/унес*",
    "uk": "загин*/вби*/поран*/жертв*/помер*/постражда*/затрим*/заареш*/загибл*/смерт*",
    "ar": (
        "قتل*/مقتل*/قتيل*/قتلى/القتلى/وفاة/وفيات/استشهد*/استشهاد/شهيد*/شهداء/جرح*/جريح*/جرحى/أصيب*/إصابة/"
        "إصابات/مصاب*/ضحايا/مصرع*/قضى/قضوا/لقي*/لقوا/أودى/أودت/بحياة/وفاته/يجرح/مصابون/المصابين/الجرحى/"
        "والجرحى/وجرحى/القتيل*/وقتلى/حصيلة/اعتقال*/اعتقل*/يقتل*/تقتل*/ومقتل/وقتل/بمقتل/وإصابة/بجروح/موت/وجرح/"
        "والجرحى/يصيب/تصيب"
    ),
    "fa": "کشته*/زخمی*/مجروح*/جان/شهید*/تلفات/قربانی*/مصدوم*/بازداشت*/مرگ",
    "ckb": "کوژر*/کوشت*/بریندار*/شەهید*/گیان*/قوربانی*/مرد*/دەستگیر*",
    "kmr": "kuşt*/mir*/birîndar*/şehîd*/jiyan*/qurban*/hat kuştin*/dîl*/desteser*",
}

_RISES = {
    "ru": "возрос*/вырос*/увелич*/достиг*/поднял*",
    "uk": "зрос*/збільш*/досяг*/сягн*",
}

_DOZENS = {
    "en": "dozens",
    "tr": "onlarca/düzinelerce",
    "ru": "десятки/десятков/десятках",
    "uk": "десятки/десятків",
    "ar": "عشرات/العشرات/وعشرات",
    "fa": "ده‌ها/دهها",
    "ckb": "دەیان",
    "kmr": "bi dehan/dehan",
}

_NOBODY = {
    "en": "nobody/no/none",
    "tr": "kimse/hiçkimse",
    "ru": "никто/никого",
    "uk": "ніхто/нікого",
    "kmr": "tukes",
}
# "The first patrol since October".
_SINCE = {
    "en": "since/after",
    "tr": "beri/sonra/ardından/aradan",
    "ru": "с/после/впервые",
    "uk": "з/після/від/вперше",
    "ar": "منذ/بعد",
    "fa": "از/پس",
    "ckb": "لە/دوای",
    "kmr": "piştî/ji",
}
# What ends the noun phrase that a number counts.
_PREPOSITIONS = {
    "en": (
        "in/on/at/of/by/from/with/and/near/to/since/was/were/is/are/have/has/had/for/after/during/between/through/into"
    ),
    "ru": "в/на/с/у/под/по/из/от/к/и/за/во/близ/около/были",
    "uk": "в/у/на/з/під/по/із/від/до/і/та/за/поблизу",
    "ar": "في/من/على/مع/الى/عن/قرب/بين/عند/خلال/بعد/منذ",
    "tr": "ve/ile/için",
    "fa": "در/از/با/به/و",
    "ckb": "لە/بە/و",
    "kmr": "li/di/ji/bi/û",
}

_TABLES: Mapping[str, Mapping[str, str]] = {
    "at_least_ahead": _AT_LEAST_AHEAD, "at_least_behind": _AT_LEAST_BEHIND, "at_most_ahead": _AT_MOST_AHEAD,
    "at_most_behind": _AT_MOST_BEHIND, "about_ahead": _ABOUT_AHEAD, "about_behind": _ABOUT_BEHIND, "to": _TO,
    "and": _AND, "between": _BETWEEN, "from": _FROM, "rise_by": _RISE_BY, "part_of": _PART_OF, "units": _UNITS,
    "names": _NAMES, "numbered": _NUMBERED, "months": _MONTHS, "people": _PEOPLE, "things": _THINGS,
    "said_of_people": _SAID_OF_PEOPLE, "rises": _RISES, "dozens": _DOZENS, "nobody": _NOBODY, "since": _SINCE,
    "prepositions": _PREPOSITIONS,
}  # fmt: skip
_LONGEST_PHRASE = 4


@cache
def _table(name: str, language: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Whole words and phrases, and beginnings."""
    listed = [fold(one).replace("'", "") for one in _TABLES[name].get(language, "").split("/") if one]
    return frozenset(one for one in listed if "*" not in one), tuple(one[:-1] for one in listed if one.endswith("*"))


def is_one(word: str, name: str, language: str) -> bool:
    """Whether a folded word, or several joined by blanks, is in a table."""
    exact, beginnings = _table(name, language)
    return word in exact or word.startswith(beginnings)


def longest(words: tuple[str, ...], name: str, language: str, *, ahead: bool = False) -> int:
    """How many of the words make a phrase of a table: the first ones, or the last where they stand `ahead`; 0 none."""
    for length in range(min(len(words), _LONGEST_PHRASE), 0, -1):
        phrase = words[-length:] if ahead else words[:length]
        if is_one(" ".join(phrase), name, language):
            return length
    return 0
