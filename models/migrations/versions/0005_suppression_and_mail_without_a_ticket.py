"""Suppressed addresses; mails that belong to no ticket; mailboxes whose sending is paused."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('suppression',
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('detail', sa.Text(), server_default='', nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lifted_by_id', sa.BigInteger(), nullable=True),
    sa.CheckConstraint("reason IN ('undeliverable', 'complaint')", name=op.f('ck_suppression_reason')),
    sa.ForeignKeyConstraint(['lifted_by_id'], ['user_account.id'], name=op.f('fk_suppression_lifted_by_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('address', name=op.f('pk_suppression'))
    )
    op.create_table('address_trouble',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('outbox_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), server_default='', nullable=False),
    sa.Column('points', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint("kind IN ('bounce', 'complaint', 'refusal')", name=op.f('ck_address_trouble_kind')),
    sa.ForeignKeyConstraint(['outbox_id'], ['outbox.id'], name=op.f('fk_address_trouble_outbox_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_address_trouble')),
    sa.UniqueConstraint('outbox_id', name=op.f('uq_address_trouble_outbox_id'))
    )
    op.create_index(op.f('ix_address_trouble_address_at'), 'address_trouble', ['address', 'at'], unique=False)
    op.add_column('mailbox', sa.Column('sending_paused_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('outbox', sa.Column('mailbox_id', sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f('fk_outbox_mailbox_id'), 'outbox', 'mailbox', ['mailbox_id'], ['id'])
    op.add_column('outbox', sa.Column('envelope_from', sa.Text(), nullable=True))
    for name in ('ticket_id', 'message_id', 'participant_id'):
        op.alter_column('outbox', name, existing_type=sa.BigInteger(), nullable=True)
    op.execute('UPDATE outbox SET mailbox_id = message.mailbox_id FROM message WHERE message.id = outbox.message_id')
    op.create_index(op.f('ix_outbox_created_at_id'), 'outbox', ['created_at', 'id'], unique=False)
    op.drop_constraint(op.f('ck_alarm_kind'), 'alarm', type_='check')
    op.create_check_constraint(op.f('ck_alarm_kind'), 'alarm', "kind IN ('unbalanced', 'late', 'dead', 'unsent', 'in_doubt')")


def downgrade() -> None:
    op.execute("DELETE FROM alarm WHERE kind IN ('unsent', 'in_doubt')")
    op.drop_constraint(op.f('ck_alarm_kind'), 'alarm', type_='check')
    op.create_check_constraint(op.f('ck_alarm_kind'), 'alarm', "kind IN ('unbalanced', 'late', 'dead')")
    op.drop_index(op.f('ix_outbox_created_at_id'), table_name='outbox')
    op.execute('DELETE FROM outbox WHERE ticket_id IS NULL OR message_id IS NULL OR participant_id IS NULL')
    for name in ('participant_id', 'message_id', 'ticket_id'):
        op.alter_column('outbox', name, existing_type=sa.BigInteger(), nullable=False)
    op.drop_column('outbox', 'envelope_from')
    op.drop_constraint(op.f('fk_outbox_mailbox_id'), 'outbox', type_='foreignkey')
    op.drop_column('outbox', 'mailbox_id')
    op.drop_column('mailbox', 'sending_paused_at')
    op.drop_table('address_trouble')
    op.drop_table('suppression')
