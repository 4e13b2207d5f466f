"""Names that pass for another's: look-alike letters, mixed alphabets, names kept for the site.

The idea of a *skeleton*, the same for all strings that look alike, is that of Unicode Technical
Standard 39, section 4; the table here holds the letters of the alphabets people sign up with.
"""

import unicodedata

# The first words of the Unicode names of letters and marks that belong to no one script.
OF_ANY_SCRIPT = {"", "COMBINING", "MODIFIER", "VARIATION", "KATAKANA-HIRAGANA"}
# Scripts that are written together, as in Unicode Technical Standard 39, section 5.1.
WRITTEN_TOGETHER = [
    {"CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA"},
    {"CJK", "IDEOGRAPHIC", "HANGUL"},
    {"CJK", "IDEOGRAPHIC", "BOPOMOFO"},
]
# Latin; Cyrillic and Greek; Cherokee; Lisu.
LOOKALIKES = str.maketrans(
    {
        sign: letter
        for letter, signs in {
            "a": "ɑᴀаαᎪꓮ",
            "b": "ʙвβᏴꓐ",
            "c": "ᴄсᏟꓚ",
            "d": "ᴅđԁᎠꓓ",
            "e": "ᴇ3еεᎬꓰ",
            "f": "ꜰꓝ",
            "g": "ɡɢᏀꓖ",
            "h": "ʜħһнᎻꓧ",
            "j": "ᴊȷјᎫꓙ",
            "k": "ᴋкκᏦꓗ",
            "l": "iı1|ɩɪɨǀłʟіιӏᎥᏞꓡꓲ",
            "m": "ᴍмᎷꓟ",
            "n": "ɴꓠ",
            "o": "ᴏø0оοꓳ",
            "p": "ᴘрρᏢꓑ",
            "q": "ԛ",
            "r": "ʀᏒꓣ",
            "s": "ꜱ5ѕᏚꓢ",
            "t": "ᴛŧтτᎢꓔ",
            "u": "ᴜꓴ",
            "v": "ᴠνᏙꓦ",
            "w": "ᴡԝᎳꓪ",
            "x": "хχꓫ",
            "y": "ʏуүυᎽꓬ",
            "z": "ᴢᏃꓜ",
        }.items()
        for sign in signs
    }
)
FILLERS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and signs that show nothing
RESERVED_WORDS = [
    "abuse",
    "accounts",
    "admin",
    "administrator",
    "anonymous",
    "api",
    "deleted",
    "editor",
    "everybody",
    "everyone",
    "guest",
    "help",
    "info",
    "legal",
    "login",
    "mail",
    "me",
    "mod",
    "moderation",
    "moderator",
    "moderators",
    "nobody",
    "null",
    "official",
    "operator",
    "owner",
    "postil",
    "postmaster",
    "privacy",
    "removed",
    "reviewer",
    "root",
    "security",
    "settings",
    "staff",
    "superuser",
    "support",
    "sysadmin",
    "system",
    "team",
    "undefined",
    "webmaster",
    "админ",
    "администратор",
    "модератор",
    "редактор",
    "поддержка",
    "әкімші",
]
RESERVED_BEGINNINGS = [
    "admin",
    "administrator",
    "moderator",
    "postil",
    "админ",
    "администратор",
    "модератор",
    "әкімші",
]


def skeleton(name: str) -> str:
    """Return what is left of a name for the eye: two names that look alike have one skeleton."""
    plain = unicodedata.normalize("NFKD", name).casefold().translate(LOOKALIKES)
    letters = "".join(char for char in plain if char.isalnum() and char not in FILLERS)
    return letters.replace("rn", "m").replace("vv", "w")


def looks_blank(name: str) -> bool:
    """Whether the name shows no letter and no digit."""
    return not any(char.isalnum() and char not in FILLERS for char in name)


def mixes_alphabets(name: str) -> bool:
    """Whether a single word takes letters from two scripts, as imitations do.

    Scripts that are written together, such as the three of Japanese, count as one.
    """
    return any(
        len(scripts) > 1 and not any(scripts <= together for together in WRITTEN_TOGETHER)
        for scripts in map(_scripts, _words(name))
    )


def _words(name: str) -> list[str]:
    """Return the runs of letters, marks and digits; a mark on a letter does not end a word."""
    return "".join(" " if _parts_words(char) else char for char in name).split()


def _parts_words(char: str) -> bool:
    return unicodedata.category(char)[0] not in "LMN" and ord(char) not in LOOKALIKES


def _scripts(word: str) -> set[str]:
    """Return the scripts of the letters and marks, by the first words of their Unicode names."""
    letters = (char for char in word if unicodedata.category(char)[0] in "LM")
    return {unicodedata.name(char, "").split(" ")[0] for char in letters} - OF_ANY_SCRIPT


def is_reserved(name: str) -> bool:
    """Whether the name would seem to speak for the site.

    So do reserved words, also with a number behind, and what begins with the words for its staff
    and a sign after them, as in "admin-anna". Names of existing people are for the caller to ask.
    """
    words = _words(name)
    return (
        skeleton(name) in _RESERVED
        or skeleton(name.rstrip("0123456789._- ")) in _RESERVED
        or (len(words) > 1 and skeleton(words[0]) in _BEGINNINGS)
    )


_RESERVED = frozenset(skeleton(word) for word in RESERVED_WORDS)
_BEGINNINGS = frozenset(skeleton(word) for word in RESERVED_BEGINNINGS)
