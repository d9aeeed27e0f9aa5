"""Invoices in a real browser: opened from the list, downloaded, marked as paid (004-22)."""

from playwright.sync_api import expect


def test_an_invoice_is_opened_downloaded_and_marked_as_paid(as_user, own_server):  # 004-22, Q
    page = as_user("distributeur", "/invoices?situation=open", at=own_server)
    row = page.locator("tbody tr", has_text="Atelier Direct").last
    number = row.locator("th a").inner_text()
    row.locator("th a").click()
    expect(page.locator("h1")).to_have_text(f"Facture {number}")
    expect(page.get_by_role("table", name="Part de chaque centre de facturation")).to_contain_text("Siège")
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="Télécharger le PDF").click()
    assert downloaded.value.suggested_filename == f"facture-{number}.pdf"
    with open(downloaded.value.path(), "rb") as file:
        assert file.read(5) == b"%PDF-"
    page.get_by_role("button", name="Marquer comme payée").click()
    expect(page.locator(".banner--ok", has_text="Payée le")).to_be_visible()
