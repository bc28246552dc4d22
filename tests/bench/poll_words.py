"""Words from which the bench writes its feeds: sentences with slots, in six languages.

`{who}` `{act}` `{what}` `{place}` are taken from the lists, `{name}` and `{town}` are invented from `syllables`, `{n}`
is a number. A line of `watched` is what a rule of the shipped desk looks for.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """A language's sentences and what fills their slots."""

    headlines: tuple[str, ...]
    sentences: tuple[str, ...]
    who: tuple[str, ...]
    act: tuple[str, ...]
    what: tuple[str, ...]
    place: tuple[str, ...]
    syllables: tuple[str, ...]
    watched: tuple[str, ...]


def _list(text: str) -> tuple[str, ...]:
    return tuple(piece.strip() for piece in text.split("|"))


_LATIN = _list("ba|ken|dor|mi|sal|tar|ro|vin|el|ka|shu|lan|der|os|mar|ti|gu|han|zel|fer|no|bri|ul|dag|ste|ar|win|jo")

TONGUES = {
    "en": Tongue(
        headlines=_list(
            "{who} {act} {what} near {town}|{name} says {what} will reach {town} by spring|"
            "{who} {act} {what}, {name} says|{town} and {n} towns wait for {what}|{what}: {who} answers {name}|"
            "{name} leaves {who} over {what}"
        ),
        sentences=_list(
            "{who} {act} {what} on Tuesday, officials in {place} said.|"
            "{name}, who leads {who}, spoke of {n} cases in {town}.|"
            "Residents of {town} have waited {n} weeks for {what}.|"
            "The plan was drawn up with {who} and costs {n} million.|"
            "“We were told nothing of {what},” said {name}, a teacher from {town}.|"
            "Talks in {place} go on until Friday.|"
            "A spokesman for {who} declined to say when {what} would be ready.|"
            "Last year {n} people moved to {town}.|"
            "{name} had asked {who} for {what} as early as March, letters show."
        ),
        who=_list(
            "the central bank|the health ministry|the port authority|parliament|the city council|"
            "the farmers' union|the railway|the regulator|a court of appeal|the airline|the coast guard|"
            "the university|the grid operator|the opposition|the film festival|the football league|"
            "the statistics office|the border service"
        ),
        act=_list(
            "approves|delays|publishes|rejects|doubles|reviews|defends|cuts|withdraws|tests|orders|opens|audits|bans"
        ),
        what=_list(
            "a wheat tender|the night train|new tariffs|a vaccine order|the harbour tunnel|school meals|the budget|"
            "a gas contract|rent controls|a water reservoir|the census|wage talks|a satellite launch|"
            "flood barriers|hospital beds|a bridge repair|the fishing quota|an exam reform|bus lanes|a merger|"
            "the wolf count"
        ),
        place=_list("Lisbon|Nairobi|Ankara|Moscow|Damascus|Geneva|Ottawa|Manila|Oslo|Cairo|Baku|Erbil|Lima|Tunis"),
        syllables=_LATIN,
        watched=_list(
            "Turkey, Russia resume joint patrols east of {town}|SDF says the YPG will dissolve, {name} reports|"
            "Car bomb hits SNA checkpoint west of Ras al-Ayn, {n} dead"
        ),
    ),
    "tr": Tongue(
        headlines=_list(
            "{who} {town} için {what} kararını {act}|{name}: {what} {n} gün içinde hazır|"
            "{town} halkı {what} bekliyor|{town} yolunda {what}: {who} açıkladı|"
            "{who}, {name} ile {what} konusunda anlaştı"
        ),
        sentences=_list(
            "{who} salı günü {what} kararını {act}.|{name}, {town} ilçesinde {n} kişinin beklediğini söyledi.|"
            "Projenin maliyeti {n} milyon lirayı buldu.|{place} kaynakları görüşmelerin süreceğini belirtti.|"
            "“Bize {what} hakkında bilgi verilmedi” diyen {name}, {town} muhtarı.|{who} soruları yanıtsız bıraktı.|"
            "Geçen yıl {town} nüfusu {n} kişi arttı.|Belgeler {name} imzasını taşıyor."
        ),
        who=_list(
            "Merkez Bankası|Sağlık Bakanlığı|Belediye Meclisi|Liman işletmesi|Üniversite|Çiftçi birliği|"
            "Demiryolları|Rekabet Kurumu|İstinaf mahkemesi|Havayolu şirketi|Sahil güvenlik|Futbol federasyonu|"
            "İstatistik kurumu"
        ),
        act=_list("onayladı|erteledi|açıkladı|geri çekti|inceledi|savundu|iptal etmedi|iki katına çıkardı|denetledi"),
        what=_list(
            "buğday ihalesi|gece treni|gümrük vergisi|aşı siparişi|liman tüneli|okul yemeği|bütçe|"
            "doğal gaz sözleşmesi|kira sınırı|su deposu|nüfus sayımı|ücret görüşmesi|uydu fırlatma|sel bariyeri|"
            "hastane yatağı|köprü onarımı"
        ),
        place=_list("İzmir|Ankara|Diyarbakır|Trabzon|Bakü|Erbil|Cenevre|Moskova|Şam|Gaziantep|Konya|Van|Kahire"),
        syllables=_list("ba|ken|dö|mi|şal|tar|ro|vin|el|ka|çu|lan|der|oğ|mar|ti|gü|han|zel|fer|no|bıl|ul|dağ|şte|ar"),
        watched=_list(
            "Türkiye ve Rusya {town} kırsalında ortak devriyelere yeniden başladı|{name}: YPG kendini feshetti"
        ),
    ),
    "ru": Tongue(
        headlines=_list(
            "{who} {act} {what}, сообщает {name}|{name}: {what} появится через {n} дней|Жители {town} ждут {what}|"
            "{who} и {name} спорят о том, что даст {what}|{town}: {n} посёлков без ответа, {what}"
        ),
        sentences=_list(
            "{who} {act} {what} во вторник, сообщили в {place}.|{name} говорит о {n} случаях в посёлке {town}.|"
            "Проект обойдётся в {n} млн рублей.|Переговоры продлятся до пятницы.|"
            "В прошлом году в {town} переехали {n} семей.|"
            "«Нам ничего не сказали про то, что будет {what}», — заявил {name}.|{who} от комментариев отказался.|"
            "В письмах, которые видел {name}, говорится о сроках до весны."
        ),
        who=_list(
            "Центральный банк|Минздрав|Городской совет|Портовая служба|Университет|Союз фермеров|Железная дорога|"
            "Регулятор|Апелляционный суд|Авиакомпания|Береговая охрана|Футбольная лига|Служба статистики|Парламент"
        ),
        act=_list("одобрил|отложил|опубликовал|отверг|пересмотрел|сократил|проверил|открыл|отозвал|удвоил"),
        what=_list(
            "тендер на пшеницу|ночной поезд|новые пошлины|заказ вакцины|портовый тоннель|школьное питание|бюджет|"
            "газовый контракт|водохранилище|перепись|спор о зарплатах|запуск спутника|защиту от паводка|"
            "ремонт моста"
        ),
        place=_list("Москве|Казани|Баку|Женеве|Каире|Омске|Эрбиле|Осло|Тбилиси|Минске|Анкаре|Дамаске"),
        syllables=_list("ба|кен|дор|ми|сал|тар|ро|вин|ел|ка|шу|лан|дер|ос|мар|ти|гу|хан|зел|фер|но|бри|ул|даг|сте"),
        watched=_list(
            "Россия и Турция возобновили совместное патрулирование под {town}|{name}: YPG объявили о роспуске"
        ),
    ),
    "ar": Tongue(
        headlines=_list(
            "{who} {act} {what} في {town}|{name}: {what} خلال {n} يوما|سكان {town} ينتظرون {what}|"
            "{what} بين {who} و{name}"
        ),
        sentences=_list(
            "{who} {act} {what} يوم الثلاثاء، بحسب مسؤولين في {place}.|تحدث {name} عن {n} حالة في بلدة {town}.|"
            "تبلغ كلفة المشروع {n} مليونا.|تستمر المحادثات في {place} حتى الجمعة.|"
            "انتقل {n} شخصا إلى {town} العام الماضي.|قال {name}، وهو معلم من {town}: «لم يخبرنا أحد عن {what}».|"
            "امتنعت {who} عن التعليق."
        ),
        who=_list(
            "وزارة الصحة|هيئة الميناء|السكك الحديدية|الجامعة|الهيئة الناظمة|محكمة الاستئناف|شركة الطيران|"
            "رابطة المزارعين|دائرة الإحصاء|بلدية المدينة|خفر السواحل|المعارضة"
        ),
        act=_list("تقر|تؤجل|تنشر|ترفض|تراجع|تخفض|تختبر|تفتح|تسحب|تضاعف"),
        what=_list(
            "مناقصة القمح|قطار الليل|رسوما جديدة|طلبية اللقاح|نفق المرفأ|وجبات المدارس|الموازنة|عقد الغاز|"
            "خزان المياه|التعداد|محادثات الأجور|إطلاق القمر الصناعي|ترميم الجسر"
        ),
        place=_list("القاهرة|عمان|تونس|جنيف|أربيل|الرباط|باكو|مسقط|أنقرة|موسكو|دمشق"),
        syllables=_list("با|كن|دور|مي|سال|تار|رو|فين|ال|كا|شو|لان|در|مار|تي|جو|هان|زل|فر|نو|بري|داغ"),
        watched=_list("روسيا وتركيا تستأنفان الدوريات المشتركة في ريف {town}|انفجار سيارة مفخخة قرب حاجز في رأس العين"),
    ),
    "de": Tongue(
        headlines=_list(
            "{who} {act} {what} bei {town}|{name} rechnet bis Frühjahr mit {what}|"
            "{town} wartet seit {n} Wochen auf {what}|Streit um {what}: {who} antwortet {name}"
        ),
        sentences=_list(
            "{who} {act} {what}, hieß es am Dienstag in {place}.|{name} sprach von {n} Fällen in {town}.|"
            "Das Vorhaben kostet {n} Millionen Euro.|"
            "„Über {what} hat uns niemand etwas gesagt“, sagte {name} aus {town}.|"
            "Die Gespräche in {place} dauern bis Freitag.|Im vergangenen Jahr zogen {n} Menschen nach {town}.|"
            "{who} wollte sich dazu nicht äußern."
        ),
        who=_list(
            "Die Notenbank|Das Gesundheitsamt|Die Hafenbehörde|Der Stadtrat|Der Bauernverband|Die Bahn|"
            "Das Kartellamt|Das Berufungsgericht|Die Fluglinie|Die Küstenwache|Die Universität|Der Netzbetreiber|"
            "Die Opposition"
        ),
        act=_list("billigt|vertagt|veröffentlicht|verwirft|prüft|verteidigt|kürzt|testet|bestellt|eröffnet|verdoppelt"),
        what=_list(
            "eine Weizenausschreibung|den Nachtzug|neue Zölle|eine Impfstoffbestellung|den Hafentunnel|"
            "das Schulessen|den Haushalt|einen Gasvertrag|die Mietgrenze|einen Stausee|die Volkszählung|"
            "den Brückenbau|die Fangquote"
        ),
        place=_list("Bremen|Wien|Genf|Kassel|Rostock|Basel|Linz|Ankara|Moskau|Damaskus|Oslo|Riga"),
        syllables=_LATIN,
        watched=_list("Türkei und Russland nehmen gemeinsame Patrouillen bei {town} wieder auf"),
    ),
    "fr": Tongue(
        headlines=_list(
            "{who} {act} {what} à {town}|{name} promet {what} d’ici au printemps|"
            "À {town}, {n} familles attendent {what}|{what} : {who} répond à {name}"
        ),
        sentences=_list(
            "{who} {act} {what}, a-t-on appris mardi à {place}.|{name} évoque {n} cas dans la commune de {town}.|"
            "Le projet coûte {n} millions d’euros.|« Personne ne nous a parlé de cela », dit {name}, de {town}.|"
            "Les discussions se poursuivent à {place} jusqu’à vendredi.|"
            "L’an dernier, {n} personnes ont rejoint {town}.|{who} n’a pas souhaité commenter {what}."
        ),
        who=_list(
            "la banque centrale|le ministère de la Santé|le port|le Parlement|la mairie|le syndicat agricole|"
            "la SNCF|le régulateur|la cour d’appel|la compagnie aérienne|l’université|l’opposition|"
            "l’office de statistique"
        ),
        act=_list("approuve|reporte|publie|rejette|examine|défend|réduit|teste|commande|ouvre|double|retire"),
        what=_list(
            "un appel d’offres de blé|le train de nuit|de nouveaux tarifs|une commande de vaccins|"
            "le tunnel du port|les repas scolaires|le budget|un contrat de gaz|un réservoir d’eau|le recensement|"
            "la réfection du pont"
        ),
        place=_list("Lyon|Genève|Tunis|Nantes|Dakar|Bruxelles|Ankara|Moscou|Damas|Rabat|Lille|Oslo"),
        syllables=_LATIN,
        watched=_list("La Turquie et la Russie reprennent leurs patrouilles conjointes près de {town}"),
    ),
}
