"""The report as a reader meets it: opened in a browser, used, printed, and read beside the CSV files."""

import collections
import html.parser
import math
import re

import pytest
from browser import SCREENSHOTS, needs_browser, opened
from support import SHOPPERS, SHOPPERS_OPTIONS, covey, needs_shoppers, table

pytestmark = needs_browser

Case = collections.namedtuple("Case", "name folder")


@pytest.fixture(scope="module")
def browser():
    with opened() as one:
        yield one


@pytest.fixture(scope="module")
def default_case(sessions, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "default"
    covey("run", sessions, "-o", folder)
    return Case("default", folder)


@pytest.fixture(scope="module")
def shoppers_case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "shoppers"
    covey("run", SHOPPERS, *SHOPPERS_OPTIONS, "-o", folder)
    return Case("shoppers", folder)


@pytest.fixture(params=["default_case", pytest.param("shoppers_case", marks=needs_shoppers)])
def case(request):
    return request.getfixturevalue(request.param)


def traces(browser):
    return browser.run("return Object.fromEntries(Array.from(document.querySelectorAll('.plot')).map("
                       "(plot) => [plot.id.slice(5), plot.data ? plot.data.length : null]));")


def expected_traces(folder):
    personas = len(table(folder / "personas.csv"))
    rows = table(folder / "k_choice.csv")
    indices = [name for name in ("silhouette", "gap", "least_jaccard", "ari", "calinski_harabasz", "davies_bouldin")
               if any(row[name] for row in rows)]
    expected = {"heatmap": 1, "map": 2 * personas, "conversion": 1, "volume": 1, "composition": personas,
                "residuals": 1, "devices": 1, "k": len(indices)}
    if not (folder / "devices.csv").exists():
        del expected["devices"]
    return expected


def text_of(browser, selector):
    return browser.run("return document.querySelector(arguments[0]).innerText;", selector)


def hover(browser, chart):
    """Hover text at the first row and column of a chart, by mouse."""
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.by import By
    rows = len(browser.run("return document.getElementById(arguments[0]).data[0].y;", "plot-" + chart))
    columns = len(browser.run("return document.getElementById(arguments[0]).data[0].x;", "plot-" + chart))
    area = browser.driver.find_element(By.CSS_SELECTOR, f"#plot-{chart} .nsewdrag")
    browser.run("arguments[0].scrollIntoView({block: 'center'});", area)
    width, height = area.size["width"], area.size["height"]
    x = 10 if chart != "heatmap" else width / columns / 2
    y = height / rows / 2
    told = f"document.querySelector('#plot-{chart} .hovertext')"
    for step in range(20):  # a busy machine may miss a move
        ActionChains(browser.driver).move_to_element_with_offset(
            area, round(x - width / 2) + 3 + step % 2, round(y - height / 2)).pause(0.2).perform()
        if browser.run(f"return {told} !== null;"):
            break
    return browser.run(f"return {told}.textContent;")


def visible_traces(browser, chart):
    return browser.run("return document.getElementById(arguments[0]).data.map((one) => one.visible !== false);",
                       "plot-" + chart)


def test_draws_every_chart_without_complaint_or_request(browser, case):
    page = case.folder / "report.html"
    browser.open(page)
    assert browser.complaints() == []
    assert browser.requests() == [page.resolve().as_uri()]
    assert traces(browser) == expected_traces(case.folder)
    drawn = browser.run("return Array.from(document.querySelectorAll('.plot')).map("
                        "(plot) => plot.querySelectorAll('.main-svg .plot, .main-svg .cartesianlayer').length);")
    assert min(drawn) > 0
    for chart in browser.run("return Array.from(document.querySelectorAll('figure.chart')).map((one) => one.id);"):
        assert len(text_of(browser, f"#{chart} .verdict")) > 10, chart
        assert len(text_of(browser, f"#{chart} .reading")) > 20, chart
        assert browser.run("return document.querySelector(arguments[0]).getAttribute('aria-label').length > 10;",
                           f"#{chart} .plot")
    browser.picture(f"{case.name}-light")


def test_the_legend_switches_a_persona_off_and_on(browser, case):
    browser.open(case.folder / "report.html")
    personas = len(table(case.folder / "personas.csv"))
    source = "document.getElementById('plot-map').layout.images[0]?.source"
    whole = browser.run(f"return {source};")
    assert whole.startswith("data:image/png;base64,")
    # From the keyboard: a focused button takes the space bar.
    browser.run("document.querySelector('#chart-map .legend button').focus();")
    press(browser, " ")
    browser.wait("document.getElementById('plot-map').data[0].visible === false")
    assert visible_traces(browser, "map") == [False, *[True] * (personas - 1)] * 2
    assert visible_traces(browser, "composition") == [False, *[True] * (personas - 1)]
    assert browser.run("return Array.from(document.querySelectorAll('[data-cluster=\"0\"][aria-pressed]')).map("
                       "(one) => one.getAttribute('aria-pressed'));") == ["false", "false"]
    without = browser.run(f"return {source};")
    assert without and without != whole
    browser.picture(f"{case.name}-map-without-one", "#chart-map")
    press(browser, " ")
    browser.wait("document.getElementById('plot-map').data[0].visible === true")
    assert browser.run(f"return {source};") == whole
    assert browser.complaints() == []


def press(browser, key):
    from selenium.webdriver import ActionChains
    ActionChains(browser.driver).send_keys(key).perform()


def test_hovering_tells_the_figures(browser, case):
    browser.open(case.folder / "report.html")
    persona = table(case.folder / "personas.csv")[0]
    told = hover(browser, "heatmap")
    assert persona["persona"][:20] in told
    assert "standard deviations" in told
    told = hover(browser, "composition")
    assert persona["persona"][:20] in told
    assert "of its sessions" in told


def test_channels_as_points_or_as_bars_from_zero(browser, case):
    browser.open(case.folder / "report.html")
    kind = "document.getElementById('plot-conversion').data[0].type"
    lowest = "document.getElementById('plot-conversion').layout.xaxis.range[0]"
    assert browser.run(f"return {kind};") == "scatter"
    title = browser.run("return document.getElementById('plot-conversion').layout.xaxis.title.text;")
    assert ("does not start at 0" in title) == (browser.run(f"return {lowest};") > 0)
    browser.run("document.querySelector('#chart-conversion [data-mode=bars]').click();")
    browser.wait(f"{kind} === 'bar'")
    assert browser.run(f"return {lowest};") == 0


def luminance(color):
    parts = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
    light = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


def test_light_and_dark(browser, case):
    colors = ("const css = getComputedStyle(document.body);"
              "const tick = document.querySelector('#plot-volume .ytick text');"
              "return [css.color, css.backgroundColor, getComputedStyle(tick).fill];")
    for dark in (False, True):
        browser.open(case.folder / "report.html", dark=dark)
        for theme in (dark, not dark):
            text, background, tick = map(luminance, browser.run(colors))
            assert (background < 0.2) == theme
            for front in (text, tick):
                brighter, darker = max(front, background), min(front, background)
                assert (brighter + 0.05) / (darker + 0.05) >= 4.5
            if theme and dark:
                browser.picture(f"{case.name}-dark")
            before = browser.run(colors)
            browser.run("document.getElementById('theme').click();")
            browser.wait(f"(() => {{ {colors} }})()[2] !== '{before[2]}'")
    assert browser.complaints() == []


def test_prints_on_at_most_eight_pages(browser, case):
    browser.open(case.folder / "report.html")
    pages, pdf = browser.pdf_pages()
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    (SCREENSHOTS / f"{case.name}.pdf").write_bytes(pdf)
    assert 2 <= pages <= 8


def test_a_telephone_needs_no_sideways_scroll(browser, case):
    browser.open(case.folder / "report.html", width=360)
    assert browser.run("return document.documentElement.scrollWidth;") == 360
    over = browser.run("return Array.from(document.querySelectorAll('.plot')).filter("
                       "(plot) => plot.getBoundingClientRect().right > 360 || plot.scrollWidth > plot.clientWidth + 1)"
                       ".map((plot) => plot.id);")
    assert over == []
    browser.picture(f"{case.name}-narrow")


def test_tables_and_picture_without_javascript(case):
    with opened(javascript=False) as browser:
        browser.open(case.folder / "report.html")
        browser.picture(f"{case.name}-no-javascript")
        assert browser.complaints() == []
    page = Page((case.folder / "report.html").read_text(encoding="utf-8"))
    assert page.charts
    assert page.tables_shown == page.charts  # the script alone closes them
    assert page.pictures == 1


class Page(html.parser.HTMLParser):
    """What stands in a page: values of cells, tables behind charts, pictures."""

    def __init__(self, text):
        super().__init__()
        self.values, self.charts, self.tables_shown, self.pictures = set(), [], [], 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        kind = attributes.get("class", "")
        for name in ("data-value", "data-low", "data-high"):
            if name in attributes:
                self.values.add(attributes[name])
        if tag == "figure":
            self.charts.append(attributes["id"])
        if tag == "details" and "open" in attributes and self.charts[-1:] != self.tables_shown[-1:]:
            self.tables_shown.append(self.charts[-1])
        self.pictures += tag == "img" and attributes.get("src", "").startswith("data:image/png;base64,")


def test_figures_on_the_page_are_those_of_the_files(browser, case):
    values = Page((case.folder / "report.html").read_text(encoding="utf-8")).values
    columns = {
        "personas.csv": ["sessions", "share", "conversion_rate", "conversion_low", "conversion_high"],
        "channels.csv": ["sessions", "share", "conversion_rate", "conversion_low", "conversion_high", "difference"],
        "channel_personas.csv": ["share", "residual"],
        "k_choice.csv": ["silhouette", "calinski_harabasz", "davies_bouldin", "gap", "least_jaccard", "ari"],
    }
    for file, names in columns.items():
        for row in table(case.folder / file):
            for name in names:
                assert not row[name] or row[name] in values, (file, name, row)
    # What charts draw.
    browser.open(case.folder / "report.html")
    drawn = browser.run("return JSON.parse(document.getElementById('report-data').textContent);")
    for row, shown in zip(table(case.folder / "channels.csv"), drawn["channels"], strict=True):
        assert shown["name"] == row["channel"]
        assert shown["sessions"] == int(row["sessions"])
        for key, name in (("rate", "conversion_rate"), ("low", "conversion_low"), ("high", "conversion_high")):
            assert shown[key] == float(row[name])
    for row, shown in zip(table(case.folder / "personas.csv"), drawn["personas"], strict=True):
        assert shown["name"] == row["persona"]
        assert shown["mean"] == [float(row[feature]) for feature in drawn["features"]]
    channels = [row["name"] for row in drawn["channels"]]
    personas = [row["name"] for row in drawn["personas"]]
    for row in table(case.folder / "channel_personas.csv"):
        channel, persona = channels.index(row["channel"]), personas.index(row["persona"])
        for name in ("sessions", "share", "residual"):
            assert drawn["composition"][name][channel][persona] == float(row[name])
    rates = browser.run("return document.getElementById('plot-conversion').data[0].x;")
    assert rates == [shown["rate"] for shown in drawn["channels"]]


def test_the_map_counts_every_session(browser, case):
    """By the planes from which personas are mixed: each says log counts, so totals agree within their steps."""
    browser.open(case.folder / "report.html")
    totals = browser.run("""
        const {planes, plane_max} = JSON.parse(document.getElementById('report-data').textContent).map;
        return Promise.all(planes.map(async (plane) => {
          const image = new Image();
          image.src = 'data:image/png;base64,' + plane;
          await image.decode();
          const canvas = document.createElement('canvas');
          [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
          const context = canvas.getContext('2d');
          context.drawImage(image, 0, 0);
          const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
          let total = 0;
          for (let at = 0; at < pixels.length; at += 4) total += (1 + plane_max) ** (pixels[at] / 255) - 1;
          return total;
        }));""")
    for total, row in zip(totals, table(case.folder / "personas.csv"), strict=True):
        assert math.isclose(total, int(row["sessions"]), rel_tol=0.25), row["persona"]


def without_plotly(page):
    text = page.read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", text, re.S)
    return len(text.encode()) - max(len(script.encode()) for script in scripts)


def test_the_page_is_small(case):
    assert without_plotly(case.folder / "report.html") < 1_000_000


HOSTILE = ["</script><img src=x onerror=alert(1)>", "=1+1", "emoji 🦉🧑🏽‍🚀", "\u202eשלום עולם", "x" * 300,
           '"onmouseover="alert(1)', "<b>bold</b>&lt;", "constructor"]


def test_hostile_names_are_names(browser, tmp_path):
    import csv
    import random
    draw = random.Random(3)
    with open(tmp_path / "in.csv", "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        features = ["</script><script>alert(1)</script>", 'a"b &amp;']
        writer.writerow([*features, "channel", "device", "bought"])
        for row in range(4_000):
            center = (row % 3) * 50
            writer.writerow([center + draw.randint(0, 9), (row % 2) * 80 + draw.randint(0, 9), HOSTILE[row % 8],
                             HOSTILE[row % 5], int(draw.random() < 0.3)])
    (tmp_path / "names.csv").write_text("cluster,name\n0,<img src=x onerror=alert(1)>\n1," + "y" * 300 + "\n",
                                        encoding="utf-8")
    config = tmp_path / "columns.toml"
    config.write_text(f"features = ['{features[0]}', '{features[1]}']\n", encoding="utf-8")
    covey("run", tmp_path / "in.csv", "--config", config, "--channel", "channel", "--device-type", "device",
          "--conversion", "bought", "--names", tmp_path / "names.csv", "-o", tmp_path / "out")
    for width in (1200, 360):
        browser.open(tmp_path / "out" / "report.html", width=width)
        assert browser.complaints() == []
        assert set(browser.requests()) == {(tmp_path / "out" / "report.html").resolve().as_uri()}
        assert browser.run("return document.documentElement.scrollWidth;") == width
        assert browser.run("return document.querySelectorAll('img').length;") == 1
        assert browser.run("return document.querySelectorAll('script').length;") == 3
        assert None not in traces(browser).values()
        browser.picture(f"hostile-{width}")
    assert "=1+1" in text_of(browser, "#plot-conversion")
    told = browser.run("return document.getElementById('plot-volume').textContent;")
    assert "<b>bold" in told  # as letters
    names = browser.run("return Array.from(document.querySelectorAll('[data-name]')).map((one) => one.dataset.name);")
    assert set(HOSTILE) - set(names) <= {"\u202eשלום עולם"}  # whose override is written out


def test_a_shared_copy_of_plotly(browser, few, tmp_path):
    folder = tmp_path / "a folder"
    folder.mkdir()
    covey("run", few, "--plotly", f"link={folder / 'plotly.js'}", "-o", folder / "out", "--no-evidence")
    page = folder / "out" / "report.html"
    assert page.stat().st_size < 1_000_000
    browser.open(page)
    assert browser.complaints() == []
    assert None not in traces(browser).values()
    assert sorted(browser.requests()) == sorted([page.resolve().as_uri(), (folder / "plotly.js").resolve().as_uri()])
