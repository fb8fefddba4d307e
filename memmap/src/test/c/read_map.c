/*
 * Prints the entries of a map[utf8]int with buckets, or of a map[long]long or map[int]int with pages.
 * The map lies in a dump of its heap's segment. The program knows only what memmap/docs/format.md says.
 *
 *     read_map FILE POINTER
 *
 * An entry a line, in the order of the buckets or pages: the key, a tab, the value. Of a key's bytes those that are printable ASCII, but
 * for the backslash, stand for themselves; the others are \xHH.
 *
 * Exit codes: 0 success, 1 there is no such map in the dump, or it contradicts itself, 2 bad usage.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The header of the heap. */
enum { SECRET_1 = 56 };

/* The header of the map, from its pointer on. */
enum {
    COUNT = 0,
    FLAGS = 8,
    B = 9,
    HASH0 = 12,
    BUCKETS = 16,
    OLD_BUCKETS = 24,
    NEVACUATE = 32,
    IDENTITY = 48,
    KEY_KIND = 104,
    VALUE_KIND = 105,
    GEOMETRY = 106,
    SLOTS = 107,
    BUCKET_BYTES = 120,
    KEYS_OFFSET = 124,
    KEY_STRIDE = 126,
    VALUES_OFFSET = 128,
    VALUE_STRIDE = 130,
    OVERFLOW_OFFSET = 132,
    OVERFLOW = 168,
    OLD_OVERFLOW = 176,
    NEXT_OVERFLOW = 184,
    NANS = 224
};

enum { SAME_SIZE = 8, SHRINKING = 16 };
enum { LONG = 1, INT = 2, UTF8 = 11 };
enum { PAGE = 3, LINE_BYTES = 64, LINES_OF_PAGE_B = 6, PAGE_BYTES = 4096 };
enum { EVACUATED_X = 2, EVACUATED_EMPTY = 4, MIN_TOPHASH = 5 };

static const uint8_t *dump;
static uint64_t dump_bytes;
static uint64_t map;
static uint64_t entries;

static _Noreturn void fail(const char *reason, uint64_t pointer) {
    fprintf(stderr, "read_map: %s at %" PRIu64 "\n", reason, pointer);
    exit(1);
}

static const uint8_t *bytes_at(uint64_t pointer, uint64_t bytes) {
    if (bytes > dump_bytes || pointer > dump_bytes - bytes) {
        fail("a pointer leads out of the dump", pointer);
    }
    return dump + pointer;
}

static uint64_t number(uint64_t pointer, int bytes) {
    const uint8_t *from = bytes_at(pointer, (uint64_t)bytes);
    uint64_t value = 0;
    while (bytes-- > 0) {
        value = value << 8 | from[bytes];
    }
    return value;
}

static uint64_t field(int offset, int bytes) {
    return number(map + (uint64_t)offset, bytes);
}

static void print_entry(uint64_t key, uint64_t value) {
    uint64_t length = number(key + 8, 4);
    const uint8_t *run = length == 0 ? dump : bytes_at(number(key, 8), length);
    for (uint64_t i = 0; i < length; i++) {
        if (run[i] >= ' ' && run[i] <= '~' && run[i] != '\\') {
            putchar(run[i]);
        } else {
            printf("\\x%02X", run[i]);
        }
    }
    int64_t word = (int64_t)number(value, 4);
    printf("\t%" PRId64 "\n", word < INT64_C(0x80000000) ? word : word - INT64_C(0x100000000));
}

static void print_chain(uint64_t chain) {
    uint64_t hops = field(OVERFLOW, 8) + field(OLD_OVERFLOW, 8);
    for (uint64_t bucket = chain; bucket != 0; bucket = number(bucket + field(OVERFLOW_OFFSET, 2), 8)) {
        if (bucket != chain && hops-- == 0) {
            fail("a chain has more overflow buckets than the map", bucket);
        }
        for (uint64_t slot = 0; slot < field(SLOTS, 1); slot++) {
            if (number(bucket + slot, 1) >= MIN_TOPHASH) {
                print_entry(bucket + field(KEYS_OFFSET, 2) + slot * field(KEY_STRIDE, 2),
                            bucket + field(VALUES_OFFSET, 2) + slot * field(VALUE_STRIDE, 2));
                entries++;
            }
        }
    }
}

static int has_moved(uint64_t unit) {
    if (unit < field(NEVACUATE, 8)) {
        return 1; /* and that part of the old array may be gone */
    }
    uint64_t first = number(field(OLD_BUCKETS, 8) + unit * field(BUCKET_BYTES, 4), 1);
    return first >= EVACUATED_X && first <= EVACUATED_EMPTY;
}

static uint64_t old_b(uint64_t b) {
    uint64_t flags = field(FLAGS, 1);
    return flags & SAME_SIZE ? b : flags & SHRINKING ? b + 1 : b - 1;
}

