"""The page Architectures: drawings, receptive fields, and pictures judged patch by patch."""

import io

import pytest
from PIL import Image
from starlette.testclient import TestClient

from ganwright.recipes.catalog import RECIPES

RUN = "digits-tiny"


def ask(client: TestClient, path: str, status: int = 200, **query) -> dict:
    answer = client.get(f"/api/architectures{path}", params=query)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_every_recipe_is_offered_with_its_presets_and_shape(client: TestClient) -> None:
    rows = {row["name"]: row for row in ask(client, "")["recipes"]}
    assert list(rows) == list(RECIPES)
    assert rows["dcgan-28"]["shape"] == "1x28x28"
    assert [p["name"] for p in rows["vitgan"]["presets"]] == ["small"]
    assert all(row["about"] for row in rows.values())


def test_a_recipe_is_drawn_for_any_shape(client: TestClient) -> None:
    found = ask(client, "/networks", recipe="dcgan", shape="3x64x64", classes=0)
    generator, discriminator = found["networks"]
    assert generator["output"] == [3, 64, 64]
    assert sum(layer["num_parameters"] for layer in discriminator["layers"]) == discriminator["num_parameters"]
    assert ask(client, "/networks", recipe="rpgan-r1r2")["is_image"] is False
    assert ask(client, "/networks", recipe="sngan", preset="small")["shape"] == "1x8x8"


def test_a_run_is_drawn_as_it_was_trained(client: TestClient) -> None:
    found = ask(client, "/networks", run=RUN)
    assert found["title"] == RUN
    assert found["networks"][1]["input"] == [1, 8, 8]


def test_a_place_sees_its_pixels(client: TestClient) -> None:
    found = ask(client, "/field", recipe="dcgan", shape="1x32x32", layer="layers.3", row=3, column=4)
    assert found["grid"] == [8, 8]
    assert found["box"] == [9, 13, 19, 23]  # 10 pixels, from 4 row - 3
    assert max(map(max, found["influence"])) == 1
    assert 0 < found["half"] < 100 / 1024
    assert ask(client, "/field", run=RUN, layer="layers.0")["size"] == [8, 8]


def test_shares_add_up_to_the_score(client: TestClient) -> None:
    found = ask(client, "/patches", run=RUN, picture="real:3", method="shares")
    assert sum(map(sum, found["values"])) + found["rest"] == pytest.approx(found["score"], abs=1e-3)
    assert found["has_shares"]
    covered = ask(client, "/patches", run=RUN, picture="real:3", method="covered", side=4)
    assert (len(covered["values"]), len(covered["values"][0])) == (4, 4)
    assert covered["score"] == pytest.approx(found["score"], abs=1e-6)
    assert covered["rest"] is None


def test_scores_have_something_to_be_compared_with(client: TestClient) -> None:
    found = ask(client, "/facts", run=RUN)
    assert found["sides"] == [2, 4, 7, 8]
    assert len(found["context"]["real"]) == len(found["context"]["fake"]) == 64
    assert found["context"]["real"] == sorted(found["context"]["real"])


def test_pictures_say_what_they_are(client: TestClient) -> None:
    real = client.get("/api/architectures/picture", params={"run": RUN, "picture": "real:3"})
    made = client.get("/api/architectures/picture", params={"run": RUN, "picture": "sample:3"})
    assert Image.open(io.BytesIO(real.content)).size == (8, 8)
    assert b"trainedAlgorithmicMedia" in made.content
    assert b"trainedAlgorithmicMedia" not in real.content


def test_a_picture_of_ones_own_is_judged(client: TestClient) -> None:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 10, 10)).save(file, "PNG")
    name = client.post(f"/api/explore/{RUN}/targets", content=file.getvalue()).json()["picture"]
    found = ask(client, "/patches", run=RUN, picture=f"upload:{name}", side=2)
    assert found["values"] == [[pytest.approx(0, abs=1e-5)] * 2] * 2  # one colour: covering it changes nothing


@pytest.mark.parametrize(
    ("path", "status", "query", "told"),
    [
        ("/networks", 400, {"recipe": "dcgn"}, "did you mean"),
        ("/networks", 400, {"recipe": "dcgan", "preset": "x"}, "has no presets"),
        ("/networks", 400, {"shape": "3x0x8"}, "1 to 512"),
        ("/networks", 400, {"shape": "3x8"}, "shape"),
        ("/networks", 400, {"shape": "2"}, "works on images"),
        ("/networks", 404, {"run": "nope"}, "no run"),
        ("/networks", 404, {"run": "../.."}, "no run"),
        ("/field", 400, {"layer": "nope"}, "no layer"),
        ("/field", 400, {"recipe": "rpgan-r1r2", "layer": "layers.0"}, "no pixels"),
        ("/field", 400, {"recipe": "stylegan2", "layer": "layers.0"}, "too large"),
        ("/field", 400, {"layer": "layers.0", "row": 99}, "places"),
        ("/patches", 400, {"run": RUN, "picture": "file:///etc/passwd"}, "picture"),
        ("/patches", 404, {"run": RUN, "picture": "upload:aaaaaaaaaaaa"}, "not held"),
        ("/patches", 400, {"run": RUN, "side": 16}, "choose 1 to 8"),
        ("/facts", 404, {"run": "nope"}, "no run"),
    ],
)
def test_what_cannot_be_is_told(client: TestClient, path: str, status: int, query: dict, told: str) -> None:
    assert told in ask(client, path, status, **query)["error"]
