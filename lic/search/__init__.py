"""The search index behind every list: what is searched, sorted and filtered by."""

from lic.search.finding import CAP, Found, every, find, values  # noqa: F401
from lic.search.held import PROJECTS, SUBSCRIPTIONS  # noqa: F401
from lic.search.index import Index, ddl, in_zone, indexes  # noqa: F401
from lic.search.lists import (  # noqa: F401
    ACTIVATIONS,
    CHARGES,
    CONTRACTS,
    CUSTOMERS,
    INCIDENTS,
    INVOICES,
    ORDERS,
    QUOTES,
)
from lic.search.query import Query  # noqa: F401
from lic.search.texts import DAY, NUMBER, TEXT, TIME, WORD, folded  # noqa: F401
