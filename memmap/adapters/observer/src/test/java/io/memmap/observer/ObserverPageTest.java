package io.memmap.observer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.memmap.HeapFileException;
import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.Opening;
import io.memmap.Snapshot;
import io.memmap.SyncLongLongMap;
import io.memmap.SyncMap;
import io.memmap.Type;
import io.memmap.observe.HeapProfile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The page in a real browser. Without one the tests are skipped, but with {@code CI=true} they fail.
 * The screenshots are in target/screenshots.
 */
@Tag("slow")
class ObserverPageTest {
    private static final String EVIL = "<script>document.title='broken'</script>";
    /** The lower edge of a chart of lines, in pixels. */
    private static final int CHART_FLOOR = 152;

    private static final Path SCREENSHOTS = Path.of("target", "screenshots");

    @TempDir
    private static Path profile;

    private static Browser browser;

    @TempDir
    private Path directory;

    private long meanBytes;
    private NativeHeap heap;
    private LongLongMap orders;
    private Observer observer;

    @BeforeAll
    static void startBrowser() throws IOException {
        Optional<Path> chromium = Browser.find();
        String missing = "no chromium on the PATH: Debian's package of that name has it";
        assertThat(chromium.isPresent() || !"true".equals(System.getenv("CI")))
                .as(missing)
                .isTrue();
        assumeTrue(chromium.isPresent(), missing);
        browser = Browser.start(chromium.get(), profile);
    }

