"""Counts that reports read without counting: of tickets and of tags, by what each change adds; days of mail that changed.

Triggers keep them, so that whatever changes a ticket or a mail keeps them true: an agent, a filer, an import, a hand in
the database. They only ever add rows: nobody waits for anybody's counter. The sweep puts the rows together.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TALLIES = """
CREATE FUNCTION tickets_added() RETURNS trigger LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO ticket_tally (status, priority, mailbox_id, is_unassigned, number)
    SELECT status, priority, mailbox_id, assigned_agent_id IS NULL, count(*) FROM added
     WHERE removed_as IS DISTINCT FROM 'deleted' GROUP BY 1, 2, 3, 4;
    INSERT INTO tag_tally (day, mailbox_id, tag, created, over)
    SELECT date(timezone('UTC', created_at)), mailbox_id, tag, count(*), count(*) FILTER (WHERE status IN ('RESOLVED', 'CLOSED'))
      FROM added, unnest(tags) AS tag
     WHERE removed_as IS DISTINCT FROM 'deleted' GROUP BY 1, 2, 3;
    RETURN NULL;
END $$;
CREATE TRIGGER tickets_added AFTER INSERT ON ticket REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION tickets_added();

CREATE FUNCTION ticket_changed() RETURNS trigger LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    IF OLD.removed_as IS DISTINCT FROM 'deleted' THEN
        INSERT INTO ticket_tally (status, priority, mailbox_id, is_unassigned, number)
        VALUES (OLD.status, OLD.priority, OLD.mailbox_id, OLD.assigned_agent_id IS NULL, -1);
        INSERT INTO tag_tally (day, mailbox_id, tag, created, over)
        SELECT date(timezone('UTC', OLD.created_at)), OLD.mailbox_id, tag, -1, -(OLD.status IN ('RESOLVED', 'CLOSED'))::int
          FROM unnest(OLD.tags) AS tag;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.removed_as IS DISTINCT FROM 'deleted' THEN
        INSERT INTO ticket_tally (status, priority, mailbox_id, is_unassigned, number)
        VALUES (NEW.status, NEW.priority, NEW.mailbox_id, NEW.assigned_agent_id IS NULL, 1);
        INSERT INTO tag_tally (day, mailbox_id, tag, created, over)
        SELECT date(timezone('UTC', NEW.created_at)), NEW.mailbox_id, tag, 1, (NEW.status IN ('RESOLVED', 'CLOSED'))::int
          FROM unnest(NEW.tags) AS tag;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ticket_changed AFTER UPDATE ON ticket FOR EACH ROW
    WHEN ((OLD.status, OLD.priority, OLD.mailbox_id, OLD.assigned_agent_id IS NULL, OLD.removed_as, OLD.tags, OLD.created_at)
          IS DISTINCT FROM
          (NEW.status, NEW.priority, NEW.mailbox_id, NEW.assigned_agent_id IS NULL, NEW.removed_as, NEW.tags, NEW.created_at))
    EXECUTE FUNCTION ticket_changed();
CREATE TRIGGER ticket_gone AFTER DELETE ON ticket FOR EACH ROW EXECUTE FUNCTION ticket_changed();

CREATE FUNCTION tickets_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM ticket_tally;
    DELETE FROM tag_tally;
    RETURN NULL;
END $$;
CREATE TRIGGER tickets_emptied AFTER TRUNCATE ON ticket FOR EACH STATEMENT EXECUTE FUNCTION tickets_emptied();
"""
WHAT_STANDS = """
INSERT INTO ticket_tally (status, priority, mailbox_id, is_unassigned, number)
SELECT status, priority, mailbox_id, assigned_agent_id IS NULL, count(*) FROM ticket
 WHERE removed_as IS DISTINCT FROM 'deleted' GROUP BY 1, 2, 3, 4;
INSERT INTO tag_tally (day, mailbox_id, tag, created, over, is_folded)
SELECT date(timezone('UTC', created_at)), mailbox_id, tag, count(*), count(*) FILTER (WHERE status IN ('RESOLVED', 'CLOSED')), true
  FROM ticket, unnest(tags) AS tag WHERE removed_as IS DISTINCT FROM 'deleted' GROUP BY 1, 2, 3;
