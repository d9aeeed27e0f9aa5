"""What is offered to an app is offered in one session."""


def up(migrator, db):
    db.execute_sql('ALTER TABLE "second_factor" ADD COLUMN "offered_to" TEXT')
