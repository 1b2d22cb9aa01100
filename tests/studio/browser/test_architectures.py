"""The page Architectures: recipes drawn, fields traced, pictures judged, by mouse and by keyboard."""

from pathlib import Path

from PIL import Image

RUN = "digits-tiny"


def test_a_recipe_layer_by_layer(browser_page, until) -> None:
    page = browser_page("/architectures?recipe=dcgan&shape=1x32x32")
    page.set_default_timeout(60_000)  # the first drawing waits for imports
    page.wait_for_selector(".layer[data-layer]")
    page.locator('.layer[data-layer="layers.3"]').click()
    page.get_by_role("heading", name="layers.3 Conv2d").wait_for()
    page.get_by_text("10 \u00d7 10", exact=False).wait_for()
    page.locator('.layer[data-layer="layers.3"]').press("ArrowLeft")
    page.get_by_role("heading", name="layers.0 HalveFromImage").wait_for()
    until(page, "document.body.innerText.includes('4 \u00d7 4')")
    page.get_by_role("slider", name="Row").press("Home")
    page.get_by_role("slider", name="Column").press("End")
    until(page, "document.body.innerText.includes('3 \u00d7 3')")  # cut by the corner
    box = page.get_by_role("img", name="Place row", exact=False).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    until(page, "location.search.includes('row=8')")
    page.get_by_role("switch", name="Show how much each pixel counts").press("Space")
    page.get_by_role("radio", name="Generator").check()
    page.get_by_text("Choose a layer with places").wait_for()
    page.get_by_role("radio", name="Table").check()
    page.get_by_role("table", name="Layers of the generator").wait_for()
    page.get_by_role("combobox", name="Recipe").select_option("vitgan")
    page.get_by_role("combobox", name="Preset").select_option("small")
    until(page, "document.body.innerText.includes('1 \u00d7 8 \u00d7 8')")
    page.get_by_role("combobox", name="Data").select_option("3x32x32")
    until(page, "document.body.innerText.includes('3 \u00d7 32 \u00d7 32')")
    page.get_by_role("combobox", name="Data").select_option("own")
    page.get_by_role("textbox", name="Shape").fill("3x24")
    page.get_by_role("textbox", name="Shape").press("Enter")
    page.get_by_text("channels x height x width", exact=False).wait_for()
    page.get_by_role("textbox", name="Shape").fill("1x16x16")
    page.get_by_role("textbox", name="Shape").press("Enter")
    until(page, "location.search.includes('1x16x16')")


def test_pictures_patch_by_patch(browser_page, until, tmp_path: Path) -> None:
    Image.new("RGB", (40, 30), (200, 10, 10)).save(tmp_path / "red.png")
    page = browser_page("/architectures")
    page.get_by_role("button", name=f"Take {RUN}").click()
    page.get_by_text("Above real items").wait_for()
    page.get_by_role("combobox", name="Patches a side").select_option("4")
    heat = page.get_by_role("img", name="4 \u00d7 4 patches", exact=False)
    heat.wait_for()
    heat.press("ArrowRight")
    page.get_by_text("Row 1, column 2:", exact=False).first.wait_for()
    page.get_by_role("slider", name="Item").press("ArrowRight")
    until(page, "location.search.includes('picture=real:1')")
    page.get_by_role("radio", name="Sample").check()
    until(page, "location.search.includes('sample')")
    page.get_by_role("radio", name="Shares of the last map").check()
    page.locator(".figure", has_text="The rest").wait_for()
    page.get_by_role("radio", name="Your picture").check()
    page.locator("input[type=file]").set_input_files(str(tmp_path / "red.png"))
    until(page, "/upload:\\w/.test(location.search)")
    page.get_by_text("Above samples").wait_for()


def test_no_barriers(browser_page, no_barriers) -> None:
    for path, dark, width in (
        ("?recipe=dcgan&shape=1x32x32", False, 1280),
        (f"?run={RUN}", True, 360),
        ("?recipe=dcgan&as=table", True, 1280),
    ):
        page = browser_page(f"/architectures{path}", dark=dark, width=width)
        page.wait_for_selector(".architectures-facts h3")
        page.wait_for_load_state("networkidle")
        no_barriers(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
