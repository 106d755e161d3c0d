"""The items of a list inside a paragraph, asked for by their number."""

import pytest

from duanci.items import find_item, lacks_item

AGENDA = "议程如下:\n1. 选举主席\n2. 通过议程\n3. 信贷"
BULLETS = "应当：\n- 交流信息；\n- 培训；"
HAN = "建议：\n(一) 减税；\n(二) 培训。\n(a) 其他"


@pytest.mark.parametrize(
    ("question", "text", "item"),
    [
        ("议程第二项是什么？", AGENDA, "2. 通过议程"),
        ("議程第3項是什麼？", AGENDA, "3. 信贷"),
        ("议程项目1", AGENDA, "1. 选举主席"),
        ("What is agenda item 3?", AGENDA, "3. 信贷"),
        ("第二点建议是什么？", BULLETS, "- 培训；"),
        ("第二条建议是什么？", HAN, "(二) 培训。"),
        ("第四项是什么？", AGENDA, None),
        ("第三项是什么？", HAN, None),
        ("第二项讲演说了什么？", "第二项讲演提到信贷。", None),
        ("议程有几项？", AGENDA, None),
    ],
)
def test_item_that_is_asked_for_by_number(question: str, text: str, item: str | None) -> None:
    found = find_item(question, text)
    assert (found and text[slice(*found)]) == item


def test_list_without_the_item_lacks_it() -> None:
    assert lacks_item("第四项是什么？", AGENDA)
    assert lacks_item("第三项是什么？", BULLETS)
    assert not lacks_item("第三项是什么？", AGENDA)
    assert not lacks_item("第四项讲演说了什么？", "第二项讲演提到信贷。")
    assert not lacks_item("议程是什么？", AGENDA)
