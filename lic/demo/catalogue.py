"""What the demonstration sells: products, two price lists, and the terms in three languages (demo.md, Catalogue)."""

from datetime import date

from lic.models import Basis, Fit, Plan, Price, PriceList, Product, ProductKind, Terms

SINCE = date(2018, 1, 1)  # before any day the demonstration may be shown on

MANAGEMENT = {"en": "Management software", "fr": "Logiciels de gestion", "pt": "Gestão"}
PRINTING = {"en": "Cloud printing", "fr": "Impression cloud", "pt": "Impressão em nuvem"}
SERVICES = {"en": "Cloud services", "fr": "Services cloud", "pt": "Serviços em nuvem"}
WARRANTY = {"en": "Warranty extensions", "fr": "Extensions de garantie", "pt": "Extensões de garantia"}


def load(d):
    d.europe = PriceList.create(name="Europe", currency="EUR")
    d.brasil = PriceList.create(name="Brasil", currency="BRL")
    _management(d)
    _printing(d)
    _services(d)
    _warranty(d)
    _terms(d)


def _product(reference, title, kind, family, **given):
    title = title if isinstance(title, dict) else {"en": title, "fr": title, "pt": title}
    return Product.create(reference=reference, title=title, kind=kind, family=family, **given)


def _prices(d, product, basis, europe=None, brasil=None, bonus_every=None):
    """In cents; None is not sold on that list."""
    for price_list, cents in ((d.europe, europe), (d.brasil, brasil)):
        if cents is not None:
            Price.create(
                price_list=price_list,
                product=product,
                basis=basis,
                cents=cents,
                bonus_every=bonus_every,
                valid_from=SINCE,
            )


def _management(d):
    licence = ProductKind.LICENCE
    d.completo = _product("GES-COMPLETO", "Gestão Completo", licence, MANAGEMENT, users_per_unit=3)
    d.light = _product("GES-LIGHT", "Gestão Light", licence, MANAGEMENT, users_per_unit=1)
    sped = {"en": "SPED module", "fr": "Module SPED", "pt": "Módulo SPED"}
    d.sped = _product("GES-SPED", sped, licence, MANAGEMENT, users_per_unit=0, requires=d.completo)
    users = {"en": "Additional users", "fr": "Utilisateurs supplémentaires", "pt": "Usuários adicionais"}
    d.users = _product("GES-USER", users, ProductKind.USERS, MANAGEMENT)
    for product in (d.completo, d.light):
        Fit.create(product=d.users, for_product=product)
    _prices(d, d.completo, Basis.LICENCE_MONTH, 2490, 5990, bonus_every=10)
    _prices(d, d.completo, Basis.SETUP, 6000, 15000)
    _prices(d, d.light, Basis.LICENCE_MONTH, 1290, 2990)
    _prices(d, d.light, Basis.SETUP, 3000, 8000)
    _prices(d, d.sped, Basis.LICENCE_MONTH, None, 1990)
    _prices(d, d.users, Basis.LICENCE_MONTH, 390, 890)


def _printing(d):
    base = {"en": "Cloud printing DWA Base", "fr": "Impression cloud DWA Base", "pt": "Impressão em nuvem DWA Base"}
    module = {"en": "Cloud printing CPM", "fr": "Impression cloud CPM", "pt": "Impressão em nuvem CPM"}
    d.dwa = _product("IMP-DWA", base, ProductKind.SUBSCRIPTION, PRINTING)
    d.cpm = _product("IMP-CPM", module, ProductKind.MODULE, PRINTING, base=d.dwa)
    _seats(d, d.dwa, (400, 3600, 400), (2200, 19800, 2200))
    _seats(d, d.cpm, (150, 1500, 150), (800, 8280, 800))
    words = {"en": "Software assurance", "fr": "Assurance logicielle", "pt": "Software Assurance"}
    plans = ((Plan.STANDARD, "STD", 50, 250), (Plan.PREMIUM, "PRE", 80, 400), (Plan.PREMIUM_PLUS, "PPL", 120, 600))
    for plan, short, europe, brasil in plans:
        title = {language: f"{word} {plan.label}" for language, word in words.items()}
        given = {"base": d.dwa, "plan": plan}
        product = _product(f"IMP-DWA-{short}", title, ProductKind.ASSURANCE, PRINTING, **given)
        _prices(d, product, Basis.ASSURANCE_MONTH, europe, brasil)


def _services(d):
    seat, service = ProductKind.SUBSCRIPTION, {"is_service": True}
    office = {"en": "Office Enterprise", "fr": "Office Entreprise", "pt": "Office Empresarial"}
    d.office = _product("OFF-ENT", office, seat, SERVICES, grace_days=30, procedure=CONSOLE, **service)
    storage = {"en": "Storage and sharing", "fr": "Stockage et Partage", "pt": "Armazenamento e compartilhamento"}
    d.storage = _product("STO-PART", storage, seat, SERVICES, **service)
    devices = {
        "en": "Mobility management (EMM)",
        "fr": "Gestion de la Mobilité (EMM)",
        "pt": "Gestão de mobilidade (EMM)",
    }
    leave = {
        "en": ["Un-enrol every device in the administration console."],
        "fr": ["Désenrôler chaque appareil dans la console d'administration."],
        "pt": ["Desvincular cada dispositivo no console de administração."],
    }
    mobility = {"checklist": leave, "procedure": ENROLMENT, "support_route": MOBILE_DESK}
    d.mobility = _product("EMM-STD", devices, seat, SERVICES, **mobility, **service)
    domain = {"en": "Domain name", "fr": "Nom de domaine", "pt": "Nome de domínio"}
    d.domain = _product("DNS-DOM", domain, seat, SERVICES)
    _seats(d, d.office, (980, 10560), (5400, 58320))
    _seats(d, d.storage, (250, 2700), (1400, 15120))
    _seats(d, d.mobility, (320, 3480), (1760, 19200))
    _prices(d, d.domain, Basis.ANNUAL, 1200, 6000)


