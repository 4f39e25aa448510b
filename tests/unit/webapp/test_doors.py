"""What may be done to a message that is there (mail-safety H-139), by the table of all routes that the matrix of rights holds true."""

from tests.doors import DOORS

# Each stands in the timeline, and none changes who may read a message or what it says. To take a reply back is to delete
# one's own words before they were sent.
ACTS = {"pictures", "move", "move/undo", "unsend", "held", "forward"}


def test_no_route_edits_a_message_publishes_a_note_or_deletes_what_was_said() -> None:
    changing = [door for door in DOORS if "message_id" in door and not door.startswith("GET ")]
    assert {door.partition(" ")[0] for door in changing} == {"POST"}
    assert {act_of(door) for door in changing} == ACTS


def act_of(door: str) -> str:
    """`POST /messages/<int:message_id>/pictures/` → 'pictures'; what is done stands behind the id, or before it."""
    before, _, behind = door.partition("<int:message_id>")
    return behind.strip("/") or before.rstrip("/").rpartition("/")[2]
