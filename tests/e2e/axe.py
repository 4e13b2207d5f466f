"""Looking for what keeps people from using a page, in light and in dark."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALL_RULES = {
    "runOnly": {"type": "tag", "values": STANDARDS},
    "rules": {"target-size": {"enabled": True}},  # 24 px, WCAG 2.2: off unless asked for
    "resultTypes": ["violations"],
    "preload": False,  # copies style sheets into the page, which its policy forbids
}
# Between light and dark nothing changes but colours.
COLOUR_RULES = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
# Colours may fade into each other; what counts is what they come to.
STILL = """async () => {
  await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
  const fades = document.getAnimations().filter((motion) => motion instanceof CSSTransition);
  await Promise.allSettled(fades.map((fade) => fade.finished));
}"""

# Cards pushed out at the top of the margin are cut off by its clip-path, for the eye and for the
# pointer; axe measures them all the same, across the header that stands there.
CUT_OFF = """(isHidden) => {
  const margin = document.querySelector(".margin.is-packed");
  const top = margin?.getBoundingClientRect().top;
  for (const part of margin?.querySelectorAll(".card *") ?? []) {
    const isOut = isHidden && part.getBoundingClientRect().top < top;
    part.style.visibility = isOut ? "hidden" : "";
  }
}"""


def violations(page: Page) -> list[str]:
    """Return what axe finds on the page as it is now, one line for each element."""
    found: list[str] = []
    for scheme, options in (("light", ALL_RULES), ("dark", COLOUR_RULES)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]  # both are schemes
        page.evaluate(STILL)
        page.evaluate(CUT_OFF, True)
        for rule in Axe().run(page, options=options).response["violations"]:
            found += [
                f"{page.url} {scheme}: {rule['id']}: {node['target']} {node['failureSummary']}"
                for node in rule["nodes"]
            ]
        page.evaluate(CUT_OFF, False)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return found
