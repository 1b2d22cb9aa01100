"""The page Counterfeiter: scene by scene, round by round, as a film, and what if."""

import re


def test_every_control(browser_page, until) -> None:
    page = browser_page("/counterfeiter?seed=100")
    page.set_default_timeout(60_000)  # it trains
    page.get_by_role("heading", name="The counterfeiter prints").wait_for()
    for title in ("The detective looks", "She is told the truth", "He asks, note by note", "He turns both knobs"):
        page.get_by_role("button", name="Next", exact=True).click()
        page.get_by_role("heading", name=title).wait_for()
    assert re.search(r"from [-\d.]+ to [-\d.]+", page.locator(".counterfeiter-words p").inner_text())
    page.get_by_role("button", name="Next round").click()
    until(page, "document.querySelector('.counterfeiter-round').innerText.includes('1')")
    page.get_by_role("button", name="Back").click()
    page.get_by_role("heading", name="He turns both knobs").wait_for()
    page.locator(".counterfeiter-scenes button").nth(1).click()
    page.get_by_text("128", exact=False).first.wait_for()
    page.wait_for_url("**scene=1*")

    page.get_by_role("switch", name="Word by word").press("Space")
    page.get_by_role("heading", name="How it stands").wait_for()
    page.get_by_role("button", name="Step", exact=True).click()
    until(page, "document.querySelector('.counterfeiter-round').innerText.trim() === 'Round 1'")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("ArrowRight")
    until(page, "document.querySelector('.counterfeiter-round').innerText.trim() === 'Round 2'")
    page.get_by_role("radio", name="Fast").check()
    page.get_by_role("button", name="Play").click()
    until(page, "Number(document.querySelector('.counterfeiter-round b').innerText) > 12")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("switch", name="Show the best curve").press("Space")
    assert page.get_by_text("the best curve", exact=True).count() == 0
    page.get_by_label("Round", exact=True).fill("9")
    until(page, "document.querySelector('.counterfeiter-round b').innerText === '9'")

    page.get_by_role("switch", name="The detective falls asleep now").press("Space")
    page.get_by_role("switch", name="The detective sleeps from round 9").wait_for()
    page.wait_for_url("**sleep=9*")
    page.get_by_role("button", name="Step", exact=True).click()
    until(page, "document.querySelector('.counterfeiter-words').innerText.includes('asleep')")
    page.get_by_role("switch", name="The detective sleeps from round 9").press("Space")
    page.get_by_role("switch", name="The counterfeiter sees no gradient from now").press("Space")
    page.get_by_role("button", name="Step", exact=True).click()
    until(page, "document.querySelector('.counterfeiter-words').innerText.includes('learns nothing')")
    page.get_by_role("radio", name="log(1 \u2212 D)").check()
    page.wait_for_url("**loss=saturating*")
    page.get_by_role("textbox", name="Seed").fill("101")
    page.get_by_role("textbox", name="Seed").press("Enter")
    until(page, "location.search.includes('seed=101')")
    page.get_by_role("button", name="Another game").click()
    until(page, "!location.search.includes('seed=101')")
    page.get_by_text("What is this about?").click()
    page.get_by_text("generative adversarial network", exact=False).wait_for()


def test_no_barriers(browser_page, no_barriers) -> None:
    page = browser_page("/counterfeiter?seed=100&round=2&scene=3")
    page.set_default_timeout(60_000)
    page.get_by_role("heading", name="He asks, note by note").wait_for()
    page.wait_for_selector(".chart-box canvas")
    for dark, width in ((False, 1280), (True, 360)):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="dark" if dark else "light")
        no_barriers(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
