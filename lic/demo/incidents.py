"""Incidents: the manual's, and a dozen others in every state, each as somebody would have told it (demo.md)."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from io import BytesIO

from lic.files import Incoming, Store, keep_letter
from lic.models import Address, Channel, Contract, IncidentKind, IncidentNature, IncidentState, Moment
from lic.rules import contracts, declarations, desks, files, incidents, letters, messages, replies
from lic.web import clock

DEFECTIVE, DAMAGED = IncidentNature.DEFECTIVE, IncidentNature.DAMAGED
INCOMPLETE, OTHER = IncidentNature.INCOMPLETE, IncidentNature.OTHER
LOG = """2020-12-23 08:02:11 system  Started after an unexpected shutdown.
2020-12-23 08:02:40 disk 1  S.M.A.R.T. warning: reallocated sector count 240.
2020-12-23 08:05:02 system  Powered off.
"""


PHOTO = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"  # a dot


@dataclass(frozen=True)
class Step:
    """What somebody said or did, so many days before the demonstration's day."""

    days: int
    who: str
    text: str = ""
    far: bool = False  # in the distributor's channel
    wait: bool = False
    state: IncidentState = None


def to_distributor(days, who, text):
    return Step(days, who, text, far=True)


def resolved(days, who):
    return Step(days, who, state=IncidentState.RESOLVED)


MINE = (  # (place among the reseller's contracts, days ago, who, title, nature, description, what happened since)
    (0, 0, "revendeur", "Le NAS ne démarre plus", DEFECTIVE, "Le voyant d’état reste éteint depuis ce matin.", ()),
    (1, 3, "revendeur", "Disque en erreur", DEFECTIVE, "Le disque 2 est en erreur, la grappe est dégradée.", ()),
    (
        *(2, 4, "revendeur", "Boîtier arrivé enfoncé", DAMAGED, "Le carton était ouvert, le coin gauche est plié."),
        (to_distributor(3, "revendeur", "Faut-il vous renvoyer le boîtier avant l’échange ?"),),
    ),
    (
        *(
            3,
            6,
            "revendeur",
            "Il manque les vis des disques",
            INCOMPLETE,
            "Le sachet de vis n’était pas dans la boîte.",
        ),
        (
            to_distributor(6, "revendeur", "Pouvez-vous envoyer un sachet de vis ?"),
            to_distributor(5, "distributeur", "Oui. Combien de baies votre client utilise-t-il ?"),
        ),
    ),
    (
        *(9, 9, "revendeur", "Redémarrages la nuit", DEFECTIVE, "Le NAS redémarre chaque nuit vers 3 heures."),
        (Step(8, "revendeur", "Pouvez-vous joindre le journal du système ?", wait=True),),
    ),
    (
        *(5, 12, "revendeur", "Ventilateur bruyant", DEFECTIVE, "Un bruit continu depuis une semaine."),
        (
            to_distributor(12, "revendeur", "Ventilateur à remplacer, c’est entendu au téléphone."),
            to_distributor(11, "distributeur", "Le ventilateur part demain."),
            resolved(4, "revendeur"),
        ),
    ),
    (
        *(6, 45, "revendeur", "Port réseau inactif", DEFECTIVE, "Le second port réseau n’a plus de lien."),
        (to_distributor(44, "revendeur", "Le boîtier est à changer."), resolved(40, "revendeur")),
    ),
    (
        *(7, 30, "revendeur", "Quel remplaçant ?", OTHER, "Le modèle n’est plus vendu. Par quoi est-il remplacé ?"),
        (
            to_distributor(29, "revendeur", "Par quel modèle est-il remplacé ?"),
            to_distributor(28, "distributeur", "Par le modèle suivant de la gamme, aux mêmes conditions."),
            resolved(27, "distributeur"),
        ),
    ),
)
OTHERS = (  # the same for Parceiro Demo and Autre Revendeur
    ("parceiro", 0, 1, "O NAS não liga", DEFECTIVE, "A luz de status não acende.", ()),
    (
        *("parceiro", 1, 5, "Disco com erro", DEFECTIVE, "O disco 1 apresenta erro desde ontem."),
        (to_distributor(5, "parceiro", "Podem enviar um disco novo?"),),
    ),
    (
        *("autre_revendeur", 0, 8, "Alimentation en panne", DEFECTIVE, "Le bloc d’alimentation ne délivre plus rien."),
        (
            to_distributor(7, "autre_revendeur", "Pouvez-vous envoyer un bloc neuf ?"),
            to_distributor(6, "distributeur", "Un bloc neuf part aujourd’hui."),
        ),
    ),
)


