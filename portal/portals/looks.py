"""What each look of the portals arranges in its own way. Its colours and shapes stand in the style sheets.

An edition names its look; a page asks the look's layout, never the edition's name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from verification.law.words import Look


@dataclass(frozen=True)
class Layout:
    """The arrangement of a look.

    ``prompt`` stands before a field's name inside the empty field; without one the name stands beside the field.
    ``attributes`` are further ones of the inputs; ``sentences`` are the look's own for an error of a field, by the
    field's name and the error's code.
    """

    stylesheet: str = ""
    national_name: str = "全国备案网站"
    query_name: str = "公共查询"
    has_tabs: bool = False
    answers_in_dialog: bool = False
    prompt: str = ""
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sentences: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


LAYOUTS: Mapping[Look, Layout] = {
    Look.PILOT: Layout(),
    Look.CARD: Layout(stylesheet="portals/look-card.css", has_tabs=True),
    Look.NATIONAL: Layout(
        stylesheet="portals/look-national.css",
        national_name="工业和信息化部政务服务平台",
        query_name="ICP备案查询",
        has_tabs=True,
        answers_in_dialog=True,
        prompt="请输入",
        attributes={"id_suffix": {"maxlength": "6"}},
        sentences={
            "code": {"required": "短信验证码不能为空"},
            "phone": {"required": "手机号不能为空", "form": "请输入正确的手机号"},
            "id_suffix": {"required": "证件号不能为空"},
            "captcha_1": {"missing": "图形验证码不能为空"},
        },
    ),
}
