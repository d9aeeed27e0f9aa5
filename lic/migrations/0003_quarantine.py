"""Files a virus was found in, which nobody gets."""

STATEMENTS = [
    'CREATE TABLE "quarantined" ("id" INTEGER NOT NULL PRIMARY KEY, "sha256" TEXT NOT NULL, "virus" TEXT NOT NULL, "at" TEXT NOT NULL) STRICT',
    'CREATE UNIQUE INDEX "quarantined_sha256" ON "quarantined" ("sha256")',
]


def up(migrator, db):
    for statement in STATEMENTS:
        db.execute_sql(statement)
