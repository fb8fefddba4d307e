package io.memmap.stress.leaks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The true figures of the accidents, with which the search for leaks is compared. */
class LedgerTest {
    @Test
    void aRecordedLineIsThatOfTheCaller() {
        Ledger ledger = new Ledger();
        String value = ledger.planted("value");
        int line = new Throwable().getStackTrace()[0].getLineNumber() - 1;
        assertThat(value).isEqualTo("value");
        assertThat(ledger.lines())
                .containsExactly(
                        LedgerTest.class.getName() + ".aRecordedLineIsThatOfTheCaller(LedgerTest.java:" + line + ")");
    }

    @Test
    void bytesGivenBackAreSubtracted() {
        Ledger ledger = new Ledger();
        ledger.add(100);
        ledger.add(-60);
        assertThat(ledger.bytes()).isEqualTo(40);
        assertThatThrownBy(() -> ledger.add(-41)).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @EnumSource(Accident.class)
    void bothFormsGiveTheSameAnswers(Accident accident) {
        Map<Form, Long> answers = new EnumMap<>(Form.class);
        for (Form form : Form.values()) {
            Scenario scenario = accident.begin(form, new Ledger());
            long sum = 0;
            for (long id = 0; id < 20; id++) {
                sum = 31 * sum + scenario.serve(id);
            }
            answers.put(form, sum);
        }
        assertThat(answers.get(Form.BROKEN)).isEqualTo(answers.get(Form.MENDED)).isNotEqualTo(0L);
    }

    @ParameterizedTest
    @EnumSource(Accident.class)
    void theBrokenFormKeepsMoreWithEachRequest(Accident accident) {
        Ledger ledger = new Ledger();
        Scenario scenario = accident.begin(Form.BROKEN, ledger);
        scenario.serve(0);
        long one = ledger.bytes();
        assertThat(one).isGreaterThanOrEqualTo(8 << 10);
        for (long id = 1; id < 20; id++) {
            scenario.serve(id);
        }
        assertThat(ledger.bytes()).isBetween(20 * (8L << 10), 20 * one);
        assertThat(ledger.lines()).isNotEmpty();
    }

    @ParameterizedTest
    @EnumSource(Accident.class)
    void theMendedFormKeepsNothing(Accident accident) {
        Ledger ledger = new Ledger();
        accident.begin(Form.MENDED, ledger).serve(0);
        assertThat(ledger.bytes()).isZero();
        assertThat(ledger.lines()).isEmpty();
    }
}
