package io.memmap.observer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.observe.HeapProfile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser, if one is installed. The screenshots are in target/screenshots. */
@Tag("slow")
class ObserverPageTest {
    private static final String EVIL = "<script>document.title='broken'</script>";
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");

    @TempDir
    private Path directory;

    private long meanBytes;
    private NativeHeap heap;
    private LongLongMap orders;
    private Observer observer;
    private Browser browser;

    @BeforeEach
    void open() throws Exception {
        Optional<Path> chromium = Browser.find();
        assumeTrue(chromium.isPresent(), "no chromium on the PATH: Debian's package of that name has it");
        meanBytes = HeapProfile.take().meanBytes();
        HeapProfile.setMeanBytes(1);
        heap = NativeHeap.ofConfined();
        orders = LongLongMap.builder(heap).name("orders").make();
        // one of the largest maps, whatever maps other tests have left
        LongLongMap.builder(heap).name(EVIL).hint(50_000).make();
        fill(0, 10_000);
        observer = Observer.serve(0);
        browser = Browser.start(chromium.get(), directory);
        browser.size(1280, 900);
        browser.open(observer.uri());
        browser.await("document.querySelectorAll('#heap-flame .node').length > 2");
        browser.await("document.querySelectorAll('#maps-rows button').length > 1");
        browser.await("document.querySelector('#memory polyline') !== null");
    }

    @AfterEach
    void close() throws Exception {
        if (browser != null) {
            browser.close();
        }
        if (observer != null) {
            observer.close();
        }
        if (heap != null) {
            heap.close();
            HeapProfile.setMeanBytes(meanBytes);
        }
    }

    private void fill(long from, long to) {
        for (long key = from; key < to; key++) {
            orders.put(key, key);
        }
    }

    private void picture(String name) throws IOException {
        Files.createDirectories(SCREENSHOTS);
        Files.write(SCREENSHOTS.resolve(name), browser.screenshot());
    }

    private String text(String expression) {
        return browser.evaluate(expression).getAsString();
    }

    private boolean holds(String expression) {
        return browser.evaluate(expression).getAsBoolean();
    }

    private static String node(String part) {
        return "[...document.querySelectorAll('#heap-flame .node')].find(n => n.getAttribute('aria-label').includes('"
                + part + "'))";
    }

    @Test
    void figuresChangeWhileAMapGrows() {
        String committed = "document.querySelector('[data-name=\"memmap.committed\"] dd').textContent";
        String entries = "[...document.querySelectorAll('#maps-rows tr')].find(r => r.textContent.includes('orders'))"
                + ".children[2].textContent";
        String before = text(committed);
        assertThat(text(entries)).isEqualTo("10,000");
        fill(10_000, 300_000);
        browser.await(entries + " === '300,000'");
        browser.await(committed + " !== '" + before + "'");
    }

    @Test
    void theFlameGraphZoomsByClickAndByKeyAndGoesBack() {
        String width = node("ObserverPageTest.fill") + ".style.width";
        String root = "document.querySelector('#heap-flame .node.root')";
        browser.click(node("ObserverPageTest.open"));
        browser.await(node("ObserverPageTest.open") + ".getAttribute('aria-selected') === 'true'");
        assertThat(holds(root + ".classList.contains('above')")).isTrue();
        browser.evaluate("document.activeElement.blur()");
        browser.evaluate(node("ObserverPageTest.open") + ".focus()");
        browser.key("Escape");
        browser.await(root + ".getAttribute('aria-selected') === 'true'");
        browser.key("Home");
        assertThat(holds("document.activeElement === " + root)).isTrue();
        browser.key("ArrowDown");
        browser.key("Enter");
        browser.await("document.activeElement.getAttribute('aria-selected') === 'true'");
        assertThat(text("document.activeElement.style.width")).isEqualTo("100%");
        assertThat(text("document.activeElement.getAttribute('aria-level')")).isEqualTo("2");
        assertThat(text(width)).isNotEmpty();
    }

    @Test
    void theSearchMarksItsHits() {
        browser.evaluate("document.querySelector('#heap-flame input').focus()");
        browser.type("observerpagetest.FILL");
        browser.await("document.querySelectorAll('#heap-flame .hit').length > 0");
        assertThat(text("document.querySelector('#heap-flame .hit').getAttribute('aria-label')"))
                .contains("ObserverPageTest.fill");
        assertThat(text("document.querySelector('#heap-flame [role=status]').textContent"))
                .matches("[1-9][0-9.]*% found");
    }

