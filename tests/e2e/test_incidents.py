"""Incidents in a browser: files go ahead, drafts stay, news come by themselves, and all of it without scripts."""

import re

from playwright.sync_api import expect

from tests.e2e.conftest import log_in

LOG = {"name": "journal.log", "mimeType": "text/plain", "buffer": b"disk error\n" * 1000}
PHOTO = {"name": "voyant.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" + b"\0" * 64}
PROGRAM = {"name": "facture.pdf", "mimeType": "application/pdf", "buffer": b"MZ" + b"\0" * 64}
DECLARE = "/contracts/29962/incidents/new"


def choose(page, *files, within="form[action$='/new']"):
    page.locator(f"{within} input[type=file]").set_input_files(list(files))


def fill(page):
    page.locator("#title").fill("Le NAS s’arrête")
    page.get_by_label("Nature de l'incident").select_option("Produit défectueux")
    page.get_by_label("Q207B17555 - TS-131K").check()
    page.get_by_label("Descriptif").fill("Deux bips.")


def submit(page):
    page.get_by_role("button", name="Valider ma déclaration").click()


def declare(page):
    fill(page)
    submit(page)
    page.wait_for_url(re.compile(r"/incidents/\d+$"))


def box(page, channel):
    return page.locator(f"#{channel}-body")


def send(page, channel):
    page.locator(f"#{channel}").get_by_role("button", name="Envoyer", exact=True).click()


# --- declaring ---------------------------------------------------------------------------------


def test_files_go_ahead_and_a_wrong_field_costs_none_of_them(own_server, as_user):  # 002-30..41
    page = as_user("client_test", "/contracts/29962", at=own_server)
    page.get_by_role("link", name="Déclarer un incident").click()
    page.wait_for_url(f"**{DECLARE}")
    choose(page, LOG, PHOTO)
    expect(page.locator("[data-file]")).to_have_count(2)
    choose(page, PROGRAM)
    expect(page.locator("[data-refused]")).to_contain_text("facture.pdf")
    page.get_by_role("button", name="Retirer journal.log").click()
    expect(page.locator("[data-file]")).to_have_count(1)
    page.get_by_label("Descriptif").fill("Deux bips.")
    submit(page)
    expect(page.locator("[data-errors]")).to_be_visible()
    expect(page.get_by_label("Descriptif")).to_have_value("Deux bips.")
    expect(page.locator("[data-file]")).to_contain_text("voyant.png")
    assert page.url.endswith(DECLARE)
    choose(page, LOG)
    expect(page.locator("[data-file]")).to_have_count(2)
    declare(page)
    files = page.locator("#files")
    expect(files).to_contain_text("voyant.png")
    expect(files).to_contain_text("journal.log")
    expect(files.get_by_role("img", name="voyant.png")).to_be_attached()


def test_a_new_address_is_made_in_place(own_server, as_user):  # 002-38, 002-39
    page = as_user("revendeur", DECLARE, at=own_server)
    expect(page.locator("#new-street")).to_be_hidden()
    page.get_by_label("Nouvelle adresse").check()
    expect(page.locator("#new-street")).to_be_visible()
    values = {"label": "Dépôt", "street": "7 quai Rambaud", "postcode": "69002", "city": "Lyon"}
    for name, value in (values | {"email": "depot@sqp.example", "phone": "0123456789"}).items():
        page.locator(f"#new-{name}").fill(value)
    expect(page.locator("#new-region")).to_be_hidden()
    page.get_by_label("Pays").select_option("BR")
    expect(page.locator("#new-region")).to_be_visible()
    page.get_by_label("Pays").select_option("FR")
    choose(page, LOG)
    expect(page.locator("[data-file]")).to_have_count(1)
    page.reload()  # nothing typed or sent is lost
    expect(page.locator("#new-street")).to_have_value("7 quai Rambaud")
    expect(page.locator("[data-file]")).to_contain_text("journal.log")
    declare(page)
    expect(page.locator("#files")).to_contain_text("journal.log")
    expect(page.locator("main")).to_contain_text("69002 Lyon FRANCE")


def test_a_file_too_large_is_told_before_it_is_sent(as_user):  # X14
    page = as_user("client_test", DECLARE)
    zone = page.locator("[data-uploads]")
    expect(zone).to_have_attribute("data-most", "20971520")
    zone.evaluate("zone => { zone.dataset.most = 100 }")  # 20 MB take the test's browser too long to carry
    choose(page, LOG)
    expect(page.locator("[data-refused]")).to_contain_text("20 Mo")
    expect(page.locator("[data-file], [data-going]")).to_have_count(0)


def test_all_of_it_works_without_scripts(own_server, as_user):
    page = as_user("client_test", DECLARE, at=own_server, java_script_enabled=False)
    fill(page)
    choose(page, LOG)
    page.locator("#title").fill("")
    submit(page)
    expect(page.locator("[data-file]")).to_contain_text("journal.log")
    declare(page)
    expect(page.locator("#files")).to_contain_text("journal.log")
    page.locator("#files input[type=file]").set_input_files([PHOTO])
    page.get_by_role("button", name="Ajouter à l’incident").or_(page.locator("#files button")).first.click()
    expect(page.locator("#files")).to_contain_text("voyant.png")
    box(page, "customer").fill("Avez-vous des nouvelles ?")
    page.locator("#customer form button").last.click()
    expect(page.locator("#customer .messages")).to_contain_text("Avez-vous des nouvelles ?")


# --- talking -----------------------------------------------------------------------------------


