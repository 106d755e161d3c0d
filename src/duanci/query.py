"""A question as it is asked of an index: encoded, segmented, and in the reports' own names."""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from duanci.bodies import rename
from duanci.chunking import Encoded
from duanci.countries import Named, han_names, spell_in_letters
from duanci.encoder import Encoder
from duanci.index import Index
from duanci.interaction import Asking, make_asking
from duanci.items import PLACE
from duanci.languages import Language, language_of
from duanci.leaning import is_vague, points_to_place
from duanci.lexicon import Asked
from duanci.lines import has_han
from duanci.names import foreign_names, has_all, places, years
from duanci.segment import content_words, fold, own_words, simplify, words
from duanci.tokens import unit_rows
from duanci.topic import ask_plainly
from duanci.translation import asked_words

Scores = NDArray[np.float32]

_ENCODING = ThreadPoolExecutor(4)  # encodes so many questions at once, beside what else is done
_USUAL = 10  # paragraphs: what so many name may go without saying in others
_LOOKED_AT = 200  # pieces of text that are looked at for them
_ASKS = re.compile("谁|怎|如何|为何|多少|几|何时|何地|吗|是否|(?<!是)什么(?![是叫])")
_ASKS_WHAT_IS_SAID = re.compile("[说讲谈]了?(?:些|的)?什么")
_COUNT = re.compile(r"[一两二三四五六七八九十百\d]+[个次项条位家种届点]")  # as a word: 两次
_CONTEXT = 2  # tokens: so many of a question count as much as all that it leans on
_MEANT_BEFORE = 1 / 3  # what each of its words counts that is translated, beside one of its own
_WORDS_BEFORE = 0.25  # what the words of that weigh together beside its own, by rarity