CONSOLE = {  # 004-15: each service has a procedure of its own
    "en": "The technical administrator receives the credentials of the console by mail, then assigns the licences.",
    "fr": "L'administrateur technique reçoit par e-mail les accès de la console, puis affecte les licences.",
    "pt": "O administrador técnico recebe por e-mail o acesso ao console e depois atribui as licenças.",
}
ENROLMENT = {
    "en": "Create the fleet in the console, then enrol each device with its code.",
    "fr": "Créez le parc dans la console, puis enrôlez chaque appareil avec son code.",
    "pt": "Crie a frota no console e depois vincule cada dispositivo com o seu código.",
}
MOBILE_DESK = {  # 004-27
    "en": "EMM support desk: emm@support.example",
    "fr": "Support EMM : emm@support.example",
    "pt": "Suporte EMM: emm@support.example",
}


def _seats(d, product, europe, brasil):
    """Monthly, annual and perhaps term prices, in cents."""
    bases = (Basis.MONTHLY, Basis.ANNUAL, Basis.TERM_MONTH)
    for basis, in_europe, in_brasil in zip(bases, europe, brasil, strict=False):
        _prices(d, product, basis, in_europe, in_brasil)


def _warranty(d):
    title = {
        "en": "2-year extension - Chassis only - Express shipping next day - Call before 4 p.m. - 2 years",
        "fr": "Extension 2 ans - Chassis uniquement - Envoi express J+1 - Appel avant 16H - 2 ans",
        "pt": "Extensão de 2 anos - Somente chassi - Envio expresso D+1 - Ligação antes das 16h - 2 anos",
    }
    d.extension = _product("CL-SV-E3TS131K", title, ProductKind.EXTENSION, WARRANTY, months=24)
    Fit.create(product=d.extension, for_reference="TS-131K")
    _prices(d, d.extension, Basis.ONCE, 8900, 49000)


# --- terms (004-07) ----------------------------------------------------------------------------


def _terms(d):
    for code, product, title, body in (
        ("general", None, GENERAL, GENERAL_BODY),
        ("particular", None, PARTICULAR, PARTICULAR_BODY),
        ("product", d.completo, LICENCE, LICENCE_BODY),
    ):
        Terms.create(code=code, product=product, version="1.0", valid_from=SINCE, title=title, body=body)


GENERAL = {
    "en": "General terms of sale",
    "fr": "Conditions générales de vente",
    "pt": "Condições gerais de venda",
}
GENERAL_BODY = {
    "en": "Orders are placed on this portal and take effect when the distributor approves them.\n\n"
    "The prices are those of the buyer's price list on the day the order is placed; they hold for thirty days.\n\n"
    "Invoices are due within thirty days of their date.",
    "fr": "Les commandes se passent sur ce portail et prennent effet à leur approbation par le distributeur.\n\n"
    "Les prix sont ceux de la grille tarifaire de l'acheteur au jour de la commande ; ils valent trente jours.\n\n"
    "Les factures sont payables à trente jours de leur date.",
    "pt": "Os pedidos são feitos neste portal e valem a partir da aprovação do distribuidor.\n\n"
    "Os preços são os da tabela de preços do comprador no dia do pedido; valem por trinta dias.\n\n"
    "As faturas vencem trinta dias após a sua data.",
}
PARTICULAR = {
    "en": "Particular terms for licences and warranties",
    "fr": "Conditions particulières des licences et garanties",
    "pt": "Condições particulares de licenças e garantias",
}
PARTICULAR_BODY = {
    "en": "Licences stay in the partner's stock until they are activated for a customer. The monthly amount is due for"
    " every licence bought, used or not; free licences can be given back for the next 1st of the month.\n\n"
    "A warranty extension begins the day after the warranty ends.",
    "fr": "Les licences restent dans le stock du partenaire jusqu'à leur activation pour un client. Le montant mensuel"
    " est dû pour chaque licence achetée, utilisée ou non ; les licences libres peuvent être rendues pour le 1er du"
    " mois suivant.\n\nUne extension de garantie commence le lendemain de la fin de la garantie.",
    "pt": "As licenças ficam no estoque do parceiro até serem ativadas para um cliente. O valor mensal é devido por"
    " toda licença comprada, usada ou não; licenças livres podem ser devolvidas para o dia 1º do mês seguinte.\n\n"
    "Uma extensão de garantia começa no dia seguinte ao fim da garantia.",
}
LICENCE = {
    "en": "Terms of use of Gestão Completo",
    "fr": "Conditions d'utilisation de Gestão Completo",
    "pt": "Termos de uso do Gestão Completo",
}
LICENCE_BODY = {
    "en": "Each licence serves one company, identified by its tax number, and three people.",
    "fr": "Chaque licence sert une entreprise, identifiée par son numéro fiscal, et trois personnes.",
    "pt": "Cada licença atende uma empresa, identificada pelo seu CNPJ ou CPF, e três pessoas.",
}
