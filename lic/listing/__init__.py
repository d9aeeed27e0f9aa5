"""A list screen as data: its columns, search, sorts, filters, keyset pages and exports (screens.md, Every list)."""

from lic.listing.columns import Choice, Column, Filter  # noqa: F401
from lic.listing.drawn import Drawn  # noqa: F401
from lic.listing.pages import Listing, Page  # noqa: F401
from lic.listing.rows import Kept, Large, Small  # noqa: F401
