"""Who may open what, as the owner of the portal said it: audience of lic/web/guard.py -> endpoints."""

AGREED = {
    "ANYONE": "settings.email health.show session.new session.destroy session.speak"
    " password_resets.new password_resets.sent password_resets.edit invitations.edit setup.edit"
    " registrations.new registrations.sent confirmations.edit confirmations.waiting",
    "EVERYONE": "session.root contracts.index"
    " settings.profile settings.password settings.company settings.users settings.addresses"
    " notifications.index notifications.count notifications.read notifications.read_all",
    "ADMINISTRATORS": "settings.change_company settings.new_user settings.user settings.invite settings.deactivate"
    " settings.reactivate settings.new_address settings.address settings.remove_address"
    " registrations.show registrations.accept registrations.refuse",
}

# For routes that name a row: the arguments that name one of Alpha's, by endpoint or blueprint.
ROWS = {
    "settings": lambda w: {"number": w.lea.id, "secret": "nobody-made-this"},
    "settings.address": lambda w: {"number": 1},
    "settings.remove_address": lambda w: {"number": 1},
    "notifications": lambda w: {"number": 1},
    "contract": lambda w: {"number": w.contract.number},
    "registrations": lambda w: {"number": w.registration.id},
    "password_resets": lambda w: {"token": "nobody-made-this"},
    "invitations": lambda w: {"token": "nobody-made-this"},
    "confirmations": lambda w: {"token": "nobody-made-this"},
    "setup": lambda w: {"token": "nobody-made-this"},
}
