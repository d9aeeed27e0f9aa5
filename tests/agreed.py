"""Who may open what, as the owner of the portal said it: audience of lic/web/guard.py -> endpoints."""

AGREED = {
    "ANYONE": "health.show session.new session.destroy session.speak",
    "EVERYONE": "session.root contracts.index"
    " notifications.index notifications.count notifications.read notifications.read_all",
}

# For routes that name a row: the arguments that name one of Alpha's, by endpoint or blueprint.
ROWS = {
    "notifications": lambda w: {"number": 1},
    "contract": lambda w: {"number": w.contract.number},
}
