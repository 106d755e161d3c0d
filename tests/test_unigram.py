"""The default encoder's tokens, held to those of `tokenizers` on the same folder."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from conftest import SHIPPED
from duanci.config import load_settings
from duanci.packed import PIECES
from duanci.unigram import Unigram
from duanci.weights import model_folder

TEXTS = [
    "",
    " ",
    "▁▁",
    "企業之間缺乏信任會給集群化造成困難。",
    "The third presentation discussed the case of Nnewi, a small town in eastern Nigeria.",
    "La troisième présentation portait sur l’exemple de Nnewi, où l’on produit 80 % des pièces.",
    "¿Por qué la tercera ponencia examinó el caso de Nnewi, una pequeña ciudad?",
    "Малые и средние предприятия развивающихся стран",
    "مشاريع صغيرة ومتوسطة الحجم في البلدان النامية، ٢٥٪",
    "ﷺ ㍿ ① ⅷ ½ ﬁ ｶﾞ が 가 Ａ１！ e\u0301 é x\u0301\u0302\u0303",
    "👩‍👩‍👧 🇨🇳 ❤️ 𠮷野家 \U0010fffd",
    "a\x00b\x07c\u200bd\ufeffe\u00adf\u2028g\u0085h\ti\r\nj   k\u3000l",
    "<s>a</s> <pad>b<mask><unk>",
    "＜s＞ <S> < s> ﹤unk﹥",
    "哈" * 600,
]
SPICE = [*"▁\u200b\u0301\t\n\x00…½Ａ①", "<s>", "<unk>", "＜s＞", "  ", "👩‍👧", "ﷺ", "مر", "Привет "]


@pytest.fixture(scope="module")
def folder() -> Path:
    return model_folder(load_settings().cache, lambda line: None)


@pytest.fixture(scope="module")
def expected(folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def _check(texts: Iterator[str], unigram: Unigram, expected: Tokenizer) -> int:
    count = 0
    for count, text in enumerate(texts, 1):  # noqa: B007
        ids, offsets = unigram.tokenize(text)
        theirs = expected.encode(text)
        assert (ids, offsets.tolist()) == (theirs.ids, [[*span] for span in theirs.offsets]), text
    return count


@pytest.mark.model
def test_tokens_and_offsets_of_texts(folder: Path, expected: Tokenizer) -> None:
    lines = SHIPPED.read_text("utf-8").split("\n")
    texts = [*TEXTS, *lines, "\n".join(lines), *(f"query: {text}" for text in TEXTS)]
    assert _check(iter(texts), Unigram(folder), expected) == len(texts)


@pytest.mark.model
def test_tokens_and_offsets_of_random_texts(folder: Path, expected: Tokenizer) -> None:
    assert _check(_random_texts(folder), Unigram(folder), expected) == 10_000


def _random_texts(folder: Path) -> Iterator[str]:
    """Give characters of all planes, pieces in any order, repetitions, and texts with oddities."""
    chance = random.Random(7)
    pieces = [line.split(" ")[0] for line in (folder / PIECES).read_text("utf-8").split("\n")[:-1]]
    lines = SHIPPED.read_text("utf-8").split("\n")
    for _ in range(2500):
        highest = chance.choice([0x80, 0x250, 0x3000, 0xD7FF, 0x20000, 0x10FFFF])
        codes = (chance.randint(0, highest) for _ in range(chance.randint(0, 60)))
        yield "".join(chr(code) for code in codes if not 0xD800 <= code < 0xE000)
        picked = "".join(chance.choices(pieces, k=chance.randint(1, 12)))
        yield picked.replace("▁", chance.choice([" ", "▁", ""]))
        yield chance.choice(pieces)[:3] * chance.randint(2, 40)
        spiced = [*chance.choice(lines)[:80]]
        for _ in range(chance.randint(1, 8)):
            spiced.insert(chance.randint(0, len(spiced)), chance.choice(SPICE))
        yield "".join(spiced)