"""

# A mail counts on the day it came; what changes on the same day is not marked, for that day is not written yet. A decision
# is first made together with `filed_at`, so that only what is decided otherwise later has to be looked up.
MAIL_DAYS = """
CREATE FUNCTION mail_in_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mail_day_change (day)
    SELECT DISTINCT date(timezone('UTC', at)) FROM (VALUES (OLD.received_at), (NEW.received_at)) AS moments (at)
     WHERE at < date_trunc('day', clock_timestamp(), 'UTC');
    RETURN NULL;
END $$;
CREATE TRIGGER mail_in_came_late AFTER INSERT ON inbound_message FOR EACH ROW
    WHEN (NEW.received_at < date_trunc('day', clock_timestamp(), 'UTC')) EXECUTE FUNCTION mail_in_changed();
CREATE TRIGGER mail_in_changed_late AFTER UPDATE ON inbound_message FOR EACH ROW
    WHEN ((OLD.filed_at, OLD.received_at) IS DISTINCT FROM (NEW.filed_at, NEW.received_at)
          AND least(OLD.received_at, NEW.received_at) < date_trunc('day', clock_timestamp(), 'UTC'))
    EXECUTE FUNCTION mail_in_changed();

CREATE FUNCTION decision_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mail_day_change (day)
    SELECT date(timezone('UTC', received_at)) FROM inbound_message
     WHERE id = NEW.inbound_id AND received_at < date_trunc('day', clock_timestamp(), 'UTC');
    RETURN NULL;
END $$;
CREATE TRIGGER decision_changed_late AFTER UPDATE ON inbound_delivery FOR EACH ROW
    WHEN (OLD.decision IS NOT NULL AND OLD.decision IS DISTINCT FROM NEW.decision) EXECUTE FUNCTION decision_changed();

CREATE FUNCTION mail_out_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mail_day_change (day)
    SELECT DISTINCT date(timezone('UTC', at)) FROM (VALUES (OLD.created_at), (NEW.created_at)) AS moments (at)
     WHERE at < date_trunc('day', clock_timestamp(), 'UTC');
    RETURN NULL;
END $$;
CREATE TRIGGER mail_out_came_late AFTER INSERT ON outbox FOR EACH ROW
    WHEN (NEW.created_at < date_trunc('day', clock_timestamp(), 'UTC')) EXECUTE FUNCTION mail_out_changed();
CREATE TRIGGER mail_out_changed_late AFTER UPDATE ON outbox FOR EACH ROW
    WHEN ((OLD.state = 'sent', OLD.state = 'failed', OLD.automatic, OLD.created_at)
          IS DISTINCT FROM (NEW.state = 'sent', NEW.state = 'failed', NEW.automatic, NEW.created_at)
          AND least(OLD.created_at, NEW.created_at) < date_trunc('day', clock_timestamp(), 'UTC'))
    EXECUTE FUNCTION mail_out_changed();
"""
TRIGGERS = {
    "ticket": ("tickets_added", "ticket_changed", "ticket_gone", "tickets_emptied"),
    "inbound_message": ("mail_in_came_late", "mail_in_changed_late"),
    "inbound_delivery": ("decision_changed_late",),
    "outbox": ("mail_out_came_late", "mail_out_changed_late"),
}
FUNCTIONS = ("tickets_added", "ticket_changed", "tickets_emptied", "mail_in_changed", "decision_changed", "mail_out_changed")


def upgrade() -> None:
    op.create_table(
        "ticket_tally",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("mailbox_id", sa.BigInteger(), nullable=False),
        sa.Column("is_unassigned", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_tally"),
    )
    op.create_table(
        "tag_tally",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("mailbox_id", sa.BigInteger(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("over", sa.Integer(), nullable=False),
        sa.Column("is_folded", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tag_tally"),
    )
    op.create_index("ix_tag_tally_day_mailbox_id_tag", "tag_tally", ["day", "mailbox_id", "tag"])
    op.create_index("ix_tag_tally_unfolded", "tag_tally", ["id"], postgresql_where=sa.text("NOT is_folded"))
    op.create_table(
        "mail_day_change",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mail_day_change"),
    )
    op.add_column("mail_day", sa.Column("written_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False))
    for part in (TALLIES, WHAT_STANDS, MAIL_DAYS):  # making a trigger holds writers off until the end: nothing is missed
        op.execute(part)


def downgrade() -> None:
    for table, names in TRIGGERS.items():
        for name in names:
            op.execute(f"DROP TRIGGER {name} ON {table}")
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
    op.drop_column("mail_day", "written_at")
    for table in ("mail_day_change", "tag_tally", "ticket_tally"):
        op.drop_table(table)
