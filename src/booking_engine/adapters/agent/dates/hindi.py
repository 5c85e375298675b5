"""The Hindi words of days and times, in Devanagari and in Latin letters, each with the tokens that it stands for.

Devanagari is written here without its dots and with one sign for nasals, as ``lexing.plain`` leaves it, so that the
spellings of one word are one.
"""

from __future__ import annotations

import unicodedata

from booking_engine.adapters.agent.dates.english import Lexicon, tokens
from booking_engine.adapters.agent.dates.token import Token

NUMBERS = (
    "एक दो तीन चार पाँच छह सात आठ नौ दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस बीस "
    "इक्कीस बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस "
    "अड़तीस उनतालीस चालीस इकतालीस बयालीस तैंतालीस चौवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास पचास इक्यावन बावन "
    "तिरपन चौवन पचपन छप्पन सत्तावन अट्ठावन उनसठ"
).split()
"""1 to 59 as they are said."""
WEEKDAYS = "सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार".split()
MONTHS = "जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर".split()

_NUMBERS_OTHERWISE = {
    1: "ek", 2: "do", 3: "teen tin", 4: "char chaar", 5: "paanch panch", 6: "chhah chhe chah che छः छ छै छे", 7: "saat",
    8: "aath", 9: "nau", 10: "das", 11: "gyarah gyaarah", 12: "barah baarah baara", 13: "terah", 14: "chaudah",
    15: "pandrah pandra पन्द्रह पंद्र", 16: "solah", 17: "satrah", 18: "atharah athaarah अट्ठारह", 19: "unnees unnis",
    20: "bees", 21: "ikkees ikkis", 22: "bais baees बाइस", 23: "teis teees तेइस", 24: "chaubis chaubees", 25: "pachis "
    "pachchis pachees", 26: "chhabbis chabbis", 27: "sattais सत्ताइस", 28: "atthais athais अठाईस अट्ठाइस", 29: "untees "
    "untis", 30: "tees", 31: "iktees इकत्तीस", 35: "paintis", 40: "chalis chaalis", 45: "paintalis paintaalis",
    50: "pachas pachaas", 55: "pachpan",
}  # fmt: skip
_WEEKDAYS_OTHERWISE = (
    "somvar somvaar somwar somwaar", "mangalvar mangalvaar mangalwar mangalwaar mangal मंगल",
    "budhvar budhvaar budhwar budhwaar budh बुध",
    "guruvar guruvaar guruwar guruwaar brihaspativar veervar बृहस्पतिवार वीरवार",
    "shukravar shukravaar shukrawar shukrawaar shukrvar शुक्र", "shanivar shanivaar shaniwar shaniwaar शनि शनिचर",
    "ravivar ravivaar raviwar raviwaar itvar itvaar itwar itwaar इतवार",
)  # fmt: skip
_MONTHS_OTHERWISE = (
    "janvari janwari", "farvari farwari फरबरी", "मार्च", "aprail", "mai", "joon", "julai जुलाइ", "agast",
    "sitambar सितम्बर",
    "aktubar aktoobar अक्तूबर", "navambar नवम्बर", "disambar दिसम्बर",
)  # fmt: skip

