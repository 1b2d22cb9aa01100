"""The page Counterfeiter: games are played when they are asked for, and are the same every time."""

import pytest
from starlette.testclient import TestClient

from ganwright.lessons.rounds import MAX_ROUNDS
from ganwright.studio.counterfeiter import MOST_GAMES, Games


def test_standings_come_in_pieces_that_fit(client: TestClient) -> None:
    first = client.get("/api/counterfeiter", params={"seed": 100, "num": 4}).json()
    rest = client.get("/api/counterfeiter", params={"seed": 100, "first": 3, "num": 3}).json()
    assert first["standings"][3] == rest["standings"][0]
    assert len(rest["standings"]) == 3
    assert len(first["x"]) == len(first["real"]) == len(first["standings"][0]["police"])
    assert first["num_rounds"] == MAX_ROUNDS


def test_a_round_in_detail(client: TestClient) -> None:
    played = client.get("/api/counterfeiter/round", params={"seed": 100, "round": 1}).json()
    assert len(played["real"]) == len(played["forged"]) == len(played["push"]) == 64
    asleep = client.get("/api/counterfeiter/round", params={"seed": 100, "round": 1, "police_sleep_from": 0}).json()
    assert asleep["real"] == []


def test_few_games_are_kept_and_forgotten_ones_come_back_the_same(client: TestClient, studio) -> None:
    first = client.get("/api/counterfeiter", params={"seed": 100, "num": 3}).json()
    for seed in range(101, 102 + MOST_GAMES):
        client.get("/api/counterfeiter", params={"seed": seed, "num": 1})
    assert len(studio.service(Games)._games) == MOST_GAMES
    assert client.get("/api/counterfeiter", params={"seed": 100, "num": 3}).json() == first


@pytest.mark.parametrize(
    "query",
    [
        {"seed": -1},
        {"seed": 2**40},
        {"num": 0},
        {"num": 10_000},
        {"first": MAX_ROUNDS + 1},
        {"loss": "x"},
        {"police_sleep_from": -1},
        {"nope": 1},
    ],
)
def test_what_is_out_of_range_is_told(client: TestClient, query: dict) -> None:
    answer = client.get("/api/counterfeiter", params=query)
    assert answer.status_code == 400
    assert next(iter(query)) in answer.json()["error"]
