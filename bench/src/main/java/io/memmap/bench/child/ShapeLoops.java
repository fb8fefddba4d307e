package io.memmap.bench.child;

import io.memmap.LongLongConsumer;
import io.memmap.bench.maps.Keys;
import io.memmap.bench.maps.LongMap;
import java.util.function.LongUnaryOperator;

/**
 * The template of {@link LoopCopy}. Each loop is written as a program writes it. The loops share no
 * code, because one more call can change the figures. The JVM is told not to inline the loops
 * themselves ({@link ShapeTimes#LOOPS}).
 */
final class ShapeLoops implements LoopCopy {
    ShapeLoops() {}

    @Override
    public long run(ShapeOperation operation, LongMap map, ShapeInput input) {
        return switch (operation) {
            case HIT, MISS -> get(map, input);
            case OVERWRITE -> put(map, input);
            case ADD -> add(map, input);
        };
    }

    // ------------------------------------------------------------------------------------- lookups

    private static long get(LongMap map, ShapeInput input) {
        long[] words = input.words;
        return switch (input.shape) {
            case ARRAY -> getArrayLoop(map, words);
            case COMPUTED -> getComputedLoop(map, words);
            case DEPENDENT -> getDependentLoop(map, words);
            case INTERFACE -> getInterfaceLoop(new LongTable.InMap(map), words);
            case LAMBDA -> getLambdaLoop(map::get, words);
            case STATIC -> getStaticLoop(map, input.first, input.size, input.seed);
        };
    }

    private static long getArrayLoop(LongMap map, long[] keys) {
        long sum = 0;
        for (int i = 0; i < keys.length; i++) {
            sum += map.get(keys[i]);
        }
        return sum;
    }

    private static long getComputedLoop(LongMap map, long[] indices) {
        long sum = 0;
        for (int i = 0; i < indices.length; i++) {
            sum += map.get(Keys.at(indices[i]));
        }
        return sum;
    }

    private static long getDependentLoop(LongMap map, long[] keys) {
        long sum = 0;
        for (int i = 0; i < keys.length; i++) {
            long key = keys[i];
            long found = ShapeInput.mixed(key, map.get(key));
            if ((found & 7) == 3) {
                sum ^= Long.rotateLeft(key, 7);
            } else {
                sum += map.get(keys[(int) (found % (keys.length - 1))]);
            }
        }
        return sum;
    }

    private static long getInterfaceLoop(LongTable table, long[] keys) {
        long sum = 0;
        for (int i = 0; i < keys.length; i++) {
            sum += table.get(keys[i]);
        }
        return sum;
    }

    private static long getLambdaLoop(LongUnaryOperator get, long[] keys) {
        long sum = 0;
        for (int i = 0; i < keys.length; i++) {
            long value = get.applyAsLong(keys[i]);
            sum += value;
            if (value == -1) {
                sum++;
            }
        }
        return sum;
    }

    private static long getStaticLoop(LongMap map, long first, int size, long seed) {
        long sum = 0;
        for (int i = 0; i < Shape.LONG_SAMPLE; i++) {
            sum += map.get(ShapeInput.key(i, first, size, seed));
        }
        return sum;
    }

    // ---------------------------------------------------------------------------------- overwrites

    private static long put(LongMap map, ShapeInput input) {
        long[] words = input.words;
        long round = input.round;
        return switch (input.shape) {
            case ARRAY -> putArrayLoop(map, words, round);
            case COMPUTED -> putComputedLoop(map, words, round);
            case DEPENDENT -> putDependentLoop(map, words, round);
            case INTERFACE -> putInterfaceLoop(new LongTable.InMap(map), words, round);
            case LAMBDA -> putLambdaLoop(map::put, words, round);
            case STATIC -> putStaticLoop(map, input.first, input.size, input.seed, round);
        };
    }

    private static long putArrayLoop(LongMap map, long[] keys, long round) {
        for (int i = 0; i < keys.length; i++) {
            map.put(keys[i], ShapeInput.value(keys[i], round));
        }
        return keys.length;
    }

