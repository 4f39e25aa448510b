"""The blueprint of the pages about tokens and webhooks."""

from flask import Blueprint

integrations = Blueprint("integrations", __name__)
