"""What happens later: jobs rung by RQ, whose truth is in Postgres."""
