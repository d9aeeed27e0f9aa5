"""The sheet all documents are printed on: PDF/A-3, fonts of its own, who writes to whom, tables and sums."""

from pathlib import Path
from xml.sax.saxutils import escape

from flask_babel import gettext as _
from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from lic.rules import taxes
from lic.web import words

FONTS = Path(__file__).parent / "fonts"
LANGUAGES = {"fr": "fr-FR", "pt": "pt-BR", "en": "en-GB"}
INK, SOFT, RULE, SHADE = (32, 36, 40), (96, 102, 108), (206, 210, 214), (243, 245, 246)
WIDTH = 174  # mm between the margins
XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" pdfaid:part="3" pdfaid:conformance="B"/>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator></rdf:Description>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"><xmp:CreatorTool>portal</xmp:CreatorTool>
<xmp:CreateDate>{when}</xmp:CreateDate><xmp:ModifyDate>{when}</xmp:ModifyDate></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"><pdf:Producer>fpdf2</pdf:Producer>
</rdf:Description>{more}
</rdf:RDF></x:xmpmeta>"""  # its own: what fpdf2 writes of itself names the moment of printing


class Sheet(FPDF):
    """A4. Text is in millimetres and points; every amount comes already written in the reader's way.

    Nothing in it comes from the day it is printed: `at`, when what it tells was made, is its date.
    """

    def __init__(self, title, author, language, at):
        super().__init__(enforce_compliance="PDF/A-3B")
        self.foot = title
        self.set_lang(LANGUAGES[language])
        self.set_title(title)
        self.set_author(author)
        self.set_creator("portal")
        self.set_producer("fpdf2")
        self.set_creation_date(at)
        self.about = {"title": escape(title), "author": escape(author), "when": at.isoformat(timespec="seconds")}
        self.tell_of_itself()
        self.add_font("D", "", FONTS / "DejaVuSansCondensed.ttf")
        self.add_font("D", "B", FONTS / "DejaVuSansCondensed-Bold.ttf")
        self.set_margins(18, 16, 18)
        self.set_auto_page_break(True, 22)
        self.alias_nb_pages()
        self.add_page()
        self.write_as(9.5)

    def tell_of_itself(self, more=""):
        """The metadata programs read; more: further rdf:Description elements."""
        self.set_xmp_metadata(XMP.format(**self.about, more=more))

    def footer(self):
        self.set_y(-14)
        self.write_as(7.5, colour=SOFT)
        self.cell(WIDTH / 2, 5, self.foot)
        self.cell(WIDTH / 2, 5, f"{self.page_no()} / {{nb}}", align="R")

    def write_as(self, size, bold=False, colour=INK):
        self.set_font("D", "B" if bold else "", size)
        self.set_text_color(*colour)

    # --- parts -----------------------------------------------------------------------------------

    def head(self, left, title, facts):
        """Who writes on the left, what it is on the right; facts: (term, value) pairs under it."""
        top = self.get_y()
        self.write_as(14, bold=True)
        self.multi_cell(WIDTH * 0.5, 7, left, align="L", new_x="LMARGIN", new_y="NEXT")
        lowest = self.get_y()
        self.set_y(top)
        self.set_x(18 + WIDTH * 0.5)
        self.write_as(14, bold=True)
        self.multi_cell(WIDTH * 0.5, 7, title, align="R", new_x="LMARGIN", new_y="NEXT")
        for term, value in facts:
            self.set_x(18 + WIDTH * 0.5)
            self.write_as(9, colour=SOFT)
            self.cell(WIDTH * 0.5, 5, f"{term} {value}", align="R", new_x="LMARGIN", new_y="NEXT")
        self.set_y(max(lowest, self.get_y()) + 5)

    def notice(self, text):
        """A sentence nobody may miss."""
        self.write_as(11, bold=True)
        self.set_fill_color(*SHADE)
        self.multi_cell(WIDTH, 8, text, border=1, fill=True, align="C", new_x="LMARGIN", new_y="NEXT")
        self.set_fill_color(255)
        self.ln(4)

    def parties(self, pairs):
        """Two columns: (heading, party as rules.billing keeps it)."""
        top, lowest = self.get_y(), self.get_y()
        for column, (heading, party) in enumerate(pairs):
            self.set_y(top)
            for place, text in enumerate([heading, *lines_of(party)]):
                self.set_x(18 + column * WIDTH / 2)
                self.write_as(8 if not place else 9.5, bold=place == 1, colour=SOFT if not place else INK)
                self.multi_cell(WIDTH / 2 - 6, 4.6, text, align="L", new_x="LMARGIN", new_y="NEXT")
            lowest = max(lowest, self.get_y())
        self.set_y(lowest + 6)

    def rows(self, heads, widths, rows):
        """A table; the first column is text, the others are numbers. A row repeats its head on the next page."""
        self.write_as(8.5)
        self.set_draw_color(*RULE)
        align = ("LEFT", *["RIGHT"] * (len(widths) - 1))
        style = FontFace(emphasis="BOLD", color=INK, fill_color=SHADE)
        with self.table(
            col_widths=widths,
            text_align=align,
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=style,
            line_height=4.6,
            padding=(1.2, 1),
            width=WIDTH,
            align="LEFT",
        ) as table:
            for cells in [heads, *rows]:
                row = table.row()
                for cell in cells:
                    row.cell(cell)
        self.ln(3)

    def sums(self, pairs):
        """(term, amount), the last one in bold; kept together on one page."""
        if self.get_y() + 6 * len(pairs) > self.h - 30:
            self.add_page()
        for place, (term, amount) in enumerate(pairs, 1):
            self.write_as(9.5 if place < len(pairs) else 11, bold=place == len(pairs))
            self.set_x(18 + WIDTH * 0.4)
            self.cell(WIDTH * 0.36, 6, term, align="R")
            self.cell(WIDTH * 0.24, 6, amount, align="R", new_x="LMARGIN", new_y="NEXT")
        self.ln(5)

    def small(self, texts):
        self.write_as(8, colour=SOFT)
        for text in texts:
            self.multi_cell(WIDTH, 4.2, text, align="L", new_x="LMARGIN", new_y="NEXT")


def lines_of(party):
    """Name, address with the country in capitals (002-64), tax numbers."""
    address = party["address"]
    place = " ".join(filter(None, (address.get("postcode"), address.get("city"))))
    if address.get("region"):
        place = f"{place} - {address['region']}"
    country = words.country(address["country"]).upper()
    named = [party["name"], address.get("street"), address.get("complement"), address.get("district"), place, country]
    if party["tax_number"]:
        kind = taxes.kind(party["country"], party["tax_number"]) or _("Tax number")
        named.append(f"{kind} {taxes.shown(party['country'], party['tax_number'])}")
    if party["vat"] and party["vat"] != party["tax_number"]:
        named.append(" ".join((_("VAT number"), party["vat"])))
    return [text for text in named if text]
