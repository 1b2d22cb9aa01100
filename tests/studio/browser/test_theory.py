"""The page Theory: every control moves its curves at once, by mouse and by keyboard."""

import pytest

PARTS = ("The generator's loss", "The best discriminator", "Wasserstein or JS", "Lost modes", "Lipschitz")


VALUES = "[...document.querySelectorAll('.theory-figures .figure-value')].map((one) => one.innerText.trim())"


def figure(page, label: str) -> str:
    """The value of a number by its label."""
    return page.locator(".figure", has_text=label).first.locator(".figure-value").inner_text()


def put(page, label: str, value: float) -> None:
    """Type into the number of a slider."""
    box = page.get_by_label(f"{label}, typed", exact=False)
    box.fill(str(value))
    box.press("Enter")


def choose(page, name: str) -> None:
    """Take one of several choices."""
    page.get_by_role("radio", name=name, exact=True).check()


def test_every_control_of_every_part(browser_page, until) -> None:
    page = browser_page("/theory")
    page.wait_for_selector(".chart-box canvas")
    assert figure(page, "Push of \u2212log D") == "0.982"
    assert page.locator(".legend b").all_inner_texts() == [
        "-0.0181",
        "4.02",
        "-0.018",
        "-0.982",
    ]  # at the sample's mark
    put(page, "Where the sample stands: D's logit", 0)
    until(page, "document.querySelector('.legend b').innerText === '-0.693'")
    assert figure(page, "D(G(z))") == "0.5"
    page.get_by_label("Where the sample stands: D's logit", exact=True).press("ArrowRight")
    page.wait_for_url("**logit=0.1*")
    choose(page, "D itself")
    page.get_by_role("heading", name="Slope by D").wait_for()

    page.get_by_role("tab", name=PARTS[1]).click()
    page.get_by_role("heading", name="What the best discriminator says").wait_for()
    put(page, "Distance of both middles", 0)
    assert figure(page, "Its loss") == "1.386"
    choose(page, "0.9")
    until(page, "document.body.innerText.includes('1.376')")
    assert figure(page, "Blind loss") == "1.376"

    page.get_by_role("tab", name=PARTS[2]).click()
    page.get_by_role("heading", name="What either critic says").wait_for()
    put(page, "Separation s", 6)
    assert figure(page, "Slope of W₁") == "1"
    page.get_by_text("JS has no slope left here", exact=False).wait_for()
    choose(page, "Uniforms")
    until(page, "document.querySelector('.theory-side').innerText.includes('∞')")
    choose(page, "Lines")
    page.wait_for_selector(".theory-lines")
    page.wait_for_url("**shape=lines*")

    page.get_by_role("tab", name=PARTS[3]).click()
    page.get_by_role("heading", name="Against the share of covered modes").wait_for()
    put(page, "Modes of the data", 2)
    until(page, "document.body.innerText.includes('0.2158')")
    put(page, "Modes that the generator covers", 2)
    page.get_by_text("Nothing is lost.", exact=True).wait_for()

    page.get_by_role("tab", name=PARTS[4]).click()
    critic = page.get_by_role("img", name="A critic in straight pieces", exact=False)
    critic.wait_for()
    page.get_by_role("button", name="The best").click()
    assert figure(page, "Gap") == "4"
    assert figure(page, "Steepest slope") == "1"
    page.get_by_role("button", name="Twice as steep").click()
    assert figure(page, "Gap / slope") == "4"
    page.get_by_text("Not 1-Lipschitz", exact=False).wait_for()
    page.get_by_role("button", name="Bring to slope 1").click()
    assert figure(page, "Steepest slope") == "1"
    page.get_by_role("button", name="Flat").click()
    assert figure(page, "Gap") == "0"
    critic.press("ArrowRight")
    critic.press("PageUp")
    assert figure(page, "Steepest slope") == "1"
    box = critic.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    page.mouse.up()
    assert float(figure(page, "Steepest slope")) > 4
    choose(page, "One mode of two")
    until(page, f"{VALUES}.includes('2')")


def test_a_link_opens_the_same_view(browser_page) -> None:
    page = browser_page("/theory?part=separation&s=1.5&shape=uniforms&width=1")
    page.wait_for_selector(".chart-box canvas")
    assert page.get_by_role("tab", selected=True).inner_text() == PARTS[2]
    assert figure(page, "JS") == "0.693"


@pytest.mark.parametrize("part", ["loss", "optimum", "separation", "modes", "lipschitz"])
def test_no_barriers(browser_page, no_barriers, part: str) -> None:
    page = browser_page(f"/theory?part={part}", width=360)
    page.wait_for_selector(".theory-charts canvas")
    no_barriers(page, both=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
