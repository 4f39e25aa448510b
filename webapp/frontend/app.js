// The desk in the browser. The pages work without any of this; each module adds one thing to them.
import "htmx.org/dist/htmx.esm.js";
import "./scripts/look.js";
import "./scripts/requests.js";
import "./scripts/anchors.js";
import "./scripts/list.js";
import "./scripts/conversation.js";
import "./scripts/composer.js";
import "./scripts/canned.js";
import "./scripts/draft.js";
import "./scripts/menus.js";
import "./scripts/panes.js";
import "./scripts/clock.js";
import "./scripts/notices.js";
import "./scripts/keys.js";
import "./scripts/trace.js";
import "./scripts/live.js";
import "./scripts/outbox.js";
