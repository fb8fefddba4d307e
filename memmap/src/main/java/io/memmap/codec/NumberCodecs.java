package io.memmap.codec;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** The codecs of big numbers, durations, and local times. */
public final class NumberCodecs {
    private NumberCodecs() {}

    /**
     * A codec of durations. It stores the seconds, and the nanoseconds within the second, as the
     * codec of instants does.
     */
    public static final class OfDuration implements Codec.Appending<Duration> {
        @Override
        public String type() {
            return "duration";
        }

        @Override
        public void append(Duration object, EncodedBytes to) {
            to.appendLong(object.getSeconds());
            to.appendInt(object.getNano());
        }

        @Override
        public Duration read(ByteCursor from, int length) {
            return Duration.ofSeconds(from.readLong(), from.readInt());
        }

        @Override
        public boolean runsCallersCode() {
            return false;
        }
    }

    /** A codec of local dates with a time, which counts the seconds as if they were in UTC. */
    public static final class OfLocalDateTime implements Codec.Appending<LocalDateTime> {
        @Override
        public String type() {
            return "local_date_time";
        }

        @Override
        @SuppressWarnings("JavaLocalDateTimeGetNano") // the seconds are those since the epoch
        public void append(LocalDateTime object, EncodedBytes to) {
            to.appendLong(object.toEpochSecond(ZoneOffset.UTC));
            to.appendInt(object.getNano());
        }

        @Override
        public LocalDateTime read(ByteCursor from, int length) {
            return LocalDateTime.ofEpochSecond(from.readLong(), from.readInt(), ZoneOffset.UTC);
        }

        @Override
        public boolean runsCallersCode() {
            return false;
        }
    }

    /** A codec of integers of any size: two's complement, the highest byte first, no byte more. */
    public static final class OfBigInteger implements Codec.Appending<BigInteger> {
        @Override
        public String type() {
            return "big_integer";
        }

        @Override
        public void append(BigInteger object, EncodedBytes to) {
            byte[] bytes = object.toByteArray();
            to.appendBytes(bytes, 0, bytes.length);
        }

        @Override
        public BigInteger read(ByteCursor from, int length) {
            return new BigInteger(from.bytes, from.take(length), length);
        }

        @Override
        public boolean runsCallersCode() {
            return false;
        }
    }

    /** A codec of decimal numbers: the scale, and then the unscaled number. */
    public static final class OfBigDecimal implements Codec.Appending<BigDecimal> {
        @Override
        public String type() {
            return "big_decimal";
        }

        @Override
        public void append(BigDecimal object, EncodedBytes to) {
            to.appendInt(object.scale());
            byte[] unscaled = object.unscaledValue().toByteArray();
            to.appendBytes(unscaled, 0, unscaled.length);
        }

        @Override
        public BigDecimal read(ByteCursor from, int length) {
            int scale = from.readInt();
            int bytes = length - Integer.BYTES;
            return new BigDecimal(new BigInteger(from.bytes, from.take(bytes), bytes), scale);
        }

        @Override
        public boolean runsCallersCode() {
            return false;
        }
    }
}
