"""Where tickets come from, so that a flood is noticed at once."""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('ticket', sa.Column('from_domain', sa.Text(), server_default='', nullable=False))
    op.create_index('ix_ticket_customer_id_created_at', 'ticket', ['customer_id', 'created_at'], unique=False)
    op.create_index('ix_ticket_from_domain', 'ticket', ['from_domain', 'created_at'], unique=False, postgresql_where=sa.text("from_domain <> ''"))


def downgrade() -> None:
    op.drop_index('ix_ticket_from_domain', table_name='ticket', postgresql_where=sa.text("from_domain <> ''"))
    op.drop_index('ix_ticket_customer_id_created_at', table_name='ticket')
    op.drop_column('ticket', 'from_domain')
