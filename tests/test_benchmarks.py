"""The arithmetic of the benchmarks, by hand; what they measure is not measured here."""

import json
from collections import Counter
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from duanci.evaluate import Question
from duanci.postings import key_of
from duanci.report import read_report
from duanci.translation import Table

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def benchmark(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return import_module(request.param)


@pytest.mark.parametrize("benchmark", ["peers"], indirect=True)
def test_the_quickest_time_of_each_question_counts(benchmark: ModuleType) -> None:
    def visit(build: float, milliseconds: tuple[float, ...], others: float) -> object:
        ranked = (("2", "1"), ("2", "3"))
        return benchmark.Visit(build, 20.0, 5.0, 800.0, 500.0, 900.0, others, milliseconds, ranked)

    questions = [Question("a", ("1",)), Question("b", ("2",))]
    visits = [visit(10.0, (30.0, 50.0), 0.2), visit(12.0, (40.0, 20.0), 0.1)]
    found = benchmark.summarise(visits, questions)
    assert (found["build"], found["query_ms_p50"], found["others"]) == (10.0, 25.0, 0.2)
    assert (found["hit_at_1"], found["ndcg_at_10"]) == (0.5, 0.8155)  # (1 / log2(3) + 1) / 2


@pytest.mark.parametrize("benchmark", ["peers"], indirect=True)
def test_what_falls_short_of_a_peer_is_said(benchmark: ModuleType) -> None:
    own = {"build": 10.0, "query_ms_p50": 10.0, "hit_at_1": 0.9, "resident": 400.0}
    quick = {"build": 20.0, "query_ms_p50": 40.0, "hit_at_1": 0.8, "resident": 900.0}
    right = {"build": 90.0, "query_ms_p50": 90.0, "hit_at_1": 0.9, "resident": 800.0}
    assert benchmark.compare({"duanci": own, "quick": quick, "right": right}) == [
        "build: 2.00 x as fast as the quickest peer (FALLS SHORT of 2.5)",
        "question p50: 0.25 of the quickest peer's (met: 1/3)",
        "hit@1: +0.000 to the best peer's (FALLS SHORT of above)",
        "resident: 0.50 of the smallest peer's (met: 1/2)",
    ]


@pytest.mark.parametrize("benchmark", ["encode"], indirect=True)
def test_the_work_of_a_pass_is_counted_from_shapes(benchmark: ModuleType) -> None:
    config = {"hidden_size": 4, "intermediate_size": 8, "num_hidden_layers": 2}
    # a layer has 4 · 4 · 4 + 2 · 4 · 8 weights; two operations for each and token; attention 4 t² d
    assert benchmark.flops(config, [3]) == 2 * (2 * 128 * 3 + 4 * 9 * 4)
    assert benchmark.flops(config, [3, 1]) == benchmark.flops(config, [3]) + 2 * (256 + 16)


@pytest.mark.parametrize("benchmark", ["question_time"], indirect=True)
def test_a_stage_inside_another_counts_for_itself_alone(benchmark: ModuleType) -> None:
    ticks = iter([0.0, 1.0, 3.0, 6.0, 10.0, 20.0, 35.0])
    stopwatch = benchmark.Stopwatch(lambda: next(ticks))
    inner = stopwatch.wrap("BM25", lambda: "found")
    outer = stopwatch.wrap("quoting", inner)
    stopwatch.start()
    assert outer() == "found"
    spent = {stage: ms for stage, ms in stopwatch.stop().items() if ms}
    assert spent == {"quoting": 13000.0, "BM25": 4000.0, "all else": 17000.0}


def test_written_questions_are_well_formed() -> None:
    lines = (BENCHMARKS / "written.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert Counter(row["kind"] for row in rows) == {"paraphrase": 360, "foreign": 360, "near": 543}
    assert {row["lang"] for row in rows if row["kind"] == "paraphrase"} == {"zh"}
    foreign = Counter(row["lang"] for row in rows if row["kind"] == "foreign")
    assert sorted(foreign) == ["ar", "en", "es", "fr", "ru"]
    assert min(foreign.values()) >= 68
    assert len({row["q"] for row in rows}) == len(rows)
    for row in rows:
        assert ("answer" in row) == (row["kind"] != "near"), row
        start, end = row.get("answer", (0, 1))
        assert 0 <= start < end, row


REPORTS = sorted((BENCHMARKS / "reports").glob("*.txt"))


def test_there_are_eight_invented_reports_and_each_has_its_questions() -> None:
    assert len(REPORTS) == 8
    assert sorted((BENCHMARKS / "reports").glob("*.jsonl")) == [
        file.with_suffix(".jsonl") for file in REPORTS
    ]


@pytest.mark.parametrize("file", REPORTS, ids=lambda file: file.stem)
def test_questions_on_an_invented_report_are_well_formed(file: Path) -> None:
    parsed = read_report(file)
    assert parsed.findings == ()
    texts = {paragraph.id: paragraph.text for paragraph in parsed.report.paragraphs}
    lines = file.with_suffix(".jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert Counter(row["kind"] for row in rows) == {
        "fact": 16, "list": 6, "paraphrase": 24, "term": 4, "foreign": 30, "traditional": 4,
        "follow-up": 28, "near": 44, "near follow-up": 18,
    }  # fmt: skip
    foreign = Counter(row["lang"] for row in rows if row["kind"] == "foreign")
    assert foreign == dict.fromkeys(["ar", "en", "es", "fr", "ru"], 6)
    asked = [tuple(row.get("turns", [row.get("q")])) for row in rows]
    assert len(set(asked)) == len(asked)
    for row in rows:
        if row["kind"].startswith("near"):
            assert (row["gold"], row["about"] in texts) == ([], True), row
        else:
            assert row["gold"] and texts.keys() >= set(row["gold"]), row
            assert row["answer"] in texts[row["gold"][0]], row


@pytest.mark.parametrize("benchmark", ["reports"], indirect=True)
def test_questions_that_stand_alone_are_asked_after_another(benchmark: ModuleType) -> None:
    asked = [Question("a", ("1",)), Question("b", ("2",)), Question("c", ("3",), turns=("b",))]
    found = benchmark.after_another(asked)
    assert [(one.text, one.turns) for one in found] == [("a", ("b",)), ("b", ("a",))]


@pytest.mark.parametrize("benchmark", ["fit_adapter"], indirect=True)
def test_what_is_learned_from_is_scored_as_it_is_ranked(benchmark: ModuleType) -> None:
    import torch

    sentence, are = torch.tensor([0, 1, 1, 2]), torch.tensor([True, True, False, True])
    paragraph = benchmark.Text([1, 2, 3, 4], are, sentence, False)
    tokens = torch.tensor([[[1.0, 0.0], [0.6, 0.8], [1.0, 1.0], [0.0, 1.0]]])
    met = benchmark.part(tokens, [paragraph])
    asking, asks = torch.eye(2)[None], torch.tensor([[True, True]])
    # the best two sentences are the first, (1 + 0.8) / 2; in all of it both tokens are met
    (score,) = benchmark.meet(asking, asks, met)[0].tolist()
    assert score == pytest.approx(0.27 * 1.0 + 0.73 * 0.9)


@pytest.mark.parametrize("benchmark", ["fit_translation"], indirect=True)
def test_words_that_are_asked_where_others_are_said_are_translated_by_them(
    benchmark: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark, "_LEAST", 0.002)  # of so few words each is often asked
    said = [["", "企业家", "工厂"], ["", "企业家", "港口"], ["", "工厂", "港口"]]
    asked = [["老板", "小厂"], ["老板", "码头"], ["小厂", "码头"]]
    pairs = [*zip(asked, said, strict=True), (["entre"], ["企业家"])]
    table = Table(**benchmark.fit([pair for pair in pairs for _ in range(9)]))
    keys = {key_of(word): word for word in ("企业家", "工厂", "港口")}
    best = {}
    for word in ("老板", "小厂", "码头", "entre"):
        found = table.translate([word])
        best[word] = keys[int(table.said[found.targets[found.odds.argmax()]])]
    assert best == {"老板": "企业家", "小厂": "工厂", "码头": "港口", "entre": "企业家"}


@pytest.mark.parametrize("benchmark", ["fit_translation"], indirect=True)
@pytest.mark.parametrize(
    ("name", "fields", "lines"), [("thesaurus", 2, 25724), ("glossary", 6, 18678)]
)
def test_lists_of_words_are_well_formed(
    benchmark: ModuleType, name: str, fields: int, lines: int
) -> None:
    text = (benchmark.HERE / "words" / f"{name}.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines()]
    assert len(rows) == lines
    assert {len(row) for row in rows} == {fields}
    words = [row[0] for row in rows]
    assert words == sorted(set(words))


@pytest.mark.parametrize("benchmark", ["fit_refusal"], indirect=True)
@pytest.mark.parametrize(
    ("folder", "reports", "paragraphs", "counts"),
    [
        ("refusal", 16, 30, (1439, 480, 959, 1909)),
        ("refusal/languages", 8, 32, (512, 512, 512, 1024)),
    ],
)
def test_reports_for_refusal_have_questions_of_all_kinds(
    benchmark: ModuleType, folder: str, reports: int, paragraphs: int, counts: tuple[int, ...]
) -> None:
    libraries = benchmark.read_texts(BENCHMARKS / folder)
    assert [len(one.contexts) for one in libraries] == [paragraphs] * reports
    kinds = Counter(asked.kind for one in libraries for asked in one.questions)
    assert tuple(kinds[kind] for kind in ("asked", "paraphrase", "foreign", "near")) == counts
    assert sum(counts) == kinds.total()
    assert all(asked.gold < paragraphs for one in libraries for asked in one.questions)
    for one in libraries:
        kinds = Counter(question.kind for question in one.conversations)
        assert kinds == {"follow-up": 12, "near follow-up": 12}
        for question in one.conversations:
            assert question.turns
            assert (question.kind == "follow-up") == bool(question.gold)
            assert all(1 <= int(number) <= paragraphs for number in question.gold)


@pytest.mark.parametrize("benchmark", ["languages"], indirect=True)
def test_reports_in_other_languages_have_ten_questions_a_paragraph(benchmark: ModuleType) -> None:
    reports = list(benchmark.read_passages(benchmark.TEXTS))
    languages = [benchmark.own_language(passages) for passages in reports]
    assert languages == ["fr", "ar", "en", "es", "en", "ru"]
    for own, passages in zip(languages, reports, strict=True):
        assert len(passages) == 32
        for passage in passages:
            asked = Counter((one["kind"], one["lang"] == own) for one in passage["questions"])
            kinds = {("fact", True): 2, ("paraphrase", True): 2, ("foreign", False): 2}
            assert asked == kinds
            near = Counter(one["lang"] for one in passage["near"])
            assert near == {own: 3, "zh": 1}


@pytest.mark.parametrize("benchmark", ["languages"], indirect=True)
def test_outcomes_are_told_by_kind_and_language(benchmark: ModuleType) -> None:
    outcomes = [
        benchmark.Outcome(("fact", "in Chinese"), place, is_answered)
        for place, is_answered in ((1, True), (2, True), (0, False), (4, True))
    ]
    outcomes.append(benchmark.Outcome(("near", "in another"), 0, True))
    assert benchmark.table(outcomes)[2:] == [
        "| fact | in Chinese | 4 | 0.250 | 0.500 | 0.250 |",
        "| near | in another | 1 | — | — | 0.000 |",
    ]


@pytest.mark.parametrize("benchmark", ["unseen"], indirect=True)
def test_unseen_reports_have_twelve_questions_a_paragraph(benchmark: ModuleType) -> None:
    shelves = list(benchmark.read_unseen())
    assert [len(shelf.contexts) for shelf in shelves] == [32] * 43
    for shelf in shelves:
        for place in range(32):
            own = [asked for asked in shelf.questions if asked.place == place]
            kinds = {"paraphrase": 4, "fact": 1, "foreign": 3, "near": 4}
            assert Counter(asked.kind for asked in own) == kinds
            assert all(q.language != "zh" for q in own if q.kind == "foreign")
    some = [asked for shelf in benchmark.read_unseen(5) for asked in shelf.questions]
    kinds = {"paraphrase": 1101, "fact": 275, "foreign": 826, "near": 1101}
    assert Counter(asked.kind for asked in some) == kinds


@pytest.mark.parametrize("benchmark", ["unseen"], indirect=True)
def test_unseen_reports_are_not_among_those_learned_from(benchmark: ModuleType) -> None:
    learned = {
        json.loads(line)["paragraph"]
        for folder in ("training", "refusal", "refusal/languages")
        for file in (BENCHMARKS / folder).glob("*.jsonl")
        for line in file.read_text("utf-8").splitlines()
    }
    assert learned.isdisjoint(text for shelf in benchmark.read_unseen() for text in shelf.contexts)
    lettered = benchmark.read_passages(BENCHMARKS / "languages")
    assert learned.isdisjoint(one["paragraph"] for passages in lettered for one in passages)
