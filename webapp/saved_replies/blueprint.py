"""The blueprint of saved replies."""

from flask import Blueprint

saved = Blueprint("saved_replies", __name__)
