"""With all jobs stopped, a deadline holds all the same: no worker and no beat runs in these tests."""

import pytest

from tests import entering, world
from tests.pages import page_of
from tests.visitors import GANSU, browser_of, owner_of
from verification.models import Filing

pytestmark = pytest.mark.django_db

LATE = "到期事项正在处理，这一页可能还没有更新。刷新"


@pytest.fixture
def filing() -> Filing:
    """A filing of one person who has a code."""
    return world.submit_and_send(world.new_provider(world.new_sandbox()), world.first_filing(1, 1))


@pytest.mark.rule("D-01", "D-02")
def test_code_is_refused_from_its_deadline_on(filing: Filing) -> None:
    filer = browser_of(owner_of(filing.sandbox), host=GANSU)
    entry = entering.right(world.challenge_of(filing, 1))
    world.move_without_jobs(filing.sandbox, world.DEADLINE)
    assert world.standing(filing) == ("verifying", "", 1)
    assert entering.words(entering.verify(filer, entry))[-1] == "该条验证库里找不到记录。"
    assert world.standing(filing) == ("returned", "deadline", 1)
    assert world.history(filing)[-1] == (1, "filing.returned", world.DEADLINE, "")


@pytest.mark.rule("D-01")
def test_code_is_good_up_to_the_last_instant(filing: Filing) -> None:
    filer = browser_of(owner_of(filing.sandbox), host=GANSU)
    entry = entering.right(world.challenge_of(filing, 1))
    world.move_without_jobs(filing.sandbox, world.LAST_INSTANT)
    entering.verify(filer, entry)
    assert world.standing(filing) == ("reviewing", "", 1)


@pytest.mark.parametrize("desk", ["provider", "bureau"])
def test_filing_shows_that_it_is_overdue(filing: Filing, desk: str) -> None:
    browser = browser_of(owner_of(filing.sandbox))

    def notices() -> list[str]:
        page = page_of(browser.get(f"/{desk}/{filing.pk}/"))
        return [notice.text for notice in page.all("div", class_="notice--info")]

    world.move_without_jobs(filing.sandbox, "2017-12-21 11:59")
    assert LATE not in notices()
    world.move_without_jobs(filing.sandbox, world.DEADLINE)
    assert LATE in notices()
