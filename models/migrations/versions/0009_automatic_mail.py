"""Automatic mail: budgets, loop breakers, acknowledgements, notices; tickets that wait for an agent."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

WAITING = "waits_for_agent AND assigned_agent_id IS NULL AND status = 'OPEN'"


def upgrade() -> None:
    op.create_table('budget',
    sa.Column('scope', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('window_start', sa.DateTime(timezone=True), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.CheckConstraint('n > 0', name=op.f('ck_budget_spent')),
    sa.PrimaryKeyConstraint('scope', 'key', 'window_start', name=op.f('pk_budget'))
    )
    op.create_index(op.f('ix_budget_window_start'), 'budget', ['window_start'], unique=False)
    op.create_index(op.f('ix_budget_scope_window_start'), 'budget', ['scope', 'window_start'], unique=False)
    extend_mailboxes()
    op.add_column('ticket', sa.Column('waits_for_agent', sa.Boolean(), server_default=sa.text('true'), nullable=False))
    op.add_column('ticket', sa.Column('takes_automatic_mail', sa.Boolean(), server_default=sa.text('true'), nullable=False))
    op.add_column('ticket', sa.Column('automatic_off_until', sa.DateTime(timezone=True), nullable=True))
    op.create_index('ix_ticket_waiting', 'ticket', ['id'], unique=False, postgresql_where=sa.text(WAITING))
    op.create_index('ix_ticket_breaker', 'ticket', ['automatic_off_until'], unique=False, postgresql_where=sa.text('automatic_off_until IS NOT NULL'))
    op.add_column('user_account', sa.Column('notices', sa.Text(), server_default='away', nullable=False))
    op.add_column('user_account', sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f('ck_user_account_notices'), 'user_account', "notices IN ('never', 'away', 'always')")
    op.add_column('outbox', sa.Column('agent_id', sa.BigInteger(), nullable=True))
    op.add_column('outbox', sa.Column('said', postgresql.JSONB(), nullable=True))
    op.create_foreign_key(op.f('fk_outbox_agent_id_user_account'), 'outbox', 'user_account', ['agent_id'], ['id'], ondelete='CASCADE')
    op.create_check_constraint(op.f('ck_outbox_one_reader'), 'outbox', 'participant_id IS NULL OR agent_id IS NULL')
    op.create_index('uq_outbox_ack', 'outbox', ['ticket_id'], unique=True, postgresql_where=sa.text("kind = 'ack'"))
    op.drop_constraint(op.f('ck_alarm_kind'), 'alarm', type_='check')  # the kinds stand beside their sentences


def extend_mailboxes() -> None:
    op.add_column('mailbox', sa.Column('acks', sa.Boolean(), server_default=sa.text('true'), nullable=False))
    op.add_column('mailbox', sa.Column('acks_unverified', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.add_column('mailbox', sa.Column('told_statuses', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{RESOLVED}'"), nullable=False))
    for name in ('ack_text', 'brand_name', 'brand_colour', 'brand_footer'):
        op.add_column('mailbox', sa.Column(name, sa.Text(), server_default='', nullable=False))
    op.create_check_constraint(op.f('ck_mailbox_brand_colour'), 'mailbox', "brand_colour ~ '^(#[0-9a-f]{6})?$'")
    op.create_check_constraint(op.f('ck_mailbox_told_statuses'), 'mailbox', "told_statuses <@ ARRAY['RESOLVED', 'CLOSED']")


def downgrade() -> None:
    op.execute("DELETE FROM alarm WHERE kind NOT IN ('unbalanced', 'late', 'dead', 'unsent', 'in_doubt')")
    op.create_check_constraint(op.f('ck_alarm_kind'), 'alarm', "kind IN ('unbalanced', 'late', 'dead', 'unsent', 'in_doubt')")
    op.execute('DELETE FROM outbox WHERE agent_id IS NOT NULL')
    op.drop_index('uq_outbox_ack', table_name='outbox', postgresql_where=sa.text("kind = 'ack'"))
    for name in ('said', 'agent_id'):
        op.drop_column('outbox', name)
    for name in ('seen_at', 'notices'):
        op.drop_column('user_account', name)
    op.drop_index('ix_ticket_breaker', table_name='ticket', postgresql_where=sa.text('automatic_off_until IS NOT NULL'))
    op.drop_index('ix_ticket_waiting', table_name='ticket', postgresql_where=sa.text(WAITING))
    for name in ('automatic_off_until', 'takes_automatic_mail', 'waits_for_agent'):
        op.drop_column('ticket', name)
    for name in ('brand_footer', 'brand_colour', 'brand_name', 'ack_text', 'told_statuses', 'acks_unverified', 'acks'):
        op.drop_column('mailbox', name)
    op.drop_table('budget')