    private static long putComputedLoop(LongMap map, long[] indices, long round) {
        for (int i = 0; i < indices.length; i++) {
            long key = Keys.at(indices[i]);
            map.put(key, ShapeInput.value(key, round));
        }
        return indices.length;
    }

    private static long putDependentLoop(LongMap map, long[] keys, long round) {
        long sum = 0;
        for (int i = 0; i < keys.length; i++) {
            long key = keys[i];
            long found = ShapeInput.mixed(key, map.get(key));
            if ((found & 7) == 3) {
                sum ^= Long.rotateLeft(key, 7);
            } else {
                long other = keys[(int) (found % (keys.length - 1))];
                map.put(other, ShapeInput.value(other, round));
                sum++;
            }
        }
        return sum;
    }

    private static long putInterfaceLoop(LongTable table, long[] keys, long round) {
        for (int i = 0; i < keys.length; i++) {
            table.put(keys[i], ShapeInput.value(keys[i], round));
        }
        return keys.length;
    }

    private static long putLambdaLoop(LongLongConsumer put, long[] keys, long round) {
        for (int i = 0; i < keys.length; i++) {
            put.accept(keys[i], ShapeInput.value(keys[i], round));
        }
        return keys.length;
    }

    private static long putStaticLoop(LongMap map, long first, int size, long seed, long round) {
        for (int i = 0; i < Shape.LONG_SAMPLE; i++) {
            long key = ShapeInput.key(i, first, size, seed);
            map.put(key, ShapeInput.value(key, round));
        }
        return Shape.LONG_SAMPLE;
    }

    // ----------------------------------------------------------------------------------- additions

    private static long add(LongMap map, ShapeInput input) {
        long[] words = input.words;
        return switch (input.shape) {
            case ARRAY -> addArrayLoop(map, words);
            case COMPUTED -> addComputedLoop(map, words);
            case DEPENDENT -> addDependentLoop(map, words);
            case INTERFACE -> addInterfaceLoop(new LongTable.InMap(map), words);
            case LAMBDA -> addLambdaLoop(map::add, words);
            case STATIC -> addStaticLoop(map, input.first, input.size, input.seed);
        };
    }

    private static long addArrayLoop(LongMap map, long[] keys) {
        for (int i = 0; i < keys.length; i++) {
            map.add(keys[i], ShapeInput.DELTA);
        }
        return keys.length;
    }

    private static long addComputedLoop(LongMap map, long[] indices) {
        for (int i = 0; i < indices.length; i++) {
            map.add(Keys.at(indices[i]), ShapeInput.DELTA);
        }
        return indices.length;
    }

    private static long addDependentLoop(LongMap map, long[] keys) {
        long sum = 0;
        for (int i = 0; i < keys.length; i++) {
            long key = keys[i];
            long found = ShapeInput.mixed(key, map.get(key));
            if ((found & 7) == 3) {
                sum ^= Long.rotateLeft(key, 7);
            } else {
                map.add(keys[(int) (found % (keys.length - 1))], ShapeInput.DELTA);
                sum++;
            }
        }
        return sum;
    }

    private static long addInterfaceLoop(LongTable table, long[] keys) {
        for (int i = 0; i < keys.length; i++) {
            table.add(keys[i], ShapeInput.DELTA);
        }
        return keys.length;
    }

    private static long addLambdaLoop(LongLongConsumer add, long[] keys) {
        for (int i = 0; i < keys.length; i++) {
            add.accept(keys[i], ShapeInput.DELTA);
        }
        return keys.length;
    }

    private static long addStaticLoop(LongMap map, long first, int size, long seed) {
        for (int i = 0; i < Shape.LONG_SAMPLE; i++) {
            map.add(ShapeInput.key(i, first, size, seed), ShapeInput.DELTA);
        }
        return Shape.LONG_SAMPLE;
    }
}