    @Test
    void aBaselineShowsWhatHasGrownSince() throws IOException {
        browser.click("document.getElementById('heap-baseline')");
        browser.await("document.getElementById('heap-baseline').getAttribute('aria-pressed') === 'true'");
        fill(10_000, 100_000);
        browser.click("document.getElementById('heap-take')");
        browser.await(node("ObserverPageTest.fill") + ".className.includes('up')");
        assertThat(text(node("ObserverPageTest.fill") + ".getAttribute('aria-label')"))
                .containsPattern("\\+[0-9.]+ [KM]iB since the baseline");
        picture("baseline.png");
    }

    @Test
    void theBucketsOfAMapCanBeShownByKeyboard() throws IOException {
        browser.evaluate("document.querySelector('#maps-filter').focus()");
        browser.type("orders");
        browser.await("document.querySelectorAll('#maps-rows button').length === 1");
        browser.key("Tab");
        browser.key("Enter");
        browser.await("document.querySelectorAll('.drill .bars').length === 2");
        assertThat(text("document.activeElement.textContent")).isEqualTo("orders");
        assertThat(text("document.querySelector('.drill').textContent"))
                .contains("longest search", "lines in the extension", "slots filled");
        picture("map.png");
    }

    @Test
    void aNameIsShownLiterally() {
        assertThat(text("document.getElementById('maps-rows').textContent")).contains(EVIL);
        assertThat(text("document.title")).isEqualTo("memmap");
    }

    @Test
    void everyControlIsReachedByTabAndShowsItsFocus() {
        // the page sends no more requests
        browser.evaluate("document.getElementById('pause').click()");
        browser.evaluate("document.querySelector('#maps-filter').focus()");
        browser.type("orders"); // answers to earlier requests change no row
        browser.await("document.querySelectorAll('#maps-rows button').length === 1");
        browser.evaluate("document.activeElement.blur()");
        int acting = browser.evaluate("[...document.querySelectorAll('a, button, select, input, summary,"
                        + " [tabindex=\"0\"]')].filter(e => e.checkVisibility() ||"
                        + " e.closest('.node')).filter(e => e.tabIndex >= 0).length")
                .getAsInt();
        browser.evaluate(
                "window.reached = new Set(); document.addEventListener('focusin', e => reached.add(e.target))");
        for (int i = 0; i < acting; i++) {
            browser.key("Tab");
            assertThat(holds("document.activeElement === document.body"
                            + " || getComputedStyle(document.activeElement).outlineStyle !== 'none'"))
                    .isTrue();
        }
        assertThat(browser.evaluate("reached.size").getAsInt())
                .isGreaterThanOrEqualTo(acting - 1); // the body may be one of them
    }

    @Test
    void theColoursFollowTheReadersPreference() throws IOException {
        String ground = "getComputedStyle(document.body).backgroundColor";
        browser.media(Map.of("prefers-color-scheme", "light"));
        String light = text(ground);
        picture("light.png");
        browser.media(Map.of("prefers-color-scheme", "dark"));
        assertThat(text(ground)).isNotEqualTo(light);
        picture("dark.png");
    }

    @Test
    void nothingMovesForReadersWhoPreferNoMotion() {
        browser.media(Map.of("prefers-reduced-motion", "reduce"));
        assertThat(text("getComputedStyle(document.querySelector('.node')).transitionDuration"))
                .isEqualTo("0s");
    }

    @Test
    void aPhoneNeedsNoSidewaysScroll() throws IOException {
        browser.size(360, 740);
        browser.click("[...document.querySelectorAll('#maps-rows button')].find(b => b.textContent === 'orders')");
        browser.await("document.querySelectorAll('.drill .bars').length === 2");
        assertThat(browser.evaluate("document.documentElement.scrollWidth").getAsInt())
                .isEqualTo(360);
        picture("phone.png");
    }

    @Test
    void theBrowserConsoleStaysEmpty() {
        browser.click("document.getElementById('heap-baseline')");
        browser.click("document.getElementById('contention-take')");
        browser.click("document.querySelector('#maps-rows button')");
        browser.await("document.querySelectorAll('.drill .bars').length === 2");
        assertThat(browser.complaints()).isEmpty();
    }
}
