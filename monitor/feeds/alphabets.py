"""Which letters a language is written with, and how well a reading of unknown bytes looks like one.

Knows letters and how often they come; knows nothing of bytes or feeds. The letters of a language stand in the order of
their frequency in news text; only those beyond ASCII count, for bytes below 128 mean the same in every encoding that
is guessed. A wrong reading betrays itself three ways: by letters that no language puts together ("Tьrkiye"), by small
letters before capitals ("рСПЖХЪ"), and by rare letters coming often.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

# Beyond ASCII, and no letters: these stand in texts of any language.
_PUNCTUATION = frozenset(
    "«»“”„‘’‚‹›–—…•·€£№°©®™§ \u00ad،؛؟。、「」『』（）！，：；？￥\u3000‐‑−×½¿¡ªº´\u200c\u200d\u200e\u200f"
)
_STRANGE = -2.0
# Half a letter's doubt: one letter alone proves little.
_DOUBT = 0.5
_JOINT = re.compile(r"(?:[A-Za-z](?=[^\W\d_A-Za-z])|[^\W\d_A-Za-z](?=[A-Za-z]))")
_PAIR = re.compile(r"(?=([^\W\d_A-Za-z]{2}))")
_RUN = re.compile(r"[^\W\d_A-Za-z]{4,}")
_FOREIGN = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What tells of a text whether it is one: its letters beyond ASCII, and how they stand together.

    That is how often a small one stands before a capital, how many behind three others, how many beside one of ASCII.
    """

    letters: Counter[str]
    reversed_case: int
    runs: int
    joints: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alphabet:
    """A language's letters beyond ASCII in the order of their frequency, and the encodings it was written in.

    `latin`: it mixes them with ASCII letters inside a word. `script` begins the Unicode names of its other letters,
    where it has thousands.
    """

    language: str
    encodings: tuple[str, ...]
    letters: str
    latin: bool = False
    script: tuple[str, ...] = ()

    def weight(self, char: str) -> float:
        """From 1 for the commonest letter down to 0.5 (-0.5 for a script of its own); far below for a stranger."""
        rank = self.letters.find(char if char in self.letters else char.lower())
        if rank >= 0:
            return 1.0 - (0.5 if self.latin else 1.5 if not self.script else 0.2) * rank / len(self.letters)
        return 0.2 if self.script and unicodedata.name(char, "").startswith(self.script) else _STRANGE


_CYRILLIC = ("windows-1251", "koi8-r", "iso-8859-5", "cp866")
_WESTERN = ("windows-1252",)
_CENTRAL = ("windows-1250", "iso-8859-2")
_ARABIC = ("windows-1256", "iso-8859-6")

