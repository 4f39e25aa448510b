"""Every question the desk asks its tables; rights are part of the question."""
