"""Who may write where: signed addresses, suggested participants, linked tickets, blocked senders, floods."""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

CHECKS = (
    ('mailbox', 'agents_by_mail', "agents_by_mail IN ('off', 'note', 'public')"),
    ('mailbox', 'reopen_days', 'reopen_days >= 0'),
    ('ticket', 'removed_as', "removed_as IN ('deleted', 'spam')"),
)


def upgrade() -> None:
    op.create_table('blocked_sender',
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('added_by_id', sa.BigInteger(), nullable=True),
    sa.Column('added_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['added_by_id'], ['user_account.id'], name=op.f('fk_blocked_sender_added_by_id')),
    sa.PrimaryKeyConstraint('address', name=op.f('pk_blocked_sender'))
    )
    op.create_table('agent_notice',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('agent_id', sa.BigInteger(), nullable=False),
    sa.Column('ticket_id', sa.BigInteger(), nullable=True),
    sa.Column('sentence', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agent_id'], ['user_account.id'], name=op.f('fk_agent_notice_agent_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_agent_notice_ticket_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agent_notice'))
    )
    op.create_index('ix_agent_notice_unread', 'agent_notice', ['agent_id'], unique=False, postgresql_where=sa.text('read_at IS NULL'))
    op.create_table('suggested_participant',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('ticket_id', sa.BigInteger(), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('address_as_written', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), server_default='', nullable=False),
    sa.Column('suggested_by', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by_id', sa.BigInteger(), nullable=True),
    sa.CheckConstraint("outcome IN ('added', 'dismissed')", name=op.f('ck_suggested_participant_outcome')),
    sa.ForeignKeyConstraint(['settled_by_id'], ['user_account.id'], name=op.f('fk_suggested_participant_settled_by_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_suggested_participant_ticket_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_suggested_participant')),
    sa.UniqueConstraint('ticket_id', 'address', name=op.f('uq_suggested_participant_ticket_id_address'))
    )
    op.create_table('ticket_link',
    sa.Column('ticket_id', sa.BigInteger(), nullable=False),
    sa.Column('other_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint("kind IN ('sibling', 'may_belong_to', 'may_belong_here')", name=op.f('ck_ticket_link_kind')),
    sa.CheckConstraint('ticket_id <> other_id', name=op.f('ck_ticket_link_two_tickets')),
    sa.ForeignKeyConstraint(['other_id'], ['ticket.id'], name=op.f('fk_ticket_link_other_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_ticket_link_ticket_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('ticket_id', 'other_id', 'kind', name=op.f('pk_ticket_link'))
    )
    op.create_index(op.f('ix_ticket_link_other_id'), 'ticket_link', ['other_id'], unique=False)
    op.create_table('reply_token',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('ticket_id', sa.BigInteger(), nullable=False),
    sa.Column('mailbox_id', sa.BigInteger(), nullable=False),
    sa.Column('participant_id', sa.BigInteger(), nullable=True),
    sa.Column('agent_id', sa.BigInteger(), nullable=True),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("CASE WHEN purpose = 'customer' THEN participant_id IS NOT NULL AND agent_id IS NULL ELSE agent_id IS NOT NULL AND participant_id IS NULL END", name=op.f('ck_reply_token_one_owner')),
    sa.CheckConstraint("purpose IN ('customer', 'agent', 'agent-public')", name=op.f('ck_reply_token_purpose')),
    sa.ForeignKeyConstraint(['agent_id'], ['user_account.id'], name=op.f('fk_reply_token_agent_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['mailbox_id'], ['mailbox.id'], name=op.f('fk_reply_token_mailbox_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_reply_token_participant_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_reply_token_ticket_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reply_token'))
    )
    op.create_index(op.f('ix_reply_token_agent_id'), 'reply_token', ['agent_id'], unique=False)
    op.create_index(op.f('ix_reply_token_ticket_id'), 'reply_token', ['ticket_id'], unique=False)
    op.create_index('uq_reply_token_participant', 'reply_token', ['participant_id', 'ticket_id'], unique=True, postgresql_where=sa.text('revoked_at IS NULL'))
    op.create_table('bounce_token',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('outbox_id', sa.Uuid(), nullable=False),
    sa.Column('mailbox_id', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['mailbox_id'], ['mailbox.id'], name=op.f('fk_bounce_token_mailbox_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['outbox_id'], ['outbox.id'], name=op.f('fk_bounce_token_outbox_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bounce_token')),
    sa.UniqueConstraint('outbox_id', name=op.f('uq_bounce_token_outbox_id'))
    )
    op.add_column('mailbox', sa.Column('cc_joins', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.add_column('mailbox', sa.Column('agents_by_mail', sa.Text(), server_default='off', nullable=False))
    op.add_column('mailbox', sa.Column('reopen_days', sa.BigInteger(), server_default=sa.text('14'), nullable=False))
    op.add_column('message', sa.Column('discarded_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('ticket', sa.Column('removed_as', sa.Text(), nullable=True))
    op.add_column('ticket', sa.Column('flood_of', sa.Text(), nullable=True))
    op.add_column('ticket', sa.Column('flood_released_at', sa.DateTime(timezone=True), nullable=True))
    for table, name, condition in CHECKS:
        op.create_check_constraint(op.f(f'ck_{table}_{name}'), table, condition)
    op.create_index('ix_ticket_flood', 'ticket', ['flood_of'], unique=False, postgresql_where=sa.text('flood_of IS NOT NULL'))


def downgrade() -> None:
    op.drop_index('ix_ticket_flood', table_name='ticket', postgresql_where=sa.text('flood_of IS NOT NULL'))
    op.drop_column('ticket', 'flood_released_at')
    op.drop_column('ticket', 'flood_of')
    op.drop_column('ticket', 'removed_as')
    op.drop_column('message', 'discarded_at')
    op.drop_column('mailbox', 'reopen_days')
    op.drop_column('mailbox', 'agents_by_mail')
    op.drop_column('mailbox', 'cc_joins')
    op.drop_table('bounce_token')
    op.drop_index('uq_reply_token_participant', table_name='reply_token', postgresql_where=sa.text('revoked_at IS NULL'))
    op.drop_index(op.f('ix_reply_token_ticket_id'), table_name='reply_token')
    op.drop_index(op.f('ix_reply_token_agent_id'), table_name='reply_token')
    op.drop_table('reply_token')
    op.drop_index(op.f('ix_ticket_link_other_id'), table_name='ticket_link')
    op.drop_table('ticket_link')
    op.drop_table('suggested_participant')
    op.drop_index('ix_agent_notice_unread', table_name='agent_notice', postgresql_where=sa.text('read_at IS NULL'))
    op.drop_table('agent_notice')
    op.drop_table('blocked_sender')
