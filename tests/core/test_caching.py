"""Answers that each process keeps: proven while few ask, believed for less than a second while many do."""

import pytest
from flask import Response

from shop.booking.services import hold
from shop.catalogue.jobs import forget_changes_of_catalogue
from shop.core.caching import BELIEVED, MANY, MOST_ANSWERS, Looked, Proven, kept
from tests.core.watching import another_shop
from tests.factories.rows import change, value

API = "/api/v1"


@pytest.fixture
def elsewhere(settings, global_app):
    """Another process of the same shop."""
    with another_shop(settings) as shop:
        yield shop.test_client()


@pytest.fixture
def client(app):
    return app.test_client()


def seats(client, slug="leshan"):
    return [departure["seats_left"] for departure in client.get(f"{API}/tours/{slug}/departures").json["items"]]


def test_what_another_process_changed_is_seen_at_once(app, elsewhere, catalogue):
    departure = catalogue.departure(catalogue.tour(slug="leshan"), capacity=9)
    assert (len(elsewhere.get(f"{API}/tours").json["items"]), seats(elsewhere)) == (1, [9])
    before = elsewhere.get(f"{API}/tours/leshan").json
    change(app, "UPDATE tours SET title = jsonb_set(title, '{fr}', '\"Autre titre\"')")
    catalogue.change(departure, capacity=7)

    assert elsewhere.get(f"{API}/tours/leshan").json["title"] == "Autre titre" != before["title"]
    assert elsewhere.get(f"{API}/tours").json["items"][0]["title"] == "Autre titre"
    assert seats(elsewhere) == [7]


def test_seats_are_told_as_they_are(elsewhere, tourist, catalogue):
    departure = catalogue.departure(catalogue.tour(slug="leshan"), capacity=9)
    told = [seats(elsewhere)]
    held = tourist.held(departure, adults=2)
    told.append(seats(elsewhere))
    tourist.delete(f"/bookings/{held['id']}")
    told.append(seats(elsewhere))

    assert told == [[9], [7], [9]]
    assert elsewhere.get(f"{API}/tours").json["items"][0]["next_departure"]["seats_left"] == 9


def test_a_date_that_is_full_is_no_longer_the_next(elsewhere, tourist, catalogue):
    slug = catalogue.tour(slug="leshan")
    first, second = catalogue.departure(slug, capacity=2), catalogue.departure(slug, language="fr")
    assert elsewhere.get(f"{API}/tours/leshan").json["next_departure"]["id"] == str(first)

    tourist.held(first, adults=2)

    assert elsewhere.get(f"{API}/tours/leshan").json["next_departure"]["id"] == str(second)


def test_each_question_and_language_has_an_answer_of_its_own(client, catalogue):
    catalogue.departure(catalogue.tour(slug="leshan", themes=["sculpture"]))
    catalogue.tour(slug="fort", themes=["wars"])
    ask = lambda query: [tour["slug"] for tour in client.get(f"{API}/tours{query}").json["items"]]  # noqa: E731
    for _ in range(2):
        assert ask("") == ["leshan", "fort"]
        assert ask("?theme=wars") == ["fort"]
        assert client.get(f"{API}/tours?lang=zh-CN").headers["Content-Language"] == "zh-CN"
        assert client.get(f"{API}/tours?lang=en").headers["Content-Language"] == "en"
        assert client.get(f"{API}/tours/none").status_code == 404
        assert client.get(f"{API}/tours?page_size=0").status_code == 422


def test_an_answer_is_proven_each_time_while_few_ask():
    answer = Proven(second=100.0, proven_at=100.0)

    assert all(answer.needs_proof(100.0 + request / MANY * 0.9) for request in range(MANY))


def test_an_answer_many_ask_for_is_believed_for_less_than_a_second():
    answer = Proven(second=100.0, proven_at=100.0)
    for _ in range(MANY):
        answer.needs_proof(100.1)

    assert not answer.needs_proof(100.1)
    assert not answer.needs_proof(100.0 + BELIEVED - 0.01)
    assert answer.needs_proof(100.0 + BELIEVED + 0.01)
    assert BELIEVED < 1


def test_what_few_look_for_is_looked_up_each_time_and_what_many_do_is_not():
    looks = iter(range(1000))
    looked = Looked()
    found = [looked.get("question", lambda: next(looks)) for _ in range(MANY + 10)]

    assert found[:MANY] == list(range(MANY))
    assert set(found[MANY:]) <= {MANY - 1, MANY}  # a second may end meanwhile


def test_other_dates_are_looked_for_by_the_first_few_of_a_crowd():
    looks = iter(range(1000))
    looked = Looked(many=4)
    found = [looked.get("question", lambda: next(looks)) for _ in range(MANY)]

    assert found[:4] == [0, 1, 2, 3]
    assert set(found[4:]) <= {3, 4}  # a second may end meanwhile
    assert hold._alternatives._many == 4


def test_no_more_answers_are_kept_than_there_is_room_for(app, client, catalogue):
    catalogue.tour(slug="leshan")
    answers = app.extensions.setdefault("kept_answers", {})
    answers.clear()
    answers.update({("a", number): None for number in range(MOST_ANSWERS)})

    assert client.get(f"{API}/tours/leshan?x=1").status_code == 200
    assert len(answers) == MOST_ANSWERS
    assert ("a", 0) not in answers
    answers.clear()


def test_what_changed_long_ago_is_forgotten_and_no_state_of_the_catalogue_comes_back(app, elsewhere, catalogue):
    departure = catalogue.departure(catalogue.tour(slug="leshan"), capacity=9)

    def long_after():
        change(app, "UPDATE catalogue_changes SET at = at - interval '25 hours'")
        with app.app_context():
            forget_changes_of_catalogue()

    long_after()
    assert value(app, "SELECT count(*) FROM catalogue_changes") == 1
    assert seats(elsewhere) == [9]
    catalogue.change(departure, capacity=8)
    long_after()

    assert value(app, "SELECT count(*) FROM catalogue_changes") == 1
    assert seats(elsewhere) == [8]


def test_an_answer_many_ask_for_is_believed_also_while_it_changes(app, catalogue):
    """As in a rush: each proof is another than the one before."""
    proofs = iter(range(10_000))
    asked = []

    def proof():
        asked.append(next(proofs))
        return str(asked[-1])

    view = kept(proof, 0)(lambda: Response("{}", mimetype="application/json"))
    with app.test_request_context("/api/v1/rush"):
        for _ in range(MANY * 3):
            view()

    assert MANY <= len(asked) <= MANY + 2  # a second may end meanwhile
