"""Two ways to use a page: by finger, which counts taps and keys, and by keyboard alone, which presses what it reaches.

What is chosen is named by its value in the form, never by its words: the same journey runs in every language.
"""


class Finger:
    """Taps and typed characters, and each page that was acted on."""

    def __init__(self, page) -> None:
        self.page, self.taps, self.keys, self.pages = page, 0, 0, []

    def _tap(self, thing) -> None:
        self.pages.append(self.page.url)
        self.taps += 1
        thing.click()

    def choose(self, value: str) -> None:
        """A card, and the button under it."""
        self._tap(self.page.locator(f'main .choice:has(input[value="{value}"])'))
        self.go_on()

    def tick(self, name: str) -> None:
        self._tap(self.page.locator(f'main .choice:has(input[name="{name}"])'))
        self.go_on()

    def type(self, name: str, text: str) -> None:
        self.page.locator(f'main input[name="{name}"]').fill(text)
        self.keys += len(text)

    def go_on(self) -> None:
        self._tap(self.page.locator("main form button.button:not(.secondary)"))

    def press(self, selector: str) -> None:
        self._tap(self.page.locator(f"main {selector}"))

    def add(self, name: str, file) -> None:
        with self.page.expect_file_chooser() as choosing:
            self._tap(self.page.locator(f'main input[name="{name}"]'))
        choosing.value.set_files(file)
        self.go_on()

    @property
    def counted(self) -> tuple[int, int, int]:
        """Pages acted on, taps, typed characters."""
        return len(set(self.pages)), self.taps, self.keys


class Keyboard:
    """Nothing but keys. Every stop on the way must show that it has the focus."""

    MOST_STOPS = 60

    def __init__(self, page) -> None:
        self.page = page

    def _reach(self, selector: str) -> None:
        for _ in range(self.MOST_STOPS):
            if self.page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
                return
            self.page.keyboard.press("Tab")
            ring = "getComputedStyle(document.activeElement.closest('.choice') ?? document.activeElement).outlineStyle"
            assert self.page.evaluate(f"document.activeElement === document.body || {ring} !== 'none'")
        raise AssertionError(f"{selector} is not reached by the keyboard on {self.page.url}")

    def choose(self, value: str) -> None:
        self._reach("main input[type=radio]")
        self.page.keyboard.press("Space")
        for _ in range(12):
            if self.page.evaluate("document.activeElement.value") == value:
                break
            self.page.keyboard.press("ArrowDown")
        assert self.page.evaluate("[document.activeElement.value, document.activeElement.checked]") == [value, True]
        self.go_on()

    def tick(self, name: str) -> None:
        self._reach(f'main input[name="{name}"]')
        self.page.keyboard.press("Space")
        self.go_on()

    def type(self, name: str, text: str) -> None:
        self._reach(f'main input[name="{name}"]')
        self.page.keyboard.type(text)

    def go_on(self) -> None:
        self._press("main form button.button:not(.secondary)")

    def press(self, selector: str) -> None:
        self._press(f"main {selector}")

    def add(self, name: str, file) -> None:
        self._reach(f'main input[name="{name}"]')
        # What a key opens here is the browser's own window, which no test can press.
        self.page.locator("input:focus").set_input_files(file)
        self.go_on()

    def _press(self, selector: str) -> None:
        self._reach(selector)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
