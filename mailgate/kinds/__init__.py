"""What kind of mail it is: bounce, complaint, receipt, automatic, list, forward; pure functions only."""