@dataclass(frozen=True, slots=True)
class Encoding:
    """The tokens of a question, and of the context that it leans on.

    `asking` are the tokens as they meet others, and `is_own` bool (t,) tells which are its own.
    `weights` float32 (t,), adding up to 1, is what each of them counts, and `own` what it counts
    without the context, and without names that were exchanged, of a question in another language:
    these are sure to match, and tell nothing of the answer.
    """

    encoded: Encoded
    asking: Asking
    is_own: NDArray[np.bool_]
    weights: Scores
    own: Scores


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it is asked of an index.

    `text` is the question, asked plainly. `named` is this text, simplified, with international
    bodies called as the reports call them. `places` are those that it names, countries by their
    Chinese names, or, if `is_pointed_to`, the one that 那里 stands for. `encoding` waits for its
    tokens, which are encoded beside what is done with its words, and gives them, as `weigh` centres
    them by `mean` float32 (d,), that of the tokens that they are to meet.

    `asked` are the words that BM25 looks for, with the content words; `meant` those that are
    translated, its own and the context's, and `meant_weights` float32 (m,), adding up to 1, what
    each of them counts; `seen` in [0, 1] is the share of the content words, by rarity, that occur
    in the index at all: near 0 in another language. `terms` are the words of a question that is no
    more than a topic, each with its rarity; none of any other. `pinned` are the countries among
    `places`, or what 那里 stands for, and the years of the question, but for what much of the
    index is about: it goes without saying there.
    """

    text: str
    named: str
    places: tuple[Named, ...]
    is_pointed_to: bool
    mean: Scores
    weigh: Callable[[Scores], Encoding]
    encoding: Callable[[], Encoding]
    asked: Asked
    meant: tuple[str, ...]
    meant_weights: Scores
    seen: float
    terms: tuple[tuple[str, float], ...]
    pinned: tuple[Named, ...]

    def centred_by(self, mean: Scores) -> "Query":
        """Return the question as its tokens meet others whose mean is another, float32 (d,)."""
        if mean is self.mean:
            return self
        return replace(self, mean=mean, encoding=cache(partial(self.weigh, mean)))

    @property
    def leans(self) -> bool:
        """Whether some of its tokens are of a context."""
        return not self.encoding().is_own.all()


def make_query(question: str, index: Index, encoder: Encoder, context: str = "") -> Query:
    """Begin to encode a question, and segment it, together with the context that it leans on."""
    plain = ask_plainly(question)
    is_topic = plain != question and has_han(plain)
    question, earlier = plain, context
    (named, exchanged), (context, _) = (
        _name(simplify(text), index) for text in (question, context)
    )
    before = f"{context} " if context else ""
    encoded = _ENCODING.submit(encoder.encode_question, before + named)
    content = tuple(content_words(named))
    rarity = index.words.rarity(content)
    known = np.array([index.words.has(word) for word in content], dtype=bool)
    seen = float(rarity[known].sum() / rarity.sum()) if len(content) else 0.0
    placed, is_pointed_to = _places(named if has_han(question) else question, earlier)
    found = [*(one for one in placed if is_pointed_to or one[0] in han_names()), *years(named)]
    pinned = tuple(one for one in found if not _is_usual(one, index))
    terms = () if context else _terms(named, is_topic, index)
    meant, meant_weights = _mean(named, language_of(question), context)
    left_out = [(-len(before), 0)] if before else []
    if not has_han(question):
        left_out += exchanged

    def weigh(mean: Scores) -> Encoding:
        return _weigh(encoded.result(), len(before), left_out, mean)

    return Query(
        text=question,
        named=named,
        places=placed,
        is_pointed_to=is_pointed_to,
        mean=index.mean_token,
        weigh=weigh,
        encoding=cache(partial(weigh, index.mean_token)),
        asked=Asked(_count(named, context, index), content, rarity),
        meant=meant,
        meant_weights=meant_weights,
        seen=seen,
        terms=terms,
        pinned=pinned,
    )


def _places(question: str, context: str) -> tuple[tuple[Named, ...], bool]:
    """List the places of a question; of one that points to a place, the only one of its context.

    Or the only name, where a place is none that is known: 恩内维.

    :param question: a text in one script: Chinese names in another language are not found.
    :return: the places, and whether they are of the context.
    """
    found = places(question)
    if found or not context or not points_to_place(question):
        return tuple(found), False
    context = simplify(context)
    there = list(dict.fromkeys(places(context) or foreign_names(context)))
    return (tuple(there), True) if len(there) == 1 else ((), False)


def _terms(question: str, is_topic: bool, index: Index) -> tuple[tuple[str, float], ...]:
    """List the words of a topic; of a question that is one or two words side by side, these as one.

    谁来自比利时 and 怎样提高效率 have two words too, but ask for something about them. Where it
    asks what somebody said (挪威专家说了什么), they are those of a topic. 第二项 is a place in
    a list, 两次 and 后来 are of anything: no words of its own.

    :return: each with its rarity.
    """
    own = [
        word
        for word in own_words(question)
        if not (PLACE.fullmatch(word) or _COUNT.fullmatch(word) or is_vague(word))
    ]
    joined, is_short = "".join(own), len(own) <= 2
    if is_short and joined in fold(question) and (is_topic or not _ASKS.search(question)):
        return ((joined, 1.0),) if own else ()
    if not is_topic and not (is_short and _ASKS_WHAT_IS_SAID.search(question)):
        return ()
    return tuple(zip(own, index.words.rarity(own).tolist(), strict=True))


def _is_usual(named: Named, index: Index) -> bool:
    """Tell whether many paragraphs name a thing."""
    rows = {int(row) for own in _spelt(named) for row in index.rows_with(own, _LOOKED_AT)}
    having = (row for row in sorted(rows) if has_all(index.paragraphs[row], [named]))
    return len(list(islice(having, _USUAL))) == _USUAL


@lru_cache(maxsize=256)
def _spelt(named: Named) -> list[list[str]]:
    """Return the words of each name of a thing, and of those that a country has in letters."""
    return [words(name) for name in (*named, *spell_in_letters(named[0]))]


def _name(question: str, index: Index) -> tuple[str, list[tuple[int, int]]]:
    """Call the international bodies of a question as the reports of an index do; see `rename`."""

    def rarity(name: str) -> float | None:
        own = words(name)
        if not all(map(index.words.has, own)):
            return None
        return float(index.words.rarity(own).max())

    return rename(question, rarity)


def _weigh(
    encoded: Encoded, begins: int, left_out: Sequence[tuple[int, int]], mean: Scores
) -> Encoding:
    """Weigh the tokens of a question, its own against those of its context.

    :param begins: where the question begins in what was encoded.
    :param left_out: [start, end) offsets, from there on, of what tells nothing of the answer.
    :param mean: float32 (d,), of all tokens.
    """
    is_own = encoded.spans[:, 1] > begins  # a token may begin with the blank before its word
    counts = np.where(is_own, 1, _CONTEXT / max((~is_own).sum(), 1))
    weights = np.asarray(counts / max(counts.sum(), 1e-9), dtype=np.float32)
    own = _without(weights, encoded.spans - begins, left_out) if left_out else weights
    asking = make_asking(unit_rows(encoded.tokens), mean)
    return Encoding(encoded, asking, is_own, weights, own)


def _without(weights: Scores, spans: NDArray[np.int64], parts: Sequence[tuple[int, int]]) -> Scores:
    """Return the weights of tokens without those of some parts of what was encoded.

    :param spans: int64 (t, 2), the [start, end) offsets of each token.
    :param parts: [start, end) offsets; where nothing else is left, all tokens count.
    """
    rest = weights.copy()
    for start, end in parts:
        rest[(spans[:, 0] < end) & (spans[:, 1] > start)] = 0
    return rest / rest.sum() if rest.any() else weights


def _mean(question: str, language: Language, context: str) -> tuple[tuple[str, ...], Scores]:
    """Return the words of a question, and of its context, that are translated, and their weights.

    :param language: of both, in which names may be in another.
    """
    own, before = asked_words(question, language), asked_words(context, language)
    weights = np.repeat([1.0, _MEANT_BEFORE], [len(own), len(before)])
    return (*own, *before), (weights / max(weights.sum(), 1e-9)).astype(np.float32)


def _count(question: str, context: str, index: Index) -> list[tuple[list[str], float]]:
    """Return the words of a question, and of its context, which count less, for `Asked`."""
    asked, before = words(question), words(context)
    if not before:
        return [(asked, 1.0)]
    heaviness = index.words.rarity(before).sum() / max(index.words.rarity(asked).sum(), 1e-9)
    return [(asked, 1.0), (before, _WORDS_BEFORE / max(float(heaviness), 1e-9))]
