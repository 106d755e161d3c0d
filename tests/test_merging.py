"""Which language of the reports answers a question."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from math import nan

import pytest

from duanci import merging
from duanci.assistant import Assistant, rebuild
from duanci.config import Settings
from duanci.encoder import Encoder
from duanci.merging import Lead, make_lead
from duanci.opening import open_index
from duanci.retrieve import retrieve

CHINESE = """TD/B/98/1

养蜂合作社会议的报告

1. 会议建议，各合作社每年春季检查蜂箱，并把结果报告农业部。

2. 会议注意到，蜂蜜的价格在三年中上涨了一半，因为干旱减少了花期。

3. 乌兰巴托的合作社有四百个蜂箱，由六名养蜂人照看。
"""
ENGLISH = """TD/B/98/2

Report of the Expert Meeting on Ferry Services

1. The expert from Fiji said that ferries were inspected by two officers, once in a dry dock and
once at sea, and that a vessel which failed was kept in port until its lifeboats had been replaced.

2. Fares on the longer routes had been frozen since the fuel levy was introduced, and the operators
had asked that the levy be lowered before any new ship was ordered.

3. Night sailings had been stopped after the accident off Vava'u, in which forty passengers died.
"""
FRENCH = """TD/B/98/3

Rapport de la Réunion d'experts sur les écoles rurales

1. La représentante du Bénin a expliqué que les cantines scolaires étaient gérées par les mères des
élèves, et que le riz était acheté aux coopératives des villages voisins.

2. Les maîtres logés au village restaient en poste deux fois plus longtemps que les autres.

3. Au Niger, les classes étaient fermées pendant la récolte du mil, et le ministère avait déplacé
les vacances pour que les enfants puissent aider leurs parents sans manquer les leçons.

4. L'expert du Mali a proposé que chaque école soit visitée par un inspecteur deux fois par an, et
que les rapports d'inspection soient lus devant l'assemblée du village.
"""


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory, encoder_itself: Encoder) -> Assistant:
    """An assistant on three reports in three languages, with the default encoder."""
    folder = tmp_path_factory.mktemp("shelves")
    settings = Settings(data=folder / "data", index=folder / "index")
    settings.data.mkdir()
    for name, text in (("bees", CHINESE), ("ferries", ENGLISH), ("schools", FRENCH)):
        (settings.data / f"{name}.md").write_text(text, "utf-8")
    rebuild(settings, encoder_itself)
    return Assistant.open_with(settings, encoder_itself)


@pytest.fixture
def lead_of(shelves: Assistant, encoder_itself: Encoder) -> Callable[..., Lead]:
    """Give the lead of a report for a question."""

    def look(question: str, report: str, sure: float = 0.5, compared: float = 1.5) -> Lead:
        index = open_index(shelves.settings.index, encoder_itself)
        (ranking,) = retrieve(question, index, encoder_itself, index.rows_of([report]))
        paragraph = ranking.hits[0].paragraph
        return make_lead(ranking.query, ranking.candidates[0], paragraph, sure, compared)

    return look


def test_weights_are_of_all_that_a_lead_has() -> None:
    weights = json.loads(merging.FILE.read_text("utf-8"))
    lead = Lead(*range(1, 12))
    assert weights.keys() == asdict(lead).keys()
    expected = sum(
        weight * value for weight, value in zip(weights.values(), range(1, 12), strict=True)
    )
    assert lead.weight == pytest.approx(expected)
    for name in ("sure", "compared", "match"):
        assert replace(lead, **{name: 20.0}).weight > lead.weight


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "report", "flags"),
    [
        ("蜂蜜为什么涨价？", "TD/B/98/1", (0, 0, 0)),
        ("Why did honey become dearer?", "TD/B/98/1", (0, 1, 0)),
        ("Why were fares frozen?", "TD/B/98/2", (1, 0, 0)),
        ("Pourquoi les tarifs étaient-ils gelés ?", "TD/B/98/2", (1, 1, 0)),
        ("票价为什么冻结？", "TD/B/98/2", (1, 1, 1)),
    ],
)
def test_lead_tells_in_which_language_it_is_asked(
    lead_of: Callable[..., Lead], question: str, report: str, flags: tuple[int, int, int]
) -> None:
    lead = lead_of(question, report)
    assert (lead.lettered, lead.foreign, lead.translated) == flags
    assert (lead.sure, lead.compared) == (0.0, 1.5)


@pytest.mark.model
def test_what_is_sure_or_is_not_read_counts_within_bounds(lead_of: Callable[..., Lead]) -> None:
    sure, unsure = (lead_of("票价为什么冻结？", "TD/B/98/2", own, nan) for own in (1.0, 0.0))
    assert sure.sure == -unsure.sure == pytest.approx(8.11, abs=0.01)
    assert sure.compared == 0.0


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "report", "number"),
    [
        ("蜂蜜为什么涨价？", "TD/B/98/1", "2"),
        ("Who looks after the hives in Ulan Bator?", "TD/B/98/1", "3"),
        ("¿Cuántas colmenas tiene la cooperativa de Ulán Bator?", "TD/B/98/1", "3"),
        ("斐济的渡轮由谁检查？", "TD/B/98/2", "1"),
        ("为什么停止夜间航行？", "TD/B/98/2", "3"),
        ("Why were night sailings stopped?", "TD/B/98/2", "3"),
        ("贝宁的学校食堂由谁管理？", "TD/B/98/3", "1"),
        ("Who runs the school canteens in Benin?", "TD/B/98/3", "1"),
        ("À qui le riz des cantines scolaires du Bénin était-il acheté ?", "TD/B/98/3", "1"),
    ],
)
def test_question_is_answered_from_a_report_in_any_language(
    shelves: Assistant, question: str, report: str, number: str
) -> None:
    answer = shelves.ask(question)
    assert answer.answered
    first = answer.citations[0].paragraph
    assert (first.report, first.number) == (report, number)


@pytest.mark.model
def test_what_came_closest_is_of_the_languages_that_may_answer(shelves: Assistant) -> None:
    reply = shelves.reply("谁支付了与会者的旅费？")
    assert not reply.answered
    assert len({one.paragraph.report for one in reply.nearest}) == 3
    assert [one.paragraph for one in reply.nearest] == list(reply.ranking[:3])
    assert len(reply.ranking) == len(set(reply.ranking)) == 10


@pytest.mark.model
def test_what_is_in_other_languages_is_ranked_behind_where_one_is_much_likelier(
    shelves: Assistant,
) -> None:
    ranking = shelves.reply("贝宁的学校食堂由谁管理？").ranking
    reports = [paragraph.report for paragraph in ranking]
    assert reports[:4] == ["TD/B/98/3"] * 4
    assert set(reports[4:6]) == {"TD/B/98/1", "TD/B/98/2"}
