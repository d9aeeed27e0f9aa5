"""Second factors, their recovery codes, the step between password and code, and what device a session is on."""

STATEMENTS = [
    "ALTER TABLE \"sign_in\" ADD COLUMN \"device\" TEXT NOT NULL DEFAULT ''",
    'CREATE TABLE "half_sign_in" ("id" INTEGER NOT NULL PRIMARY KEY, "user_id" INTEGER NOT NULL, "sha256" TEXT NOT NULL, "made_at" TEXT NOT NULL, "long" INTEGER NOT NULL, FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE RESTRICT) STRICT',
    'CREATE INDEX "half_sign_in_user_id" ON "half_sign_in" ("user_id")',
    'CREATE UNIQUE INDEX "half_sign_in_sha256" ON "half_sign_in" ("sha256")',
    'CREATE TABLE "second_factor" ("id" INTEGER NOT NULL PRIMARY KEY, "user_id" INTEGER NOT NULL, "secret" TEXT, "step" INTEGER NOT NULL, "since_at" TEXT, "offered" TEXT, "offered_at" TEXT, FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE RESTRICT, CHECK ((secret IS NULL) = (since_at IS NULL)), CHECK ((offered IS NULL) = (offered_at IS NULL))) STRICT',
    'CREATE UNIQUE INDEX "second_factor_user_id" ON "second_factor" ("user_id")',
    'CREATE TABLE "recovery_code" ("id" INTEGER NOT NULL PRIMARY KEY, "user_id" INTEGER NOT NULL, "sha256" TEXT NOT NULL, "used_at" TEXT, FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE RESTRICT) STRICT',
    'CREATE INDEX "recovery_code_user_id" ON "recovery_code" ("user_id")',
    'CREATE UNIQUE INDEX "recovery_code_sha256" ON "recovery_code" ("sha256")',
]


def up(migrator, db):
    for statement in STATEMENTS:
        db.execute_sql(statement)
