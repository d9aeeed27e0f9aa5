"""What the lists of projects and of subscriptions search, and by which days subscriptions are chosen."""

from lic.models import (
    Charge,
    Course,
    Invoice,
    LicenceGroup,
    Organisation,
    Period,
    Plan,
    PriceList,
    Product,
    Project,
    Setting,
    Subscription,
    SubscriptionType,
)
from lic.search.index import Index, Key
from lic.search.texts import DAY, NUMBER, WORD


class Unseen(Key):
    """A day one filters by, which is in no column: who searches for a day does not find it."""

    def searched(self, stored):
        return ""


DEFAULTS = {"grace_days": 10, "renew_window_days": 120}  # rules.md P; tests/rules/test_states.py compares

_PAID_BASES = (  # the first invoice of a base is paid, so that modules can be added to it (000-35, 000-36)
    "SELECT 1 FROM subscription s WHERE s.cancelled_on IS NULL AND s.base_id IS NULL"
    " AND EXISTS (SELECT 1 FROM product m WHERE m.kind = 'module' AND m.active AND m.base_id = s.product_id)"
    " AND (SELECT i.paid_on FROM charge c JOIN invoice i ON i.id = c.invoice_id"
    " WHERE c.subscription_id = s.id AND c.net_cents >= 0 ORDER BY c.id LIMIT 1) IS NOT NULL"
)
PROJECTS = Index(
    "project",
    Project,
    row="t.number",
    join="LEFT JOIN organisation o ON o.id = t.customer_id",
    keys=(
        Key("name", "t.name"),
        Key("customer_name", "o.name"),
        Key("type", "t.subscription_type", WORD, SubscriptionType),
        Key("plan", "t.assurance_plan", WORD, Plan),
        Key("paid_base", f"EXISTS ({_PAID_BASES} AND s.project_id = t.id)", NUMBER),
    ),
    also=(
        "t.tenant_name",
        "t.tenant_domain",
        "t.admin_first_name || ' ' || t.admin_last_name",
        "t.admin_email",
        "(SELECT group_concat(p.reference, ' ') FROM licence_group g JOIN product p ON p.id = g.product_id"
        " WHERE g.project_id = t.id)",
    ),
    extra={"id": "t.id"},
    follows={
        LicenceGroup: ("t.id = ?", "project_id"),
        Organisation: ("t.customer_id = ?", "id"),
        Subscription: ("t.id = ?", "project_id"),
        Charge: ("t.id IN (SELECT project_id FROM subscription WHERE id = ?)", "subscription_id"),
        Invoice: (
            "t.id IN (SELECT s.project_id FROM subscription s JOIN charge c ON c.subscription_id = s.id"
            " WHERE c.invoice_id = ?)",
            "id",
        ),
        Product: ("t.id IN (SELECT project_id FROM subscription WHERE product_id = ?)", "base_id"),
    },
)


def _days(name, column=None):
    """A number of days that holds for a subscription: what it keeps, else as rules/parameters.py has it (P)."""
    own = [f"p.{column}"] if column else []
    values = [
        f"json_extract(t.parameters, '$.{name}')",
        *own,
        f"json_extract(p.parameters, '$.{name}')",
        f"(SELECT json_extract(l.parameters, '$.{name}') FROM organisation h JOIN price_list l"
        " ON l.id = h.price_list_id WHERE h.id = t.holder_id)",
        f"(SELECT json_extract(v.value, '$.{name}') FROM setting v WHERE v.name = 'parameters')",
        str(DEFAULTS[name]),
    ]
    return f"coalesce({', '.join(values)})"


_LAST_DAY = "coalesce(t.ends_on, (SELECT max(d.ends_on) FROM period d WHERE d.subscription_id = t.id))"
_GRACE = _days("grace_days", "grace_days")

SUBSCRIPTIONS = Index(
    "subscription",
    Subscription,
    row="t.number",
    join="JOIN product p ON p.id = t.product_id LEFT JOIN organisation o ON o.id = t.customer_id"
    " LEFT JOIN project j ON j.id = t.project_id",
    keys=(
        Key("product", "p.reference"),
        Key("customer_name", "o.name"),
        Key("project", "j.name"),
        Key("type", "t.type", WORD, SubscriptionType),
        Key("ends", _LAST_DAY, DAY),
        Unseen("opens", f"date({_LAST_DAY}, '+1 day', '-' || {_days('renew_window_days')} || ' days')", DAY),
        Unseen(  # its last day of grace; after a cancellation there is none (Q)
            "until",
            f"CASE WHEN t.cancelled_on IS NULL THEN date({_LAST_DAY}, '+' || {_GRACE} || ' days') ELSE t.ends_on END",
            DAY,
        ),
        Key(
            "course",
            "CASE WHEN t.cancelled_on IS NOT NULL THEN 'cancelled' WHEN t.base_id IS NOT NULL THEN 'follows'"
            " WHEN t.type = 'monthly' AND t.auto_renew THEN 'renews' ELSE 'open' END",
            WORD,
            Course,
        ),
    ),
    also=("(SELECT group_concat(value, ' ') FROM json_each(p.title))", "t.sold_by"),
    live={  # the seats of the day, those of its end once it is over, those it begins with before
        "seats": "(SELECT coalesce(sum(s.quantity), 0) FROM seats s WHERE s.subscription_id = t.id"
        " AND s.from_on <= max(t.starts_on, min(:today, coalesce((SELECT max(d.ends_on) FROM period d"
        " WHERE d.subscription_id = t.id), :today)))"
        " AND (s.to_on IS NULL OR s.to_on >= max(t.starts_on, min(:today, coalesce((SELECT max(d.ends_on) FROM period d"
        " WHERE d.subscription_id = t.id), :today)))))"
    },
    extra={
        "id": "t.id",
        "title": "p.title",
        "starts": "coalesce((SELECT min(d.starts_on) FROM period d WHERE d.subscription_id = t.id), t.starts_on)",
        "grace_days": _GRACE,
        "sold_by": "t.sold_by",
        "suspended": "t.suspended_at",
    },
    follows={
        Period: ("t.id = ?", "subscription_id"),
        Organisation: (("t.customer_id = ?", "id"), ("t.holder_id = ?", "id")),
        Product: ("t.product_id = ?", "id"),
        Project: ("t.project_id = ?", "id"),
        PriceList: ("t.holder_id IN (SELECT id FROM organisation WHERE price_list_id = ?)", "id"),
        Setting: ("t.parameters IS NULL AND ? = 'parameters'", "name"),
    },
)
