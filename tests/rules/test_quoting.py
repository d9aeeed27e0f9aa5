"""What somebody wrote in a letter, without what they answer to (004-26): as the usual mail programs send it."""

import pytest

from lic.rules.pages import text_of_page
from lic.rules.quoting import own_words

INTRODUCTIONS = [
    "On Sun, Nov 22, 2026 at 12:00 PM Distributeur <portal@house.example> wrote:",
    "On Sun, Nov 22, 2026 at 12:00 PM Distributeur\n<portal@house.example> wrote:",
    "Le dim. 22 nov. 2026 à 12:00, Distributeur <portal@house.example> a écrit :",
    "Le dim. 22 nov. 2026 à 12:00, Distributeur\n<portal@house.example>\na écrit :",
    "Le 22/11/2026 à 12:00, Distributeur a écrit\u00a0:",
    "Em dom., 22 de nov. de 2026 às 12:00, Distributeur <portal@house.example> escreveu:",
    "A 22 nov. 2026, às 12:00, Distributeur <portal@house.example> escreveu:",
    "Distributeur <portal@house.example> wrote:",
]


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_what_is_quoted_is_cut_in_three_languages(introduction, gap):
    text = f"Le disque est rouge.{gap}{introduction}\n\n> Quelle couleur ?\n>\n> -- \n> Distributeur\n"
    assert own_words(text) == "Le disque est rouge."
    assert own_words(text.replace("\n", "\r\n")) == "Le disque est rouge."


@pytest.mark.parametrize(
    "head",
    [
        "-----Original Message-----\nFrom: House\nSent: Sunday\nTo: me\nSubject: Incident",
        "-----Message d'origine-----\nDe : House\nEnvoyé : dimanche",
        "-----Mensagem original-----\nDe: House\nEnviada em: domingo",
        "________________________________\nDe : House <a@b.example>\nEnvoyé : dimanche\nÀ : moi\nObjet : Incident",
        "From: House <a@b.example>\nDate: Sunday\nTo: me\nSubject: Incident",
        "De : House <a@b.example>\nDate : dimanche\nÀ : moi\nObjet : Incident",
        "De: House <a@b.example>\nData: domingo\nPara: eu\nAssunto: Incidente",
        "*De :* House\n*Envoyé :* dimanche\n*À :* moi\n*Objet :* Incident",
    ],
)
def test_a_letter_below_is_cut(head):
    assert own_words(f"It is red.\n\n{head}\n\nWhich colour?\n") == "It is red."


@pytest.mark.parametrize(
    "end", ["-- \nClaire Test\n06 00", "--\nClaire", "Envoyé de mon iPhone", "Sent from my phone", "Enviado do meu Mi"]
)
def test_signatures_are_cut(end):
    assert own_words(f"It is red.\n\n{end}\n") == "It is red."


def test_an_answer_between_the_lines_is_kept_whole():
    text = "Hello,\n\nOn Sunday, House <a@b.example> wrote:\n> Which colour?\nRed.\n> Since when?\nToday."
    assert own_words(text) == text


def test_an_answer_below_the_quote_is_kept():
    assert "It is red." in own_words("Le 22/11/2026, House a écrit :\n> Couleur ?\n\nIt is red.")


@pytest.mark.parametrize(
    "text",
    [
        "On the box somebody wrote: do not open.",
        "De : la poussière dans le boîtier, rien d'autre.",
        "Le disque\n\nest rouge - vraiment - oui.",
        "1 > 0\nTo: be sure",
    ],
)
def test_ordinary_words_are_no_quote(text):
    assert own_words(text) == text


@pytest.mark.parametrize(
    "page",
    [
        '<div>It is <b>red</b>.<br></div><div class="gmail_quote">On Sunday House wrote:<p>Which?</p></div>',
        "<html><head><style>p {color: red}</style></head><body><p>It is red.</p><div id='appendonsend'></div>"
        "<hr><div id=divRplyFwdMsg><b>De :</b> House</div><p>Which?</p></body></html>",
        "<p>It is red.</p><blockquote type=cite><p>Which?<p>Tell us.</blockquote>",
        "<script>alert(1)</script><p>It is\n red.</p><p>--<br>Claire</p>",
        "<div>It is red.</div><p>Le 22/11/2026, House a écrit&nbsp;:</p><blockquote>Which?</blockquote>",
        "<p>It is red.</p><table>"
        "<tr><td>De&nbsp;: House</td></tr><tr><td>Envoyé : d</td></tr><tr><td>À : moi</td></tr></table>",
    ],
)
def test_a_letter_that_is_a_page_is_read_as_text(page):
    assert own_words(text_of_page(page)) == "It is red."
