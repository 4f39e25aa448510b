"""Who wrote this mail? From the raw bytes and the sending host to a level from A0 to A3, with what it stands on."""
