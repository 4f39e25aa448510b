"""How much big mail a day may bring, from one sender and from all, and the one question that counts it (mail-safety H-125).

Only big mails count and only they are put off (`452`, so that their senders come again): a small one always passes.
"""

BIG = 256 * 1024  # octets; from here on a mail lives in the blob store
A_DAY = 50 * 1024**3
A_DAY_FROM_ONE = 2 * 1024**3  # a twenty-fifth: 49 senders at their bound are more than all may bring together
SAID_AT = 0.8  # the share from which on an administrator is told

# The sum of all first (its sender is NULL), then the greatest senders. Answered from `ix_inbound_message_big` alone.
OF_THE_LAST_DAY = f"""
SELECT lower(mail_from), sum(raw_size)::bigint
  FROM inbound_message
 WHERE received_at > now() - interval '1 day' AND raw_size > {BIG} AND origin = 'smtp'
 GROUP BY ROLLUP (lower(mail_from))
 ORDER BY GROUPING(lower(mail_from)) DESC, 2 DESC NULLS LAST
 LIMIT 50
"""
