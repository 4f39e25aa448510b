"""The web: pages, JSON API and WebSockets."""
