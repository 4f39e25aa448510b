"""The blueprint of AI drafts."""

from flask import Blueprint

drafts = Blueprint("ai_drafts", __name__)
