"""A vocabulary for the pages of the inbox: tests say what people do, this file knows where on the screen."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect


@dataclass
class SignInPage:
    page: Page
    base: str

    def open(self) -> "SignInPage":
        self.page.goto(f"{self.base}/signin")
        return self

    def sign_in(self, username: str, password: str) -> None:
        self.page.get_by_label("User name or e-mail address").fill(username)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    @property
    def complaint(self) -> Locator:
        return self.page.get_by_role("alert")


@dataclass
class InboxPage:
    """The three panes."""

    page: Page
    base: str

    def open_view(self, name: str) -> "InboxPage":
        self.page.goto(f"{self.base}/inbox/{name}/")
        self.wait_until_live()
        return self

    def wait_until_live(self) -> None:
        """Until the desk listens for this window: whatever happens from here on is shown in it."""
        expect(self.page.locator("[data-connection][data-state=live]")).to_be_attached()

    def go_to_view(self, title: str) -> None:
        self.page.locator("#views").get_by_role("link", name=title).click()
        expect(self.page.get_by_role("heading", name=title, level=1)).to_be_visible()

    def row(self, subject: str) -> Locator:
        return self.page.locator("#rows .row", has_text=subject)

    @property
    def rows(self) -> Locator:
        return self.page.locator("#rows .row")

    def count_of(self, view: str) -> Locator:
        return self.page.locator(f"#view-{view} .count")

    def ticket(self, subject: str) -> "TicketPane":
        """Open the ticket of that subject from the list."""
        self.row(subject).click()
        expect(self.page.get_by_role("heading", name=subject, level=2)).to_be_visible()
        return TicketPane(self.page)

    def open_ticket(self, view: str, ticket_id: int) -> "TicketPane":
        self.page.goto(f"{self.base}/inbox/{view}/t/{ticket_id}/")
        return TicketPane(self.page)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def press_in_one_breath(self, keys: str) -> None:
        """Signs that belong together, as `gu`: the desk waits for the next one no longer than a second."""
        self.page.keyboard.type(keys)

    @property
    def toast(self) -> Locator:
        return self.page.locator(".toast").last

    @property
    def new_pill(self) -> Locator:
        return self.page.locator("#new-pill")

    @property
    def banner(self) -> Locator:
        return self.page.locator("#link-state")

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path


@dataclass
class TicketPane:
    """One open conversation."""

    page: Page

    @property
    def reply_text(self) -> Locator:
        return self.page.get_by_role("textbox", name="Your reply")

    @property
    def note_text(self) -> Locator:
        return self.page.get_by_role("textbox", name="Your note")

    def card(self, words: str) -> Locator:
        return self.page.locator("#thread .card", has_text=words)

    def write(self, words: str) -> None:
        self.reply_text.click()
        self.page.keyboard.press("End")
        self.page.keyboard.type(words)

    def send(self) -> None:
        self.page.locator("#reply-form [data-send]").click()

    def reply(self, words: str) -> None:
        self.reply_text.fill(words)
        self.send()
        expect(self.card(words)).to_be_visible()

    def reply_and(self, words: str, how: str) -> None:
        """Send by the split button: 'Send and resolve', 'Send and wait for customer'."""
        self.reply_text.fill(words)
        self.page.get_by_label("More ways to send").click()
        self.page.get_by_role("button", name=how).click()
        expect(self.card(words)).to_be_visible()

    def note(self, words: str) -> None:
        self.page.get_by_role("tab", name="Note").click()
        self.note_text.fill(words)
        self.page.get_by_role("button", name="Add note").click()
        expect(self.card(words)).to_be_visible()

    def choose(self, menu: str, entry: str) -> None:
        """From the menu 'status', 'assignee' or 'priority'."""
        self.page.locator(f"#{menu}-menu > summary").click()
        self.page.locator(f"#{menu}-menu").get_by_role("button", name=entry).click()

    @property
    def status(self) -> Locator:
        return self.page.locator("#status-menu > summary")

    @property
    def assignee(self) -> Locator:
        return self.page.locator("#assignee-menu > summary")

    @property
    def saved(self) -> Locator:
        return self.page.locator("[data-saved]")

    @property
    def refusal(self) -> Locator:
        return self.page.locator("#reply-refused .refusal")

    @property
    def viewers(self) -> Locator:
        return self.page.locator("[data-viewers]")