_PHRASES = {
    "आज aaj aj": "r0", "कल kal kl": "r1", "परसों परसो parson parso parsoon": "r2", "नरसों narson tarson": "r3",
    "सुबह सवेरे सुबे प्रातः subah subeh subha savere": "s0", "तड़के tadke": "s0",
    "दोपहर dopahar dopehar dopher duphar": "s1", "शाम संध्या shaam sham shyam": "s2", "रात raat": "s3",
    "अगले अगला अगली agle agla agli": "N", "अगले_से_अगले agle_se_agle": "P", "इस": "T",
    "आने_वाले आनेवाले aane_wale aanewale aane_vale": "C",
    "पिछले पिछला pichle pichla": "L", "हफ्ते हफ्ता हफ्तों सप्ताह hafte hafta hafton saptah": "k7",
    "महीने महीना महीनों माह mahine mahina mahino": "m", "साल वर्ष saal": "y", "दिन दिनों din dino": "d",
    "घंटे घंटा घंटों ghante ghanta": "h", "मिनट minat": "i", "बाद के_बाद baad ke_baad": "A",
    "पहले से_पहले pehle se_pehle": "B", "तारीख तारीख़ tareekh tarikh tareek": "E",
    "बजे baje bje बजा": "c", "बजकर बजके bajkar bajke": "j", "बजने_में bajne_mein bajne_me": "J",
    "साढे साड़े sadhe saadhe sade saade": "f30", "सवा sava sawa": "f15", "पौने paune pone pauna": "f-15",
    "डेढ dedh deadh": "D90", "ढाई अढाई dhai dhaai adhai": "D150", "आधे aadhe": "H",
    "या ya और aur": "b", "नहीं नही nahi nahin nai मत mat": "U", "हर har हररोज": "U", "एएम ए_एम": "x0",
    "पीएम पी_एम": "x1",
    "के_अंत अंत ke_ant ke_end आखिर ke_aakhir ke_akhir": "e2", "की_शुरुआत शुरुआत ki_shuruaat ke_shuru शुरू": "e0",
    "बीच ke_beech": "e1",  "पहली pehli": "o1", "दूसरी dusri doosri": "o2", "तीसरी teesri tisri": "o3",
    "वीकेंड": "K", "मॉर्निंग": "s0", "आफ्टरनून": "s1", "इवनिंग": "s2", "टुमॉरो टुमारो": "r1", "टुडे": "r0",
    "नेक्स्ट": "N",
    "मंडे": "w0", "ट्यूज़डे ट्यूसडे": "w1", "वेडनेसडे वेन्सडे": "w2", "थर्सडे": "w3", "फ्राइडे": "w4",
    "सैटरडे सेटरडे": "w5", "संडे": "w6",
    "आधी_रात aadhi_raat": "V0", "is_hafte is_saptah": "T k7", "is_mahine": "T m",
    **{f"is_{day}": f"T w{number}" for number, days in enumerate(_WEEKDAYS_OTHERWISE) for day in days.split()[:4]},
}  # fmt: skip

FILLERS = frozenset("को ko का की के ka ki ke me mein में पर par जी ji तो haan हाँ हां वाले wale ही hi करीब लगभग".split())

IN_CONTEXT = frozenset("do teen tin che char das bees tees sat".split())
"""Latin spellings that are English words: numbers before a Hindi unit, after a fraction, or where Hindi is spoken."""
UNITS = frozenset(
    "baje bajkar bajke bajne din dino hafte hafta hafton mahine mahina tareekh tarikh ghante ghanta minat "
    "minute june july "
    "august september october november december january february april".split()
)
FRACTIONS = frozenset("sadhe saadhe sade saade sava sawa paune pone".split())
SPOKEN: Lexicon = {"sat": (Token("n", 7, "sat"),), "is": (Token("T", 0, "is"),)}
"""What Latin words are where Hindi is known to be spoken."""


def plain(text: str) -> str:
    """Text with the spellings of Devanagari made one: without dots, with one sign for nasals."""
    decomposed = unicodedata.normalize("NFD", text.casefold()).replace("\u093c", "").replace("\u0901", "\u0902")
    return unicodedata.normalize("NFC", decomposed)


def _lexicon() -> Lexicon:
    found: dict[str, tuple[Token, ...]] = {}

    def add(words: str, spec: str) -> None:
        for word in words.split():
            key = plain(word.replace("_", " "))
            found[key] = tokens(spec, key)

    for number, word in enumerate(NUMBERS, 1):
        add(word, f"n{number}")
    for number, words in _NUMBERS_OTHERWISE.items():
        add(words, f"n{number}")
    for number, (word, others) in enumerate(zip(WEEKDAYS, _WEEKDAYS_OTHERWISE, strict=True)):
        add(f"{word} {others}", f"w{number}")
    for number, (word, others) in enumerate(zip(MONTHS, _MONTHS_OTHERWISE, strict=True), 1):
        add(f"{word} {others}", f"M{number}")
    for words, spec in _PHRASES.items():
        add(words, spec)
    return found


LEXICON: Lexicon = _lexicon()