ALPHABETS = (
    Alphabet(language="tr", encodings=("windows-1254",), letters="ışüçğöİâîû", latin=True),
    Alphabet(language="ru", encodings=_CYRILLIC, letters="оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"),
    Alphabet(language="uk", encodings=("windows-1251", "koi8-u"), letters="оанивеітрсклдмупязбьгчюхцйжїшєщфґ"),
    Alphabet(language="ar", encodings=_ARABIC, letters="اليمنورتبعدسفهكقةأحجإطشصىخضغثذزظءئؤآ"),
    Alphabet(language="fa", encodings=("windows-1256",), letters="اينردهموتسبشلكکزعفگقخجحپصطآچضغذظژثئىة"),
    Alphabet(language="ku", encodings=("windows-1254",), letters="êîûşç", latin=True),
    Alphabet(language="fr", encodings=_WESTERN, letters="éàèêçôîâûùëïœæ", latin=True),
    Alphabet(language="de", encodings=_WESTERN, letters="üäößé", latin=True),
    Alphabet(language="es", encodings=_WESTERN, letters="óíáéñúü", latin=True),
    Alphabet(language="pt", encodings=_WESTERN, letters="ãçáéíóêõâúàô", latin=True),
    Alphabet(language="it", encodings=_WESTERN, letters="àèùòéìç", latin=True),
    Alphabet(language="nl", encodings=_WESTERN, letters="éëïüèöç", latin=True),
    Alphabet(language="sv", encodings=_WESTERN, letters="äöåé", latin=True),
    Alphabet(language="da", encodings=_WESTERN, letters="åøæéö", latin=True),
    Alphabet(language="is", encodings=_WESTERN, letters="áðíöúéóæþý", latin=True),
    Alphabet(language="pl", encodings=_CENTRAL, letters="łąężóśćńź", latin=True),
    Alphabet(language="cs", encodings=_CENTRAL, letters="íáéěřžýšůčúťďňóľĺŕôä", latin=True),
    Alphabet(language="hu", encodings=_CENTRAL, letters="áéöíóőüűú", latin=True),
    Alphabet(language="ro", encodings=_CENTRAL, letters="ăîâşţé", latin=True),
    Alphabet(language="hr", encodings=_CENTRAL, letters="čšžćđ", latin=True),
    Alphabet(language="lt", encodings=("windows-1257",), letters="ėšųįžąčūęāīēņķģļ", latin=True),
    Alphabet(language="et", encodings=("windows-1257",), letters="äõüöšž", latin=True),
    Alphabet(language="el", encodings=("windows-1253",), letters="αοιετνησρκπυμλςίόωάέήγδύφθχβώξζψϊϋΐΰ"),
    Alphabet(language="he", encodings=("windows-1255",), letters="יוהלאמרבתשנעדםחקפכטגזןסצךףץ"),
    Alphabet(language="bg", encodings=("windows-1251",), letters="аиеонтрсвлкдпмзъгубчщяжцхшйфюь"),
    Alphabet(language="sr", encodings=("windows-1251",), letters="аиоенрстујквдпмлзгбчшцћжхљњђфџѓќѕ"),
    Alphabet(language="be", encodings=("windows-1251",), letters="анірыскетляоўпмвдузьгбчцйшхжюёэф"),
    Alphabet(language="ja", encodings=("cp932", "euc_jp"), script=("CJK", "HIRAGANA", "KATAKANA"),
             letters="のにはをたがでとしるいなれてもらりこかさっンスイルトア日本人年大国会"),
    Alphabet(language="zh", encodings=("gb18030",), script=("CJK",),
             letters="的一国在是中有人不了和大年日上为会发到要时出行新对生地者方成业以这我来用经家"),
    Alphabet(language="zh", encodings=("big5hkscs",), script=("CJK",),
             letters="的一國在是中有人不了和大年日上為會發到要時出行新對生地者方成業以這我來用經家"),
    Alphabet(language="ko", encodings=("cp949",), script=("HANGUL",),
             letters="이다의에는을가고하로한지기도를사은인대해서자정시과"),
    Alphabet(language="th", encodings=("cp874",), letters="านรอกเงมยลวดทสตะปบคหแจพชขใไโผถซณศษธฐ่้ัิีุูำืึ็์"),
)  # fmt: skip


def reading(text: str) -> Reading:
    """What counts of a text, once for all the languages it may be in."""
    return Reading(
        letters=Counter(char for char in _FOREIGN.findall(text) if char not in _PUNCTUATION),
        reversed_case=sum(pair[0].islower() and pair[1].isupper() for pair in _PAIR.findall(text)),
        runs=sum(len(run) - 3 for run in _RUN.findall(text)),
        joints=len(_JOINT.findall(text)),
    )


def likeness(read: Reading, alphabet: Alphabet) -> float:
    """How much a text looks like a language: about 0.5 to 1 where it is one, below 0 where it cannot be."""
    counted = read.letters.total()
    if not counted:
        return 0.0
    total = sum(alphabet.weight(char) * number for char, number in read.letters.items())
    misshapen = read.reversed_case + (read.runs if alphabet.latin else 2.0 * read.joints)
    return (total - misshapen) / (counted + _DOUBT)
