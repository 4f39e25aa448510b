"""From bytes to words: caps, headers, charsets, bodies and files of one mail; pure functions only."""
