"""Every table by name, in creation order: the door everyone imports from."""

from lic.schema.base import (  # noqa: F401
    EVERYBODY,
    N_,
    NC_,
    NN_,
    NOBODY,
    EnumField,
    Generation,
    JSONField,
    Labelled,
    Moment,
    OutOfScope,
    Record,
    Scope,
    Scoped,
    after_commits,
    current_scope,
    db,
    fold,
    is_writing,
    kept_with,
    open_scope,
    read_once,
    scope,
    together,
    touch,
    tx,
    watch,
)
from lic.schema.billing import Charge, Invoice, InvoiceKind, InvoiceState, Quote, QuoteState  # noqa: F401
from lic.schema.catalogue import Basis, Fit, Plan, Price, PriceList, Product, ProductKind, Terms  # noqa: F401
from lic.schema.contracts import Article, Contract, Coverage, Ending
from lic.schema.incidents import (  # noqa: F401
    Attachment,
    Channel,
    ConcernedArticle,
    CustomerMessage,
    DistributorMessage,
    Incident,
    IncidentKind,
    IncidentNature,
    IncidentState,
    Quarantined,
    StagedFile,
    Turn,
)
from lic.schema.journal import (  # noqa: F401
    Event,
    IncomingMail,
    IncomingState,
    JobRun,
    Mail,
    MailState,
    Notification,
    Number,
    SentForm,
    Setting,
)
from lic.schema.licences import (  # noqa: F401
    Activation,
    ActivationCode,
    ActivationState,
    Balance,
    Equipped,
    MovementKind,
    StockMovement,
)
from lic.schema.orders import Consent, Operation, Order, OrderLine, OrderState  # noqa: F401
from lic.schema.people import (  # noqa: F401
    Address,
    ApiToken,
    HalfSignIn,
    LinkKind,
    MailedLink,
    Organisation,
    OrganisationKind,
    Owned,
    RecoveryCode,
    Registration,
    RegistrationState,
    SecondFactor,
    SignIn,
    Throttle,
    User,
    UserType,
)
from lic.schema.projects import LicenceGroup, Project, SubscriptionType  # noqa: F401
from lic.schema.renewals import Reminder, Renewal
from lic.schema.services import Allocation, Assignment, BillingCentre, SupportPerson, TechnicalAdministrator
from lic.schema.subscriptions import (  # noqa: F401
    Assurance,
    ChangeState,
    Course,
    Period,
    ScheduledChange,
    Seats,
    Subscription,
    Transfer,
    TransferKind,
)

TABLES = [
    *(Product, Fit, PriceList, Price, Terms),
    *(Organisation, User, SignIn, Throttle, MailedLink, ApiToken, Address, Registration),
    *(HalfSignIn, SecondFactor, RecoveryCode),
    *(Project, LicenceGroup, Contract, Ending, Article, Coverage),
    *(Order, OrderLine, Consent, Activation, StockMovement, Balance, ActivationCode),
    *(Subscription, Period, Seats, Assurance, ScheduledChange, Transfer),
    *(Incident, ConcernedArticle, CustomerMessage, DistributorMessage, Attachment, StagedFile, Quarantined),
    *(TechnicalAdministrator, SupportPerson, Assignment, BillingCentre, Allocation),
    *(Invoice, Charge, Quote, Reminder, Renewal),
    *(Event, Notification, Mail, IncomingMail, JobRun, SentForm, Number, Setting),
]
