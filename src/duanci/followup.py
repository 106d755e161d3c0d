"""What a question means after those before it: `understand`.

One that leans on them is asked with them, or as the one before it with another name in the place
of its own. Told by the words alone; no language model.
"""

import re
from collections.abc import Sequence

from duanci.bodies import find_bodies
from duanci.countries import find_in_letters, han_names
from duanci.leaning import ASKING, OPENING, asks, is_vague, leans
from duanci.lines import has_han
from duanci.names import places, years
from duanci.segment import simplify, tagged
from duanci.topic import ask_plainly

_ANOTHER = re.compile(
    r"(?:那么?|还有|另外)?[，,]?(?![这那此其它他她该])[^，,。？?里儿边]{2,12}呢[？?。！!\s]*$"
    r"|¿?\s*(?:and|what about|how about|et|y|а|и|وماذا عن|ماذا عن)\s+"
    r"(?!(?:it|they|them|that|there|this)\b)\w[\w' ]{2,30}[?؟\s]*$",
    re.IGNORECASE,
)
_OF_SOMETHING = re.compile(r"的|\b(?:of|de|du|des|del|in)\b|'s\b")
_ARTICLE = r"(?:(?:the|el|la|los|las|le|les)\b|l['’])"
_OF = r"(?:of|from|in|de|del|du|des|la|las|los|les|the|en|au|aux)"
_LINKING = frozenset(
    "in the of for at from le la les l en au aux de du des d dans pour el los las del al "
    "в во на о об у для".split()
)


def understand(question: str, history: Sequence[str]) -> tuple[str, str]:
    """Return a question as it is meant, and what of a conversation it leans on.

    那挪威呢？ after 丹麦的网络花了多少钱？ is 挪威的网络花了多少钱？, and 那挪威的渔船呢？ is
    挪威的渔船花了多少钱？; they lean on nothing more. 那挪威呢？ after 丹麦和瑞典……？ leans on
    the question as it is. A question that the context itself leaned on belongs to it.

    :param history: earlier questions, oldest first.
    :return: the context is "" where the question stands alone.
    """
    if not history or not leans(question):
        return question, ""
    earlier, before = understand(history[-1], history[:-1])
    exchanged = None if before else _exchange(question, earlier)
    if exchanged:
        return exchanged
    plain = ask_plainly(earlier)
    if plain != earlier and _names_another(question, plain):
        return question, ""
    return question, f"{before} {plain}".strip()


def _exchange(question: str, earlier: str) -> tuple[str, str] | None:
    """Understand a question that names another place, year or body than the one before it.

    :return: as `understand`: the earlier question with that name, or with what is of that name,
        where this one has nothing else; or this one, and the earlier one without its own. None
        where either has not just one.
    """
    plain, earlier = simplify(question).strip(), simplify(earlier)
    if has_han(plain) != has_han(earlier) or not _ANOTHER.match(plain):
        return None
    named = list(_named(plain).items())
    if len(named) != 1:
        return None
    name, kind = named[0]
    same = [other for other, of in _named(earlier).items() if of == kind]
    if len(same) != 1 or same[0] == name:
        return None
    if _adds_nothing(plain.replace(name, " "), earlier):
        return earlier.replace(same[0], name), ""
    theirs, own = _of_name(earlier, same[0]), _of_name(plain, name)
    if theirs and own and _adds_nothing(plain.replace(own, " "), earlier):
        return earlier.replace(theirs, own), ""
    return question, re.sub(rf" ?{re.escape(same[0])}的?", "", earlier)


def _of_name(text: str, name: str) -> str:
    """Return the thing or the person that is of a name, with it: 挪威的渔船, el experto de Chile.

    :return: "" where nothing is.
    """
    if not has_han(text):
        found = re.search(rf"(?:\b{_ARTICLE}\s*)?\w+\s+(?:{_OF}\s+)+{re.escape(name)}\b", text)
        return found[0] if found else ""
    start = text.index(name)
    end = after = start + len(name)
    for word, tag in tagged(text[end:]):
        after += len(word)
        if tag.startswith("n"):
            end = after
        elif word != "的" or end > start + len(name):
            break
    return text[start:end] if end > start + len(name) else ""


def _named(text: str) -> dict[str, str]:
    """Find the places, years and bodies that a text names, as written there, with their kinds."""
    found = dict.fromkeys(find_bodies(text), "body")
    found |= {year: "year" for (year,) in years(text)}
    if not has_han(text):
        return found | {text[place]: "country" for place, _ in find_in_letters(text)}
    for names in places(text):
        kind = "country" if names[0] in han_names() else "place"
        found |= {name: kind for name in names if name in text}
    return found


def _adds_nothing(rest: str, earlier: str) -> bool:
    """Tell whether what a question has beside a name asks for nothing, or is in the earlier one."""
    if has_han(earlier):
        words = [word for word, _ in tagged(rest) if re.match(r"[^\W_]", word)]
        return all(word in earlier or (is_vague(word) and not asks(word)) for word in words)
    said = set(re.findall(r"\w+", earlier.casefold())) - ASKING | _LINKING
    return said.issuperset(re.findall(r"\w+", OPENING.sub("", rest.casefold())))


def _names_another(question: str, topic: str) -> bool:
    """Tell whether a question puts a topic of its own in the place of the one before it.

    关于税收的内容有哪些？ and 那领导作用呢？: nothing of the first is left in the second. But
    那新加坡呢？ after 墨西哥的经验如何？ asks for 经验 too.
    """
    return not _OF_SOMETHING.search(topic) and _ANOTHER.match(question.strip()) is not None