static void print_buckets(uint64_t b) {
    uint64_t bucket_bytes = field(BUCKET_BYTES, 4);
    uint64_t buckets = field(BUCKETS, 8);
    uint64_t old = field(OLD_BUCKETS, 8);
    /* The new chains of a unit that has not moved are empty, so all of the current array can be printed. */
    for (uint64_t i = 0; buckets != 0 && i < UINT64_C(1) << b; i++) {
        print_chain(buckets + i * bucket_bytes);
    }
    if (old != 0) {
        uint64_t units = UINT64_C(1) << (b < old_b(b) ? b : old_b(b));
        for (uint64_t i = 0; i < UINT64_C(1) << old_b(b); i++) {
            if (!has_moved(i & (units - 1))) {
                print_chain(old + i * bucket_bytes);
            }
        }
    }
}

static int64_t integer(uint64_t word) {
    return field(KEY_KIND, 1) == LONG ? (int64_t)word : (int64_t)(int32_t)(uint32_t)word;
}

static void print_pair(uint64_t pair) {
    int bytes = field(KEY_KIND, 1) == LONG ? 8 : 4;
    uint64_t flip = field(HASH0, 4) ^ number(SECRET_1, 8);
    uint64_t key = number(pair, bytes) ^ flip; /* of a key of 4 bytes, the low 4 bytes count */
    printf("%" PRId64 "\t%" PRId64 "\n", integer(key), integer(number(pair + (uint64_t)bytes, bytes)));
    entries++;
}

static uint64_t print_slots(uint64_t from, uint64_t bytes) {
    uint64_t before = entries;
    uint64_t pair_bytes = field(KEY_STRIDE, 2);
    if (pair_bytes == 0) {
        fail("pairs without bytes are", map + KEY_STRIDE);
    }
    for (uint64_t slot = from; slot < from + bytes; slot += pair_bytes) {
        if (number(slot, (int)pair_bytes / 2) != 0) {
            print_pair(slot);
        }
    }
    return entries - before;
}

static uint64_t pages(uint64_t b) {
    return UINT64_C(1) << (b < LINES_OF_PAGE_B ? 0 : b - LINES_OF_PAGE_B);
}

static void print_pages(uint64_t b) {
    uint64_t old = field(OLD_BUCKETS, 8);
    if (old == 0 && field(BUCKETS, 8) != 0) {
        print_slots(field(BUCKETS, 8), (uint64_t)LINE_BYTES << b);
    }
    if (old != 0) {
        uint64_t units = pages(b < old_b(b) ? b : old_b(b));
        for (uint64_t page = 0; page < 2 * units; page++) {
            int moved = (page & (units - 1)) < field(NEVACUATE, 8);
            if (page < pages(moved ? b : old_b(b))) {
                print_slots((moved ? field(BUCKETS, 8) : old) + page * PAGE_BYTES, PAGE_BYTES);
            }
        }
    }
    uint64_t extension = field(NEXT_OVERFLOW, 8);
    uint64_t lines_b = extension & (LINE_BYTES - 1);
    if (extension != 0 && print_slots(extension - lines_b, (uint64_t)LINE_BYTES << lines_b) != field(NANS, 8)) {
        fail("the extension has not as many entries as the header says", map + NANS);
    }
    if (field(OLD_OVERFLOW, 8) != 0) {
        print_pair(field(OLD_OVERFLOW, 8));
    }
}

static void print_map(void) {
    if (number(0, 8) != UINT64_C(0x70616D6D656D4A01) || number(8, 4) != 1) {
        fail("no heap of version 1 begins", 0);
    }
    uint64_t key = field(KEY_KIND, 1);
    uint64_t value = field(VALUE_KIND, 1);
    int paged = field(GEOMETRY, 1) == PAGE;
    int known = paged ? key == value && (key == LONG || key == INT) : key == UTF8 && value == INT;
    if (field(IDENTITY, 8) == 0 || !known) {
        fail("no live map of a known type is", map);
    }
    uint64_t b = field(B, 1);
    if (b > 40) {
        fail("an impossible B is", map + B);
    }
    if (paged) {
        print_pages(b);
    } else {
        print_buckets(b);
    }
    if (entries != field(COUNT, 8)) {
        fail("there are not as many entries as the header says", map + COUNT);
    }
}

static void load(const char *path) {
    FILE *file = fopen(path, "rb");
    long bytes = -1;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0) {
        bytes = ftell(file);
        rewind(file);
    }
    uint8_t *content = bytes < 0 ? NULL : malloc((size_t)bytes + 1);
    if (content == NULL || fread(content, 1, (size_t)bytes, file) != (size_t)bytes) {
        fprintf(stderr, "read_map: cannot read %s\n", path);
        exit(1);
    }
    fclose(file);
    dump = content;
    dump_bytes = (uint64_t)bytes;
}

int main(int argc, char **argv) {
    char *end = NULL;
    if (argc == 3) {
        map = strtoull(argv[2], &end, 10);
    }
    if (end == NULL || end == argv[2] || *end != '\0') {
        fprintf(stderr, "usage: read_map FILE POINTER\n");
        return 2;
    }
    load(argv[1]);
    print_map();
    return 0;
}