def test_news_come_by_themselves_and_disturb_no_typing(own_server, as_user):  # issue 4, 4
    customer = as_user("client_test", DECLARE, at=own_server)
    declare(customer)
    customer.clock.install()
    customer.reload()
    box(customer, "customer").press_sequentially("Je voulais ajout")
    reseller = as_user("revendeur", customer.url.removeprefix(own_server), at=own_server)
    box(reseller, "customer").fill("Un boîtier part ce soir.")
    reseller.get_by_role("button", name="Envoyer et attendre une réponse").click()
    expect(reseller.locator("#customer .messages")).to_contain_text("Un boîtier part ce soir.")
    customer.clock.run_for(11_000)
    expect(customer.locator("#customer .messages")).to_contain_text("Un boîtier part ce soir.")
    expect(box(customer, "customer")).to_be_focused()
    customer.keyboard.type("er ceci.")
    expect(box(customer, "customer")).to_have_value("Je voulais ajouter ceci.")
    expect(customer.locator("#distributor")).to_have_count(0)
    expect(customer.locator("#state")).to_have_text("En attente du client")
    expect(customer.locator("#standing")).to_contain_text("C'est à vous de répondre.")
    expect(customer.locator("#happened")).to_contain_text("Cet incident attend le client.")


def test_a_draft_survives_a_lost_session_and_goes_with_the_message(own_server, as_user):  # issue 4, 4
    page = as_user("revendeur", "/incidents/20122301", at=own_server)
    box(page, "distributor").fill("Le disque est arrivé.")
    page.context.clear_cookies()
    send(page, "distributor")
    page.wait_for_url(re.compile("/login"))
    page.locator("[name=identifier]").fill("revendeur")
    page.locator("[name=password]").fill("demo-Portail-2026")
    page.locator("form.sign-in button.btn--primary").click()
    page.wait_for_url(re.compile("/incidents/20122301"))
    expect(box(page, "distributor")).to_have_value("Le disque est arrivé.")
    expect(box(page, "customer")).to_have_value("")
    send(page, "distributor")
    expect(page.locator("#distributor .messages")).to_contain_text("Le disque est arrivé.")
    expect(box(page, "distributor")).to_have_value("")
    page.reload()
    expect(box(page, "distributor")).to_have_value("")


def test_a_request_that_was_left_is_found_again_whole(as_user):  # 004-23, 004-24, 004-25
    page, words = as_user("gestionnaire", "/support-requests/new"), "Comment enrôler une tablette ?"
    page.get_by_label("Demande d'information technique").check()
    page.get_by_label("Type de ressource").select_option(index=2)
    chosen = page.get_by_label("Type de ressource").input_value()
    page.get_by_label("Descriptif").fill(words)
    page.reload()
    expect(page.get_by_label("Demande d'information technique")).to_be_checked()
    expect(page.get_by_label("Type de ressource")).to_have_value(chosen)
    expect(page.get_by_label("Descriptif")).to_have_value(words)


def test_who_logs_out_leaves_no_draft_behind(own_server, new_context):
    page = log_in(new_context().new_page(), "client_test", own_server)
    page.goto(f"{own_server}/incidents/20122301")
    box(page, "customer").fill("À mon revendeur.")
    page.context.clear_cookies()  # a lost session, and somebody else in the same browser
    log_in(page, "revendeur", own_server)
    assert page.evaluate("Object.keys(localStorage).length") == 0
    page.goto(f"{own_server}/incidents/20122301")
    box(page, "distributor").fill("Entre nous.")
    page.locator("summary:has(.avatar)").click()
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url(re.compile("/login"))
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_a_double_click_sends_one_message(own_server, as_user):
    page = as_user("revendeur", "/incidents/20122301", at=own_server)
    box(page, "customer").fill("Une seule fois.")
    page.locator("#customer").get_by_role("button", name="Envoyer", exact=True).dblclick()
    expect(page.locator("#customer .message", has_text="Une seule fois.")).to_have_count(1)
    page.reload()
    expect(page.locator("#customer .message", has_text="Une seule fois.")).to_have_count(1)


# --- following ---------------------------------------------------------------------------------


def test_the_list_searches_as_one_types_and_leads_to_the_incident(as_user):  # 002-42, 002-43
    page = as_user("revendeur", "/incidents")
    page.locator("#q").press_sequentially("problem")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("tbody tr td").nth(2).click()
    page.wait_for_url("**/incidents/20122301")
    expect(page.get_by_text("Cet incident a été résolu.").first).to_be_visible()


def test_a_file_is_downloaded_and_stays_in_the_history_once_deleted(own_server, as_user):  # 002-47
    page = as_user("client_test", DECLARE, at=own_server)
    choose(page, LOG)
    expect(page.locator("[data-file]")).to_have_count(1)
    declare(page)
    with page.expect_download() as download:
        page.locator("#files").get_by_role("link", name="Télécharger journal.log").click()
    assert download.value.suggested_filename == "journal.log"
    page.locator("#files").get_by_role("link", name="Supprimer journal.log").click()
    page.get_by_role("button", name="Supprimer le fichier").click()
    expect(page.locator("#files s")).to_have_text("journal.log")


def test_a_portuguese_reader_reads_portuguese(as_user):
    page = as_user("parceiro", "/incidents", locale="pt-BR")
    expect(page.get_by_role("heading", name="Chamados")).to_be_visible()
    page.locator("tbody tr a").first.click()
    expect(page.get_by_role("heading", name="Mensagens (distribuidor)")).to_be_visible()
    expect(page.get_by_role("heading", name="Endereço de entrega")).to_be_visible()
