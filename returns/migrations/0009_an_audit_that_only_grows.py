"""The database itself refuses to change or remove a step of the money, and to take the chain's head back."""

from django.db import migrations

ENTRIES, HEAD = "returns_auditentry", "returns_audithead"
SAYS = "the audit only grows"

SQLITE = {
    # REPLACE takes the old row away without asking the trigger for DELETE.
    "audit_no_insert_over": f"BEFORE INSERT ON {ENTRIES} "
    f"WHEN EXISTS (SELECT 1 FROM {ENTRIES} WHERE seq = NEW.seq OR id = NEW.id)",
    "audit_no_update": f"BEFORE UPDATE ON {ENTRIES}",
    "audit_no_delete": f"BEFORE DELETE ON {ENTRIES}",
    "audit_head_not_back": f"BEFORE UPDATE ON {HEAD} WHEN NEW.seq < OLD.seq",
    "audit_head_no_delete": f"BEFORE DELETE ON {HEAD}",
}
POSTGRESQL = {
    "audit_no_change": (ENTRIES, "BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW"),
    "audit_no_truncate": (ENTRIES, "BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"),
    "audit_head_not_back": (HEAD, "BEFORE UPDATE ON {table} FOR EACH ROW WHEN (NEW.seq < OLD.seq)"),
    "audit_head_no_delete": (HEAD, "BEFORE DELETE ON {table} FOR EACH ROW"),
    "audit_head_no_truncate": (HEAD, "BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"),
}
FUNCTION = f"""
CREATE OR REPLACE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{SAYS}' USING ERRCODE = 'restrict_violation'; END $$
"""


def guard(connection) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name, when in SQLITE.items():
                cursor.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{SAYS}'); END")
        else:
            cursor.execute(FUNCTION)
            for name, (table, when) in POSTGRESQL.items():
                cursor.execute(f"CREATE TRIGGER {name} {when.format(table=table)} EXECUTE FUNCTION audit_only_grows()")


def unguard(connection) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name in SQLITE:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        else:
            for name, (table, _) in POSTGRESQL.items():
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            cursor.execute("DROP FUNCTION IF EXISTS audit_only_grows()")


def begin(apps, schema_editor) -> None:
    apps.get_model("returns", "AuditHead").objects.get_or_create(pk=1)
    guard(schema_editor.connection)


def end(_apps, schema_editor) -> None:
    unguard(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("returns", "0008_not_seen")]

    operations = [migrations.RunPython(begin, end)]