    @AfterAll
    static void endBrowser() {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void open() throws IOException {
        meanBytes = HeapProfile.take().meanBytes();
        HeapProfile.setMeanBytes(1);
        heap = NativeHeap.ofConfined();
        orders = LongLongMap.builder(heap).name("orders").make();
        // one of the largest maps, whatever maps other tests have left
        LongLongMap.builder(heap).name(EVIL).hint(50_000).make();
        fill(0, 10_000);
        observer = Observer.serve(0);
        browser.open(observer.uri());
        browser.await("document.querySelectorAll('#heap-flame .node').length > 2");
        browser.await("document.querySelectorAll('button[data-map]').length > 1");
        browser.await("document.querySelector('#memory polyline') !== null");
    }

    @AfterEach
    void close() {
        browser.closePage();
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
        String used = tile("used");
        String entries = entriesOf("orders");
        String before = text(used);
        assertThat(text(entries)).isEqualTo("10,000");
        fill(10_000, 300_000);
        browser.await(entries + " === '300,000'");
        browser.await(used + " !== '" + before + "'");
    }

    @Test
    void theTilesSayWhatIsInUseAndWhatGrows() {
        assertThat(text(tile("used"))).matches("[0-9.]+ [KM]iB[0-9.]+ [KM]iB committed.*");
        browser.await(tile("entries") + " === '10,000in 2 maps'");
        browser.await(tile("heaps") + ".startsWith('1 heap, 2 maps')");
        assertThat(text(tile("share"))).matches("<?[0-9.]+%[0-9.]+ [KM]iB committed of [0-9.]+ [GT]iB");
        fill(10_000, 300_000);
        browser.await("/^[+].* [KM]iBof bytes in use/.test(" + tile("growth") + ")");
    }

    @Test
    void bytesInUseAreDrawnAboveTheCommittedBytesOnlyAsNotWritten() throws IOException {
        LongLongMap.builder(heap).name("not written").hint(1 << 22).make();
        browser.await(tile("used") + ".includes('in use not written yet')");
        browser.await(lastHeight("unwritten") + " > 2 * " + lastHeight("committed"));
        assertThat(holds(lastHeight("used") + " <= " + lastHeight("committed"))).isTrue();
        assertThat(text("document.querySelector('figcaption').textContent")).contains("not written yet");
        picture("not-written.png");
    }

    private static String tile(String name) {
        return "[...document.querySelectorAll('#tile-" + name + " dd')].map(e => e.textContent).join('')";
    }

    private static String entriesOf(String map) {
        return "[...document.querySelectorAll('#maps-rows tr')].find(r => r.textContent.includes('" + map
                + "')).children[2].textContent";
    }

    /** Returns how high the newest point of a line of the chart of memory is. */
    private static String lastHeight(String line) {
        return "(p => " + CHART_FLOOR + " - p.getItem(p.numberOfItems - 1).y)(document.querySelector('#memory .line-"
                + line + "').points)";
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
        browser.await("document.querySelectorAll('button[data-map]').length === 1");
        browser.evaluate("document.querySelector('button[data-map]').focus()");
        browser.key("Enter");
        browser.await("document.querySelectorAll('.drill .bars').length === 2");
        assertThat(text("document.activeElement.textContent")).isEqualTo("orders");
        assertThat(text("document.querySelector('.drill').textContent"))
                .contains("longest search", "lines in the extension", "slots filled");
        picture("map.png");
    }

    // --------------------------------------------------------------------------------------- terms

    private static final String OPEN_TERM = "document.querySelector(':popover-open')";
    private static final String TERM = "document.querySelector('#tile-used .term')";

    @Test
    void everyTermHasAnExplanation() {
        assertThat(browser.evaluate("[...document.querySelectorAll('.term')].filter(t =>"
                                + " !document.getElementById(t.getAttribute('popovertarget'))).length")
                        .getAsInt())
                .isZero();
        assertThat(browser.evaluate("document.querySelectorAll('.term').length").getAsInt())
                .isGreaterThan(20);
    }

    @Test
    void aTermIsExplainedByKeyboard() throws IOException {
        browser.evaluate(TERM + ".focus()");
        browser.key("Enter");
        browser.await(OPEN_TERM + " !== null");
        assertThat(text(OPEN_TERM + ".textContent")).startsWith("Bytes in use are the sizes of all live blocks");
        picture("term.png");
        browser.key("Escape");
        browser.await(OPEN_TERM + " === null");
        assertThat(holds("document.activeElement === " + TERM)).isTrue();
    }

    @Test
    void aTermIsExplainedByTouch() throws IOException {
        browser.size(360, 740);
        browser.tap(TERM);
        browser.await(OPEN_TERM + " !== null");
        assertThat(holds("(b => b.left >= 0 && b.right <= innerWidth)(" + OPEN_TERM + ".getBoundingClientRect())"))
                .isTrue();
        picture("term-phone.png");
        browser.tap("document.querySelector('h2')");
        browser.await(OPEN_TERM + " === null");
    }

    @Test
    void theTimeLineHasALegend() {
        assertThat(text("document.querySelector('figure.wide .legend').textContent"))
                .contains("growth", "halving", "pause");
    }

    @Test
    void timesAreInTheFormOfIso8601() {
        String iso = "20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ";
        assertThat(text("document.getElementById('heap-rate').textContent")).containsPattern("as of " + iso);
        browser.point("document.getElementById('memory')");
        browser.await("!document.getElementById('tip').hidden");
        assertThat(text("document.getElementById('tip').textContent")).containsPattern("^" + iso);
        browser.click("document.getElementById('heap-baseline')");
        browser.await("document.getElementById('heap-baseline').getAttribute('aria-pressed') === 'true'");
        assertThat(text("document.getElementById('heap-baseline').textContent")).containsPattern("^Baseline of " + iso);
    }

    // ---------------------------------------------------------------------------------------- rows

    private static final String NAMES = "[...document.querySelectorAll('button[data-map]')].map(b => b.textContent)";

    private void growOrdersPastTheLargestMap() {
        assertThat(text(NAMES + "[0]")).isEqualTo(EVIL);
        fill(10_000, 300_000);
        browser.await(entriesOf("orders") + " === '300,000'");
    }

    @Test
    void rowsDoNotMoveWhileThePointerIsInTheTable() {
        browser.point("document.querySelector('button[data-map]')");
        growOrdersPastTheLargestMap();
        assertThat(text(NAMES + "[0]")).isEqualTo(EVIL);
        browser.pointAway();
        browser.await(NAMES + "[0] === 'orders'");
    }

    @Test
    void rowsDoNotMoveWhileTheFocusIsInTheTable() {
        browser.evaluate("document.querySelector('button[data-map]').focus()");
        growOrdersPastTheLargestMap();
        assertThat(text(NAMES + "[0]")).isEqualTo(EVIL);
        browser.evaluate("document.activeElement.blur()");
        browser.await(NAMES + "[0] === 'orders'");
    }

    @Test
    void theRowOfAMapThatIsGoneStaysUntilThePointerLeaves() {
        LongLongMap last = LongLongMap.builder(heap).name("freed").hint(200_000).make();
        browser.await(NAMES + "[0] === 'freed'");
        browser.point("document.querySelector('button[data-map]')");
        last.free();
        browser.await("document.querySelector('#maps-rows .row').classList.contains('gone')");
        assertThat(text(NAMES + "[1]")).isEqualTo(EVIL);
        browser.pointAway();
        browser.await(NAMES + "[0] !== 'freed'");
    }

    @Test
    void aBoundedMapIsMarked() {
        try (NativeHeap shared = NativeHeap.ofShared()) {
            SyncMap.builder(shared, Type.LONG, Type.LONG)
                    .maxEntries(1000)
                    .name("cache")
                    .make();
            browser.await("[...document.querySelectorAll('#maps-rows .row')].some(r =>"
                    + " r.textContent.includes('cache') && r.textContent.includes('bounded'))");
        }
    }

    private static String cellsOf(String cache) {
        return "[...document.querySelectorAll('#caches-rows .row')].filter(r => r.textContent.includes('" + cache
                + "')).flatMap(r => [...r.querySelectorAll('td')]).map(c => c.textContent).join('|')";
    }

    @Test
    void aCacheHasARowOfItsUses() throws IOException {
        try (NativeHeap shared = NativeHeap.ofShared()) {
            SyncMap<Long, Long> cache = SyncMap.builder(shared, Type.LONG, Type.LONG)
                    .maxEntries(16)
                    .shards(1)
                    .recordStats()
                    .name("prices")
                    .make();
            cache.put(1L, 1L);
            cache.get(1L);
            cache.get(1L);
            cache.get(1L);
            cache.get(2L);
            browser.await("!document.getElementById('caches').hidden");
            browser.await(cellsOf("prices") + " === 'prices|map[long]long|75.0%|3|1|0|0|–|0|0|0'");
            for (long key = 0; key < 100; key++) {
                cache.get(key, ignored -> 1L);
            }
            browser.await(cellsOf("prices") + ".split('|')[5] >= 99");
            assertThat(text(cellsOf("prices") + ".split('|')[8]")).matches("[1-9][0-9]*");
            assertThat(text(cellsOf("prices") + ".split('|')[7]")).matches("[0-9.]+ .s");
            browser.evaluate("document.getElementById('caches').scrollIntoView()");
            picture("caches.png");
        }
        browser.await("document.getElementById('caches').hidden");
    }

    // --------------------------------------------------------------------------------------- files

    private static final String FILES = "document.getElementById('files')";

    /** Returns the text of the card whose head has this text; empty if no card has it. */
    private static String cardOf(String head) {
        return "([...document.querySelectorAll('.file')].find(c => c.querySelector('h3').textContent.includes('" + head
                + "'))?.textContent ?? '')";
    }

    private static String tileOf(String head, String tile) {
        return "[...[...document.querySelectorAll('.file')].find(c => c.querySelector('h3').textContent.includes('"
                + head + "')).querySelectorAll('.tile-" + tile + " dd')].map(e => e.textContent).join('|')";
    }

    private NativeHeap openFile(Path file) {
        return NativeHeap.builder().shared().maxBytes(8 << 20).file(file).open();
    }

    @Test
    void aHeapInMemoryHasNoSectionOfFiles() {
        browser.await(tile("heaps") + ".startsWith('1 heap')");
        assertThat(holds(FILES + ".hidden && document.getElementById('files-link').hidden"))
                .isTrue();
    }

    @Test
    void aFileIsShownWithItsOpeningItsSnapshotsAndItsMaps() throws IOException {
        Path file = directory.resolve("orders.heap");
        Path copy = directory.resolve("left open.heap");
        try (NativeHeap written = openFile(file)) {
            SyncLongLongMap hits = SyncLongLongMap.open(written, "hits");
            for (long key = 0; key < 1000; key++) {
                hits.put(key, key);
            }
            Files.copy(file, copy); // as the file of a process that ends here
            browser.await(cardOf("orders.heap") + " !== ''");
            assertThat(text(tileOf("orders.heap", "opening"))).startsWith("created|");
            assertThat(text(tileOf("orders.heap", "snapshot"))).isEqualTo("none|0 written, 0 failed");
            assertThat(text(tileOf("orders.heap", "generation"))).isEqualTo("1|opening to write");
            assertThat(text(tileOf("orders.heap", "sync"))).isEqualTo("never|");
            written.snapshot(directory.resolve("backup"), Snapshot.Consistency.ALL_AT_ONCE);
            assertThatThrownBy(() -> written.snapshot(file)).isInstanceOf(HeapFileException.class);
            written.sync();
            browser.await(cardOf("orders.heap") + ".includes('1 written, 1 failed')");
            assertThat(text(tileOf("orders.heap", "snapshot")))
                    .matches(".* ago\\|.*backup; .* long, 1 map, all at once, in .*; 1 written, 1 failed");
            assertThat(text(cardOf("orders.heap"))).contains("A snapshot failed", "is in use");
            assertThat(text(tileOf("orders.heap", "sync"))).matches(".* ago\\|in .*; 1 sync");
            try (NativeHeap repaired = openFile(copy);
                    NativeHeap reader =
                            NativeHeap.builder().shared().file(file).readOnly().open()) {
                browser.await(cardOf("left open.heap") + " !== ''");
                assertThat(repaired.opening().how()).isEqualTo(Opening.How.RECOVERED);
                assertThat(reader.isAlive()).isTrue();
                assertThat(text(tileOf("left open.heap", "opening")))
                        .matches("repaired\\|.* finished or undone; .* freed");
                assertThat(text(tileOf("left open.heap", "generation"))).isEqualTo("2|openings to write");
                assertThat(text(tileOf("left open.heap", "disk"))).matches(".* of at most 8.00 MiB; .* free.*");
                browser.await(
                        "[...document.querySelectorAll('.file h3')].some(h => h.textContent.endsWith('read onlythe"
                                + " file was deleted'))");
                assertThat(text("[...document.querySelector('.file table .row').querySelectorAll('td')].map(c =>"
                                + " c.textContent).join('|')"))
                        .matches("hits\\|map\\[long]long\\|16\\|1,000\\|[0-9.]+ KiB");
                assertThat(browser.evaluate("[...document.querySelectorAll('.file .term')].filter(t =>"
                                        + " !document.getElementById(t.getAttribute('popovertarget'))).length")
                                .getAsInt())
                        .isZero();
                Files.delete(copy);
                browser.await("document.querySelectorAll('.badge.alarm:not([hidden])').length === 1");
                browser.evaluate(FILES + ".scrollIntoView()");
                picture("files.png");
            }
        }
        browser.await(FILES + ".hidden");
    }

    @Test
    void aHeapInMemoryIsShownOnceItHasASnapshot() {
        heap.snapshot(directory.resolve("backup"));
        browser.await(cardOf("in memory") + " !== ''");
        assertThat(text(cardOf("in memory"))).contains("no file", "1 written, 0 failed", "No map has a name");
    }

    // --------------------------------------------------------------------------------- flame graph

    private static String checkBox(String label) {
        return "[...document.querySelectorAll('#heap-flame label')].find(l => l.textContent.startsWith('" + label
                + "')).querySelector('input')";
    }

    @Test
    void framesOfOtherCodeAreOneBoxUntilAllFramesAreAskedFor() {
        assertThat(holds(node("org.junit.") + " === undefined && " + node("java.lang.") + " === undefined"))
                .isTrue();
        assertThat(holds(node("other code") + " !== undefined")).isTrue();
        browser.click(checkBox("All frames"));
        browser.await(node("org.junit.") + " !== undefined");
        assertThat(holds(node("other code") + " === undefined")).isTrue();
    }

    private void allocateLittle() {
        heap.allocate(4096);
    }

    @Test
    void partsBelowOnePercentAreHiddenUntilAskedFor() {
        allocateLittle();
        browser.click("document.getElementById('heap-take')");
        browser.await(checkBox("Parts below 1%") + ".parentElement.textContent.match(/\\((\\d+) hidden/)[1] > 0");
        assertThat(holds(node("allocateLittle") + " === undefined")).isTrue();
        browser.click(checkBox("Parts below 1%"));
        browser.await(node("allocateLittle") + " !== undefined");
    }

    // ------------------------------------------------------------------------------- the whole page

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
        browser.await("document.querySelectorAll('button[data-map]').length === 1");
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
        browser.click("[...document.querySelectorAll('button[data-map]')].find(b => b.textContent === 'orders')");
        browser.await("document.querySelectorAll('.drill .bars').length === 2");
        assertThat(browser.evaluate("document.documentElement.scrollWidth").getAsInt())
                .isEqualTo(360);
        picture("phone.png");
    }

    @Test
    void theBrowserConsoleStaysEmpty() {
        browser.click("document.getElementById('contention-take')");
        browser.click("document.getElementById('heap-baseline')");
        browser.await("document.getElementById('heap-baseline').getAttribute('aria-pressed') === 'true'");
        browser.click("document.querySelector('button[data-map]')");
        browser.await("document.querySelectorAll('.drill .bars').length === 2");
        assertThat(browser.complaints()).isEmpty();
    }
}
