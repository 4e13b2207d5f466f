"""Words to write texts with: common ones by hand in order of rank, and syllables for the rest.

Real text in the sense that matters here: a few words stand everywhere, most words hardly ever.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Vocabulary:
    """What one language is written with."""

    name: str
    common: str
    onsets: str
    rhymes: str
    headings: str
    refrains: tuple[str, ...]
    gap: str = " "
    stops: str = ". . . . . ! ?"
    comma: str = ", "
    quotes: str = "“”"
    syllables: tuple[int, int] = (1, 4)


VOCABULARIES = (
    Vocabulary(
        "English",
        "the of and to in a is that for on with as it by be are this was from have at which not or"
        " an has will they their been were all we our shall may its who such more than other into"
        " people law country state public order article member right government national court"
        " year any no under if when there these must would citizens security council work time",
        "b br c ch d f fl g gr h j k l m n p pl pr qu r s sh st t tr v w",
        "a ade al an and ard ate e ear ect ell en er ess est ic ide ight ill in ing ion ite ive o"
        " old on ood ore ound our ow u ule ure",
        "Chapter Section Article Part Annex",
        ("Thank you.", "The motion was put to the vote and agreed to.", "(Applause.)"),
    ),
    Vocabulary(
        "Russian",
        "и в на не с что по для как к это из от за о мы все но же или их был его при также году"
        " так может быть только если народ закон страна государство право граждане порядок власть"
        " должны которые наша этого после через между было более того без под нет да",
        "б бр в г гр д ж з к кр л м н п пр р с ст т тр ф х ц ч ш",
        "а ая ание е ение ей ем и ие ий ик ия о ов ой ом ость от у ует ь ы ый ять ёт",
        "Глава Раздел Статья Часть Приложение",
        ("Спасибо.", "Предложение ставится на голосование и принимается.", "(Аплодисменты.)"),
        quotes="«»",
    ),
    Vocabulary(
        "Kazakh",
        "және бұл мен үшін бір деп бойынша біз барлық осы ол қазақстан мемлекет халық заң ел"
        " бар жоқ керек болады туралы арқылы кейін дейін өз сол еді оның біздің жаңа үлкен азамат",
        "б д ж з к қ л м н п р с т ш ғ г й",
        "а ан ар ас ау е ен ер ес і ін ір ік о он ұ ұл ү үн ө өз ы ың ыр ық ә әр",
        "Тарау Бөлім Бап Қосымша",
        ("Рақмет.", "Ұсыныс дауысқа қойылып, қабылданды.", "(Қол шапалақтау.)"),
        quotes="«»",
    ),
    Vocabulary(
        "German",
        "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es"
        " an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen"
        " so zum haben nur oder aber vor zur bis mehr durch Gesetz Bürger Staat Recht Ordnung",
        "b br d dr f fr g gr h k kl l m n p r s sch st t tr v w z",
        "a ä ag and ang ä ät e eit el en er ern est ich ie ig ing o ö ör ung ü ür uß u und",
        "Kapitel Abschnitt Artikel Teil Anhang",
        ("Danke.", "Der Antrag wird zur Abstimmung gestellt und angenommen.", "(Beifall.)"),
        quotes="„“",
        syllables=(1, 5),
    ),
    Vocabulary(
        "Vietnamese",
        "và của là có được cho trong các một những với không người này đã đến ở khi để như về"
        " tại theo từ cũng nhà nước pháp luật công dân quyền phải ra làm trên sẽ lại năm nhân",
        "b c ch d đ g h kh l m n ng nh ph qu r s t th tr v x",
        "a á à ả ạ an ấn ầu ẩm ậy ân e ế ề ển ệt i í ìn o ó ò ỏ ọ ôn ố ồ ộc ơ ớ ờ ợp u ú ủ ư ứ ừ",
        "Chương Mục Điều Phần",
        ("Xin cảm ơn.", "Đề nghị được đưa ra biểu quyết và thông qua.", "(Vỗ tay.)"),
        syllables=(1, 1),
    ),
    Vocabulary(
        "Arabic",
        "في من على إلى أن هذا التي الذي عن مع كان ما لا هو كل بين قد ذلك بعد كما هذه أو الدولة"
        " القانون الشعب المواطنين حق نظام عام وقد ولا عند حتى ثم أي غير",
        "ب ت ج ح خ د ر ز س ش ص ط ع غ ف ق ك ل م ن ه و ي أ",
        "ا ار ال ام ان ة َ ِ ُ ي ين ون ات د ر ل م ن يم ير ول",
        "الفصل الباب المادة القسم",
        ("شكرا لكم.", "طُرح الاقتراح للتصويت وتمت الموافقة عليه.", "(تصفيق.)"),
        stops=". . . . ! ؟",
        comma="، ",
        quotes="«»",
    ),
    Vocabulary(
        "Hebrew",
        "של את על לא כי זה הוא עם אל גם או כל היה אני מה יש אם היא אין רק בין אך עד לפי חוק"
        " המדינה העם אזרחים זכות סדר ציבור כאשר אשר לכן אחרי שנה הזה",
        "א ב ג ד ה ו ז ח ט י כ ל מ נ ס ע פ צ ק ר ש ת",
        "ה ות ים ן ר ל ת י ון ית ם ד ב ָה ֵי ִים וֹת",
        "פרק סעיף חלק נספח",
        ("תודה רבה.", "ההצעה הועמדה להצבעה והתקבלה.", "(מחיאות כפיים.)"),
    ),
    Vocabulary(
        "Chinese",
        "的 是 在 了 和 有 我们 人民 国家 不 这 为 他 以 中 上 法律 对 公民 会 要 就 与 说 可以"
        " 必须 应当 社会 发展 安全 政府 秩序 一个 没有 问题 工作",
        "经 历 史 文 化 教 育 科 技 农 业 工 商 市 场 民 主 权 利 义 务 军 队 警 察 城 乡",
        "展 进 行 理 论 作 为 成 功 能 力 量 度 制 定 规 划 面 向 前 后 内 外 大 小 新 旧",
        "第一章 第二章 第三章 附则",
        ("谢谢大家。", "该动议付诸表决，获得通过。", "（掌声。）"),
        gap="",
        stops="。 。 。 。 ！ ？",
        comma="，",
        syllables=(1, 2),
    ),
    Vocabulary(
        "Japanese",
        "の は に を た が で て と し な も する こと ある いる から この その これ ため として"
        " ない という 国民 法律 国家 社会 権利 政府 について また できる われわれ",
        "経 歴 文 教 科 農 工 市 民 主 か さ た な は ま ら が ざ だ ば ぱ カ サ タ ナ ハ ガ ダ",
        "い う き く け し す ち つ ぎ ぐ げ じ ず ぶ べ ン ー ル ト ス 化 的 性 者 力 度 制",
        "第一章 第二章 第三章 附則",
        ("ありがとうございました。", "動議は採決に付され、可決された。", "（拍手）"),
        gap="",
        stops="。 。 。 。 ！ ？",
        comma="、",
        quotes="「」",
        syllables=(1, 2),
    ),
    Vocabulary(
        "Korean",
        "이 그 및 것 수 는 를 에서 있다 하는 대한 우리 국민 국가 법률 또는 모든 위하여 그리고"
        " 한다 없다 된다 정부 사회 권리 때문에 통하여 관한 따라 의하여",
        "가 나 다 라 마 바 사 아 자 차 카 타 하 고 노 도 로 모 보 소 오 조 기 니 시 이",
        "는 을 의 에 로 과 도 만 한 할 함 적 성 자 원 국 법 정 각 간 감 강 들 력 문",
        "제1장 제2장 제3장 부칙",
        ("감사합니다.", "동의안이 표결에 부쳐져 가결되었다.", "(박수)"),
        syllables=(1, 2),
    ),
    Vocabulary(
        "Hindi",
        "के में की है और से का को पर यह कि एक हैं ने इस भी नहीं तो ही या हो था लिए कर अपने साथ"
        " जो सभी कानून देश राज्य नागरिक जनता अधिकार सरकार द्वारा किया गया",
        "क ख ग घ च ज ट ड त द ध न प ब भ म य र ल व श स ह क़ ज़ ड़ फ़ प्र क्ष",
        "ा ि ी ु ू े ै ो ौ ं ान ाना िक ित ीय ता ने ों ें ्त",
        "अध्याय भाग अनुच्छेद परिशिष्ट",
        ("धन्यवाद।", "प्रस्ताव मतदान के लिए रखा गया और स्वीकृत हुआ।", "(तालियाँ)"),
        stops="। । । । ! ?",
    ),
    Vocabulary(
        "Thai",
        "ที่ และ ใน การ เป็น ของ ได้ มี ให้ ไม่ จะ ว่า กับ นี้ ต้อง ประชาชน กฎหมาย ประเทศ รัฐ สิทธิ"
        " โดย ตาม เพื่อ หรือ ทุก คน เรา ความ อย่าง แล้ว",
        "ก ข ค จ ช ด ต ท น บ ป พ ม ย ร ล ว ส ห อ กร ปร",
        "า าน าย ำ ิ ิน ี ีย ึก ือ ุ ูก ้า ่อ ้ว อง ัก ัน ั้น ็น",
        "หมวด ส่วน มาตรา ภาคผนวก",
        ("ขอบคุณครับ", "ญัตตินี้ได้รับการลงมติและเห็นชอบ", "(ปรบมือ)"),
        gap="",
        stops=". . . ! ?",
        comma=" ",
        syllables=(1, 3),
    ),
    Vocabulary(
        "Emoji",
        "the of and to in a is for on with 👍 it 🎉 we 👩‍👩‍👧‍👦 you our 🙏🏽 all not ❤️ they 🇰🇿"
        " people law 👨🏿‍⚖️ order 🏳️‍🌈 must say 😀 read text note margin 📝 who when",
        "b d f g k l m n p r s t v 𝒜 𝓑",
        "a al e en er i in o on u 🎈 🧑‍🚀 👋🏻",
        "Part Section Note",
        ("Thank you 🙏🏽.", "All agreed 👍👍🏿.", "👏👏👏"),
    ),
)
