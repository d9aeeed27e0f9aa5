"""How many contracts end on each day is counted as they are written; those others sold, and a customer's, are found."""

STATEMENTS = [
    'CREATE TABLE "ending" ("day" TEXT NOT NULL PRIMARY KEY, "contracts" INTEGER NOT NULL) STRICT',
    'DROP INDEX "contract_customer_id"',
    'CREATE INDEX "contract_customer_id_ends_on_starts_on" ON "contract" ("customer_id", "ends_on", "starts_on")',
    'CREATE INDEX "contract_of_others" ON "contract" ("id") WHERE sold_by <> \'\'',
    "CREATE TRIGGER contract_begins AFTER INSERT ON contract BEGIN INSERT INTO ending (day, contracts)"
    " VALUES (new.ends_on, 1) ON CONFLICT (day) DO UPDATE SET contracts = contracts + 1; END",
    "CREATE TRIGGER contract_moves AFTER UPDATE OF ends_on ON contract WHEN old.ends_on <> new.ends_on"
    " BEGIN UPDATE ending SET contracts = contracts - 1 WHERE day = old.ends_on; INSERT INTO ending (day, contracts)"
    " VALUES (new.ends_on, 1) ON CONFLICT (day) DO UPDATE SET contracts = contracts + 1; END",
    "CREATE TRIGGER contract_goes AFTER DELETE ON contract"
    " BEGIN UPDATE ending SET contracts = contracts - 1 WHERE day = old.ends_on; END",
    "INSERT INTO ending (day, contracts) SELECT ends_on, count(*) FROM contract GROUP BY ends_on",
]


def up(migrator, db):
    for statement in STATEMENTS:
        db.execute_sql(statement)