def load(d):
    _of_the_manual(d)
    found = _contracts(d.reseller)
    wanted = [(d.revendeur, found[place], *rest) for place, *rest in MINE]
    for who, place, days, *rest in OTHERS:
        by = getattr(d, who)
        wanted.append((by, _contracts(by.organisation)[place], days, who, *rest))
    for _, contract, days, who, title, nature, description, steps in sorted(wanted, key=lambda one: -one[2]):
        incident = _declared(d, contract, getattr(d, who), d.ago(days), title, nature, description)
        for step in steps:
            _happened(d, incident, step)
    for days in (26, 13):
        incidents.close_resolved(d.ago(days))
    _support_request(d)
    _answer_kept_aside(d)


def _of_the_manual(d):
    """Incident 20122301 of 23/12/2020, resolved at 18:27 (002-44, 002-48, 002-54)."""
    contract = Contract.get(Contract.number == 29962)
    declared, solved = _on(d, datetime(2020, 12, 23, 9, 12)), _on(d, datetime(2020, 12, 23, 18, 27))
    title, description = "Problème avec mon NAS", "Le NAS s’arrête seul. Deux bips au redémarrage."
    waiting = [_sent(d.client_test, declared, "document.txt", LOG)]
    incident = _declared(d, contract, d.client_test, declared, title, DEFECTIVE, description, waiting)
    answered = _on(d, datetime(2020, 12, 23, 10, 2))
    messages.say(incident, Channel.CUSTOMER, "Nous remplaçons le disque.", d.revendeur, answered)
    incident = incidents.move(incident, IncidentState.RESOLVED, d.revendeur, solved)
    incident.resolved_on = None  # it stays as the manual shows it: nothing closes it by itself
    incident.save()


def _on(d, wall):
    """A time of the business clock. The audit trail says when it was loaded: old notifications are forgotten (R9)."""
    at = clock.as_utc(wall)
    return Moment(wall.date(), at, d.at.utc)


def _declared(d, contract, by, at, title, nature, description, waiting=()):
    address = Address.select().where(Address.organisation == contract.customer).order_by(Address.id).first()
    return declarations.declare(
        contract,
        by,
        at,
        title=title,
        nature=nature,
        description=description,
        articles=contracts.articles(contract),
        address=address or _address(contract.customer),
        waiting=waiting,
        due_at=clock.due(at),
    )


def _address(customer):
    return {
        "label": "Adresse principale",
        "street": "1 place du Marché",
        "postcode": "69001" if customer.country == "FR" else "01310-100",
        "city": "Lyon" if customer.country == "FR" else "São Paulo",
        "country": customer.country,
        "email": customer.email,
        "phone": customer.phone,
    }


def _happened(d, incident, step):
    at, by = d.ago(step.days), getattr(d, step.who)
    if step.state:
        return incidents.move(incident, step.state, by, at)
    channel = Channel.DISTRIBUTOR if step.far else Channel.CUSTOMER
    return messages.say(incident, channel, step.text, by, at, wait=step.wait)


def _sent(by, at, name, text):
    """A file as a browser would have sent it."""
    incoming = Incoming(Store.of(clock.settings), name)
    incoming.write(text.encode())
    incoming.seek(0)
    return files.stage(incoming, by, at)


def _contracts(reseller):
    """Those with a customer that a person of it may declare on, newest first; the manual's are left alone."""
    mine = Contract.select().where(Contract.reseller == reseller, Contract.customer.is_null(False))
    return list(mine.where(Contract.number >= 30_000, Contract.sold_by == "").order_by(Contract.number.desc()))


def _support_request(d):
    """Atelier Direct's open one, about the service that has a support path of its own (004-27)."""
    desks.keep(d.mobility, [d.distributrice])
    services = [s for s in declarations.services(d.gestionnaire) if s.customer_id == d.atelier.id]
    routed = sorted(services, key=lambda s: not s.product.support_route)
    for service in routed[:1]:
        declarations.request(
            service,
            d.gestionnaire,
            d.ago(1),
            kind=IncidentKind.INFORMATION,
            title="Enrôler des tablettes",
            description="Comment enrôler dix tablettes d’un coup ?",
            due_at=clock.due(d.ago(1)),
        )


def _answer_kept_aside(d):
    """An answer by mail that names no incident: it waits for the distributor to say where it goes (004-26)."""
    letter = EmailMessage()
    letter["From"], letter["To"] = f"{d.revendeur.name} <{d.revendeur.email}>", "reply@sqp.example"
    letter["Subject"], letter["Message-ID"] = "Boîtier arrivé enfoncé", "<demonstration@sqp.example>"
    letter.set_content("Bonjour,\n\nLe nouveau boîtier est arrivé, merci. La photo est jointe.\n\nRémi Durand\n")
    letter.add_attachment(PHOTO, maintype="image", subtype="gif", filename="boitier.gif")
    source = BytesIO(bytes(letter))
    read, sha256 = letters.read(source), keep_letter(Store.of(clock.settings), source)
    verdict = replies.judge(read, key="")
    replies.keep_aside(read, verdict, verdict.why, d.ago(1), sha256, len(bytes(letter)))
