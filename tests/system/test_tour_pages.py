"""The pages about tours, as people use them."""

import io

import pytest
import yaml

from tests.catalogue.files import SVG, TOUR, catalogue_of
from tests.catalogue.forms import archived, drawn, edited, id_of, tour_now
from tests.system.browser import desk

pytestmark = pytest.mark.system

PLAIN = {name: value for name, value in TOUR.items() if name != "image"} | {"departures": []}
LONG = "Une-promenade-dont-le-titre-est-vraiment-tres-long-et-ne-se-coupe-nulle-part"


@pytest.mark.parametrize("width", ["phone", "desk"])
@pytest.mark.parametrize("language", ["fr", "zh-CN", "en"])
def test_every_page_about_tours_is_fit_to_be_read(app, browser, address, catalogue, colleague, width, language):
    slug = catalogue.tour(slug="walk")
    catalogue.departure(slug)
    catalogue.tour(slug="draft", status="draft", title={"fr": LONG}, summary={}, description={})
    someone = colleague("stock", locale=language)
    tour_id = id_of(app, slug)
    picture = {"file": (io.BytesIO(drawn("JPEG", (800, 500))), "x.jpg"), "alt.fr": "Un bouddha"}
    assert someone.post(f"/staff/tours/{tour_id}/picture", version="1", **picture).status_code == 303
    edited(someone, tour_id, summary__fr="Une autre promenade.", units__0__price="21")
    sent = someone.post("/staff/tours/file", file=(io.BytesIO(yaml.safe_dump(catalogue_of(PLAIN)).encode()), "c.yaml"))
    pages = ["", "/new", "/file", f"/{tour_id}", f"/{tour_id}/edit", f"/{tour_id}/picture", f"/{tour_id}/history"]
    pages += [f"/{tour_id}/preview", sent.location.removeprefix("/staff/tours")]
    pages += [f"/{id_of(app, 'draft')}", f"/{id_of(app, 'draft')}/edit"]
    with desk(browser, address, someone, width=width) as mine:
        for n, path in enumerate(pages):
            mine.open(f"/staff/tours{path}")
            assert not mine.look(f"tours-{n}-{language}"), path
        wrong = yaml.safe_dump(catalogue_of(PLAIN | {"duration_minutes": "long", "slug": "NO"})).encode()
        mistaken = someone.post("/staff/tours/file", file=(io.BytesIO(wrong), "c.yaml"))
        mine.open(mistaken.location)
        assert not mine.look(f"tours-mistakes-{language}")


@pytest.mark.parametrize("width", ["phone", "desk"])
def test_a_tour_is_begun_completed_and_put_on_sale(app, browser, address, colleague, width, tmp_path):
    someone = colleague("stock", locale="fr")
    (tmp_path / "photo.png").write_bytes(drawn(size=(640, 400)))
    with desk(browser, address, someone, width=width) as mine:
        page = mine.open("/staff/tours")
        page.get_by_role("link", name="Nouvelle visite").click()
        page.get_by_role("group", name="Titre").get_by_label("français").fill("Le fort d’Issy")
        page.get_by_label("Nom dans les adresses").fill("fort")
        page.get_by_role("button", name="Enregistrer").click()
        page.get_by_text("Le brouillon est créé").wait_for()
        for group, words in (("Résumé", "Un fort."), ("Description", "Un grand fort."), ("Lieu", "La porte")):
            page.get_by_role("group", name=group, exact=True).get_by_label("français").fill(words)
        page.get_by_label("Adresse", exact=True).fill("1 rue du Fort")
        page.get_by_label("chinois", exact=True).and_(page.get_by_role("checkbox")).check()
        for row, (code, price) in enumerate([("child", "7,50"), ("adult", "15")]):
            if row:
                page.get_by_role("button", name="Encore un tarif").click()
            unit = page.get_by_role("group", name="Nouveau tarif").nth(row)
            unit.get_by_role("group", name="Nom").get_by_label("français").fill(code)
            unit.get_by_label("Code").fill(code)
            unit.get_by_label("Prix (EUR)").fill(price)
            unit.get_by_label("Places").fill("1")
        page.get_by_role("button", name="Monter").nth(1).click()
        assert not mine.look(f"tours-journey-{width}")
        page.get_by_role("button", name="Enregistrer").click()
        page.get_by_text("La visite est enregistrée.").wait_for()
        assert [(unit.code, unit.price) for unit in tour_now(app, "fort").units] == [("adult", 1500), ("child", 750)]

        page.get_by_role("link", name="Image").click()
        page.get_by_label("Fichier").set_input_files(tmp_path / "photo.png")
        page.get_by_role("group", name="Description de l’image").get_by_label("français").fill("Une porte")
        page.get_by_role("button", name="Enregistrer").click()
        page.get_by_role("link", name="Aperçu").click()
        page.get_by_alt_text("Une porte").wait_for()
        page.get_by_role("link", name="État").click()
        mine.tab_to("^Publier$")
        page.keyboard.press("Enter")
        page.get_by_text("L’état de la visite est changé.").wait_for()
        assert tour_now(app, "fort").status == "published"

        page.get_by_role("link", name="Versions").click()
        page.get_by_role("button", name="Revenir à la version 3").click()
        page.get_by_text("La version 3 est de retour").wait_for()


def test_two_colleagues_edit_at_once(app, browser, address, catalogue, colleague):
    tour_id = id_of(app, catalogue.tour(slug="walk"))
    first, second = colleague("stock"), colleague("manager")
    with desk(browser, address, second, width="phone") as mine:
        page = mine.open(f"/staff/tours/{tour_id}/edit")
        edited(first, tour_id, summary__en="The first one’s words.")
        page.get_by_role("group", name="Summary").get_by_label("English").fill("Mine.")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Meanwhile stock@example.com changed this tour.").wait_for()
        page.get_by_text("The first one’s words.").wait_for()
        assert not mine.look("tours-conflict", expected=("409",))
        page.get_by_role("button", name="Save").click()
        page.get_by_text("The tour is saved.").wait_for()
    assert tour_now(app, "walk").summary["en"] == "Mine."


@pytest.mark.parametrize("width", ["phone", "desk"])
def test_a_catalogue_is_rehearsed_imported_and_taken_out(app, browser, address, colleague, width, tmp_path):
    (tmp_path / "catalogue.zip").write_bytes(archived({"catalogue.yaml": catalogue_of(), "leshan.svg": SVG}))
    with desk(browser, address, colleague("stock"), width=width) as mine:
        page = mine.open("/staff/tours/file")
        page.get_by_label("File").set_input_files(tmp_path / "catalogue.zip")
        page.get_by_role("button", name="See what would change").click()
        page.get_by_text("New tours: 1").wait_for()
        page.get_by_role("button", name="Import now").click()
        page.get_by_text("Imported: 1 tours, 2 dates.").wait_for()
        mine.open("/staff/tours/file")
        with page.expect_download() as taken:
            page.get_by_role("link", name="ZIP with pictures").click()
        assert taken.value.suggested_filename.startswith("catalogue-EUR-")
