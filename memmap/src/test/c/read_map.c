/*
 * Prints the entries of a map with buckets or pages. All kinds are read except maps, codecs, big numbers, sealed interfaces, and records
 * that have a name. The keys of a map with pages are long, or int if the values are int.
 * The map lies in a dump of its heap's segment. The program knows only what memmap/docs/format.md says.
 *
 *     read_map FILE [POINTER]
 *     read_map --named NAME FILE
 *
 * Without a pointer it prints the directory of the heap: the names of maps, and their pointers. With a name, the file is not a dump but that
 * of a heap that a process may be writing meanwhile, and the map is one for many threads. Each shard is printed as it was at some moment.
 * An entry a line, in the order of the buckets or pages: the key, a tab, the value. Of a string's bytes those that are printable ASCII, but
 * for the backslash, stand for themselves; the others are \xHH. A time is its seconds, an s and its nanoseconds. An enum is the name of
 * its constant. An optional without an object is "empty", a null is "null". A char is a number. Bits of a float or double, the bytes of a
 * uuid, and each of the bytes of a byte array are hexadecimal digits. A struct or record is its members in braces, a map its entries
 * in braces, and an array, list or set its elements in brackets.
 *
 * Exit codes: 0 success, 1 there is no such map in the file, or it contradicts itself, 2 bad usage, 3 the process that wrote a shard died in a
 * write.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The header of the heap. */
enum { VERSION = 2, SECRET_1 = 56, DIRECTORY = 3984 };

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
    KEY_BYTES = 112,
    VALUE_BYTES = 116,
    BUCKET_BYTES = 120,
    KEYS_OFFSET = 124,
    KEY_STRIDE = 126,
    VALUES_OFFSET = 128,
    VALUE_STRIDE = 130,
    OVERFLOW_OFFSET = 132,
    OVERFLOW = 168,
    OLD_OVERFLOW = 176,
    NEXT_OVERFLOW = 184,
    TYPE = 208,
    TYPE_BYTES = 216,
    NANS = 224,
    SEQUENCE = 576
};

/* The list of the shards of a map for many threads, from its pointer on. */
enum { SHARDS = 0, SHIFT = 4, HEADERS = 16, SHIFT_OF_HASH = 32 };

enum { SAME_SIZE = 8, SHRINKING = 16 };
enum { LONG = 1, INT = 2 };
enum { MAX_BYTES_IN_SLOT = 128, POINTER_BYTES = 8 };
enum { PAGE = 3, LINE_BYTES = 64, LINES_OF_PAGE_B = 6, PAGE_BYTES = 4096 };
enum { EVACUATED_X = 2, EVACUATED_EMPTY = 4, MIN_TOPHASH = 5 };

static const uint8_t *dump;
static uint64_t dump_bytes;
static uint64_t map;
static uint64_t entries;

static FILE *out;

/* Of a heap that a process may be writing: its file, the sequence word under which a map is read, and where to go on if that has changed. */
static int live = -1;
static uint64_t sequence;
static sigjmp_buf torn;

static uint64_t load_sequence(void) {
    return atomic_load_explicit((const _Atomic uint64_t *)(const void *)(dump + map + SEQUENCE), memory_order_acquire);
}

static int is_unchanged(void) {
    atomic_thread_fence(memory_order_acquire); /* what was read before is read by now */
    return load_sequence() == sequence;
}

static _Noreturn void fail(const char *reason, uint64_t pointer) {
    if (live >= 0 && !is_unchanged()) {
        siglongjmp(torn, 1);
    }
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

/* What the bytes of an object are. The bytes of an ARRAY are elements of the kind that follows it, as a string of bytes. */
enum form { SIGNED, UNSIGNED, BITS, UUID, TIME, TEXT, ARRAY };

/* A kind that its name alone describes. */
struct simple {
    uint64_t code;
    const char *name;
    int bytes; /* of an array, those of an element */
    enum form form;
    enum form elements;
};

static const struct simple simple_kinds[] = {
    {1, "long", 8, SIGNED, 0},           {2, "int", 4, SIGNED, 0},
    {3, "short", 2, SIGNED, 0},          {4, "byte", 1, SIGNED, 0},
    {5, "char", 2, UNSIGNED, 0},         {6, "boolean", 1, UNSIGNED, 0},
    {7, "float", 4, BITS, 0},            {8, "double", 8, BITS, 0},
    {9, "uuid", 16, UUID, 0},            {10, "instant", 12, TIME, 0},
    {11, "utf8", 1, TEXT, 0},            {12, "bytes", 1, ARRAY, BITS},
    {15, "pointer", 8, UNSIGNED, 0},     {18, "local_date", 8, SIGNED, 0},
    {19, "local_date_time", 12, TIME, 0}, {20, "duration", 12, TIME, 0},
    {23, "booleans", 1, ARRAY, UNSIGNED}, {24, "shorts", 2, ARRAY, SIGNED},
    {25, "chars", 2, ARRAY, UNSIGNED},   {26, "ints", 4, ARRAY, SIGNED},
    {27, "longs", 8, ARRAY, SIGNED},     {28, "floats", 4, ARRAY, BITS},
    {29, "doubles", 8, ARRAY, BITS},
};
enum { SIMPLE_KINDS = sizeof simple_kinds / sizeof simple_kinds[0] };

/* The size of objects that do not all have the same, and what such an object has in its slot. */
enum { VARIABLE = 0, RUN_BYTES = 16 };

/* What is left to read of a type's text. */
struct text {
    const char *at;
    const char *end;
};

static _Noreturn void fail_type(void) {
    fail("no live map of a known type is", map);
}

static int skip(struct text *type, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(type->end - type->at) < length || memcmp(type->at, word, length) != 0) {
        return 0;
    }
    type->at += length;
    return 1;
}

static void print_text(uint64_t from, uint64_t bytes) {
    const uint8_t *run = bytes_at(from, bytes);
    for (uint64_t i = 0; i < bytes; i++) {
        if (run[i] >= ' ' && run[i] <= '~' && run[i] != '\\') {
            putc(run[i], out);
        } else {
            fprintf(out, "\\x%02X", run[i]);
        }
    }
}

static int64_t with_sign(uint64_t word, int bytes) {
    uint64_t sign = UINT64_C(1) << (8 * bytes - 1);
    return (int64_t)((word ^ sign) - sign);
}

/* Reads "A, B}" of a type's text. Returns the number of the constants, and prints the constant with this number, if any. */
static uint64_t constants(struct text *type, uint64_t printed) {
    uint64_t count = 0;
    while (!skip(type, "}")) {
        const char *name = type->at;
        while (type->at < type->end && *type->at != ',' && *type->at != '}') {
            type->at++;
        }
        if (type->at == type->end) {
            fail_type();
        }
        if (count++ == printed) {
            fprintf(out, "%.*s", (int)(type->at - name), name);
        }
        skip(type, ", ");
    }
    return count;
}

static uint64_t decimal(struct text *type) {
    uint64_t value = 0;
    while (type->at < type->end && *type->at >= '0' && *type->at <= '9') {
        value = 10 * value + (uint64_t)(*type->at++ - '0');
    }
    return value;
}

static int is_digit(const struct text *type) {
    return type->at < type->end && *type->at >= '0' && *type->at <= '9';
}

/* Returns the kind that the type's text begins with, if its name alone describes it, and reads the name; else null. */
static const struct simple *simple(struct text *type) {
    for (int i = 0; i < SIMPLE_KINDS; i++) {
        struct text rest = *type;
        if (skip(&rest, simple_kinds[i].name) && (rest.at == rest.end || strchr(" ,)]}", *rest.at) != NULL)) {
            *type = rest;
            return &simple_kinds[i];
        }
    }
    return NULL;
}

static void print_number(uint64_t word, int bytes, enum form form) {
    if (form == SIGNED) {
        fprintf(out, "%" PRId64, with_sign(word, bytes));
    } else if (form == UNSIGNED) {
        fprintf(out, "%" PRIu64, word);
    } else {
        fprintf(out, "%0*" PRIX64, 2 * bytes, word);
    }
}

static uint64_t reversed(uint64_t word, int bytes) {
    uint64_t other = 0;
    for (; bytes > 0; bytes--, word >>= 8) {
        other = other << 8 | (word & 0xFF);
    }
    return other;
}

/*
 * Reads a member's type, such as struct{x long, [2]int, 4 padding} or double big-endian, and prints the member at `at`, if that is not 0.
 * Returns the number of its bytes.
 */
static uint64_t member(struct text *type, uint64_t at) {
    uint64_t bytes = 0;
    if (skip(type, "struct{")) {
        const char *separator = "{";
        while (!skip(type, "}")) {
            skip(type, ", ");
            struct text rest = *type;
            while (rest.at < rest.end && strchr(" ,}[", *rest.at) == NULL) {
                rest.at++;
            }
            if (!is_digit(type) && skip(&rest, " ") && !skip(&rest, "big-endian")) {
                *type = rest; /* behind the member's name */
            }
            if (at != 0 && !is_digit(type)) {
                fprintf(out, "%s", separator);
                separator = ", ";
            }
            bytes += member(type, at == 0 ? 0 : at + bytes);
        }
        if (at != 0) {
            fprintf(out, "}");
        }
        return bytes;
    }
    if (skip(type, "[")) {
        uint64_t count = decimal(type);
        if (!skip(type, "]")) {
            fail_type();
        }
        struct text element = *type;
        uint64_t element_bytes = member(type, 0);
        for (uint64_t i = 0; at != 0 && i < count; i++) {
            struct text again = element;
            fprintf(out, i == 0 ? "[" : ", ");
            member(&again, at + i * element_bytes);
        }
        if (at != 0) {
            fprintf(out, count == 0 ? "[]" : "]");
        }
        return count * element_bytes;
    }
    if (is_digit(type)) {
        uint64_t padding = decimal(type);
        for (uint64_t i = 0; at != 0 && i < padding; i++) {
            if (number(at + i, 1) != 0) {
                fail("padding that is not zero is", at + i);
            }
        }
        if (!skip(type, " padding")) {
            fail_type();
        }
        return padding;
    }
    const struct simple *kind = simple(type);
    if (kind == NULL || kind->form > BITS) {
        fail_type();
    }
    int is_big_endian = skip(type, " big-endian");
    if (at != 0) {
        uint64_t word = number(at, kind->bytes);
        print_number(is_big_endian ? reversed(word, kind->bytes) : word, kind->bytes, kind->form);
    }
    return (uint64_t)kind->bytes;
}

static void require(struct text *type, const char *word) {
    if (!skip(type, word)) {
        fail_type();
    }
}

/* Reads the name of a record's component and what separates it from the one before. */
static void component(struct text *type) {
    skip(type, ", ");
    while (type->at < type->end && *type->at != ' ') {
        type->at++;
    }
    require(type, " ");
}

static void version(struct text *type) {
    if (skip(type, " v")) {
        decimal(type);
    }
}

/* Reads a kind of a type's text. Returns how many bytes its objects have, or VARIABLE if they do not all have as many. */
static uint64_t size(struct text *type) {
    uint64_t bytes = VARIABLE;
    struct text rest = *type;
    const struct simple *kind = simple(type);
    if (kind != NULL) {
        bytes = kind->form == TEXT || kind->form == ARRAY ? VARIABLE : (uint64_t)kind->bytes;
    } else if (skip(&rest, "struct{")) {
        bytes = member(type, 0);
    } else if (skip(type, "enum{")) {
        bytes = constants(type, UINT64_MAX) <= 256 ? 1 : 2;
    } else if (skip(type, "optional(") || skip(type, "nullable(")) {
        uint64_t object = size(type);
        bytes = object == VARIABLE ? VARIABLE : 1 + object;
        require(type, ")");
    } else if (skip(type, "list(") || skip(type, "set(")) {
        size(type);
        require(type, ")");
    } else if (skip(type, "map_of(")) {
        size(type);
        require(type, ", ");
        size(type);
        require(type, ")");
    } else if (skip(type, "record{")) {
        while (!skip(type, "}")) {
            component(type);
            size(type);
        }
    } else {
        fail_type();
    }
    version(type);
    return bytes;
}

/* A part of the dump that is read from its beginning to its end. */
struct bytes {
    uint64_t at;
    uint64_t end;
};

static uint64_t take(struct bytes *from, uint64_t bytes) {
    if (bytes > from->end - from->at) {
        fail("an object has more bytes than its byte string", from->at);
    }
    from->at += bytes;
    return from->at - bytes;
}

static uint64_t varint(struct bytes *from) {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        uint64_t group = number(take(from, 1), 1);
        value |= (group & 0x7F) << shift;
        if (group < 0x80) {
            return value;
        }
    }
    fail("a varint is too long", from->at);
}

static void print_object(struct text *type, struct bytes *from);

/* Prints an object in another one. */
static void print_part(struct text *type, struct bytes *from) {
    struct text rest = *type;
    uint64_t bytes = size(&rest);
    bytes = bytes == VARIABLE ? varint(from) : bytes;
    struct bytes part = {take(from, bytes), 0};
    part.end = from->at;
    print_object(type, &part);
}

/* Prints as many parts as the bytes say, each of one object, or of two if there is a word between their kinds. */
static void print_parts(struct text *type, struct bytes *from, const char *brackets, const char *between) {
    uint64_t count = varint(from);
    putc(brackets[0], out);
    for (uint64_t i = 0; i < count; i++) {
        struct text again = *type;
        fprintf(out, i == 0 ? "" : ", ");
        print_part(&again, from);
        if (between != NULL) {
            require(&again, between);
            fprintf(out, ": ");
            print_part(&again, from);
        }
    }
    putc(brackets[1], out);
    size(type);
    if (between != NULL) {
        require(type, between);
        size(type);
    }
    require(type, ")");
}

/* Prints an object that may be absent. */
static void print_if_present(struct text *type, struct bytes *from, const char *absent) {
    if (number(take(from, 1), 1) != 0) {
        print_object(type, from);
    } else {
        size(type);
        fprintf(out, "%s", absent);
        from->at = from->end;
    }
    require(type, ")");
}

static void print_simple(const struct simple *kind, struct bytes *from) {
    uint64_t bytes = from->end - from->at;
    if (kind->form == TEXT) {
        print_text(take(from, bytes), bytes);
    } else if (kind->form == ARRAY) {
        fprintf(out, "[");
        for (const char *separator = ""; from->at < from->end; separator = ", ") {
            fprintf(out, "%s", separator);
            print_number(number(take(from, (uint64_t)kind->bytes), kind->bytes), kind->bytes, kind->elements);
        }
        fprintf(out, "]");
    } else if (kind->form == TIME) {
        uint64_t seconds = number(take(from, 8), 8);
        fprintf(out, "%" PRId64 "s%" PRIu64, with_sign(seconds, 8), number(take(from, 4), 4));
    } else if (kind->form == UUID) {
        uint64_t high = number(take(from, 8), 8);
        fprintf(out, "%016" PRIX64 "%016" PRIX64, high, number(take(from, 8), 8));
    } else {
        print_number(number(take(from, (uint64_t)kind->bytes), kind->bytes), kind->bytes, kind->form);
    }
}

/* Reads a kind of a type's text and prints the object of this kind that has exactly these bytes. */
static void print_object(struct text *type, struct bytes *from) {
    struct text rest = *type;
    const struct simple *kind = simple(type);
    if (kind != NULL) {
        print_simple(kind, from);
    } else if (skip(&rest, "struct{")) {
        rest = *type;
        member(type, take(from, member(&rest, 0)));
    } else if (skip(type, "enum{")) {
        int bytes = (int)(from->end - from->at);
        uint64_t constant = number(take(from, (uint64_t)bytes), bytes);
        if (constants(type, constant) <= constant) {
            fail("no such constant is", from->at);
        }
    } else if (skip(type, "optional(")) {
        print_if_present(type, from, "empty");
    } else if (skip(type, "nullable(")) {
        print_if_present(type, from, "null");
    } else if (skip(type, "list(") || skip(type, "set(")) {
        print_parts(type, from, "[]", NULL);
    } else if (skip(type, "map_of(")) {
        print_parts(type, from, "{}", ", ");
    } else {
        require(type, "record{");
        fprintf(out, "{");
        for (const char *separator = ""; !skip(type, "}"); separator = ", ") {
            component(type);
            fprintf(out, "%s", separator);
            print_part(type, from);
        }
        fprintf(out, "}");
    }
    if (from->at != from->end) {
        fail("an object has fewer bytes than its byte string", from->at);
    }
    version(type);
}

/* Reads a kind of a type's text and prints the object in the slot, if there is one. Returns the number of bytes that the slot has. */
static uint64_t object(struct text *type, uint64_t slot) {
    struct text rest = *type;
    uint64_t bytes = size(&rest);
    uint64_t in_slot = bytes == VARIABLE ? RUN_BYTES : bytes <= MAX_BYTES_IN_SLOT ? bytes : POINTER_BYTES;
    if (slot == 0) {
        *type = rest;
        return in_slot;
    }
    struct bytes from = {slot, slot + bytes};
    if (in_slot != bytes) {
        from.at = number(slot, 8);
        from.end = from.at + (bytes == VARIABLE ? number(slot + 8, 4) : bytes);
    }
    print_object(type, &from);
    return in_slot;
}

static const char *name_of(uint64_t code) {
    for (int i = 0; i < SIMPLE_KINDS; i++) {
        if (simple_kinds[i].code == code) {
            return simple_kinds[i].name;
        }
    }
    fail_type();
}

/* Prints an entry, or only its value if the key is 0. With zeros it prints nothing, but checks that the kinds are known and have the bytes that the header says. */
static void print_entry(uint64_t key, uint64_t value) {
    uint64_t key_bytes = 0;
    uint64_t value_bytes = 0;
    if (field(TYPE, 8) != 0) {
        uint64_t length = field(TYPE_BYTES, 8);
        const char *text = (const char *)bytes_at(field(TYPE, 8), length);
        struct text type = {text, text + length};
        int known = skip(&type, "map[");
        key_bytes = known ? object(&type, key) : 0;
        if (key != 0) {
            putc('\t', out);
        }
        known = known && skip(&type, "]");
        value_bytes = known ? object(&type, value) : 0;
        if (!known || type.at != type.end) {
            fail_type();
        }
    } else {
        const char *key_name = name_of(field(KEY_KIND, 1));
        const char *value_name = name_of(field(VALUE_KIND, 1));
        struct text key_type = {key_name, key_name + strlen(key_name)};
        struct text value_type = {value_name, value_name + strlen(value_name)};
        key_bytes = object(&key_type, key);
        if (key != 0) {
            putc('\t', out);
        }
        value_bytes = object(&value_type, value);
    }
    if (key_bytes != field(KEY_BYTES, 4) || value_bytes != field(VALUE_BYTES, 4)) {
        fail_type();
    }
    if (key != 0) {
        putc('\n', out);
    }
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
    uint64_t units = UINT64_C(1) << (old == 0 || b < old_b(b) ? b : old_b(b));
    /* The new chains of a unit that has not moved are empty, and may lie in a hole of the file. */
    for (uint64_t i = 0; buckets != 0 && i < UINT64_C(1) << b; i++) {
        if (old == 0 || has_moved(i & (units - 1))) {
            print_chain(buckets + i * bucket_bytes);
        }
    }
    for (uint64_t i = 0; old != 0 && i < UINT64_C(1) << old_b(b); i++) {
        if (!has_moved(i & (units - 1))) {
            print_chain(old + i * bucket_bytes);
        }
    }
}

static int key_bytes(void) {
    return field(KEY_KIND, 1) == LONG ? 8 : 4;
}

static int64_t integer(uint64_t word) {
    return field(KEY_KIND, 1) == LONG ? (int64_t)word : (int64_t)(int32_t)(uint32_t)word;
}

static void print_pair(uint64_t pair) {
    uint64_t flip = field(HASH0, 4) ^ number(SECRET_1, 8);
    uint64_t key = number(pair, key_bytes()) ^ flip; /* of a key of 4 bytes, the low 4 bytes count */
    fprintf(out, "%" PRId64 "\t", integer(key));
    print_entry(0, pair + field(VALUES_OFFSET, 2));
    putc('\n', out);
    entries++;
}

static uint64_t print_slots(uint64_t from, uint64_t bytes) {
    uint64_t before = entries;
    uint64_t pair_bytes = field(KEY_STRIDE, 2);
    if (pair_bytes == 0) {
        fail("pairs without bytes are", map + KEY_STRIDE);
    }
    for (uint64_t slot = from; slot < from + bytes; slot += pair_bytes) {
        if (number(slot, key_bytes()) != 0) {
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
    if (number(0, 8) != UINT64_C(0x70616D6D656D4A01) || number(8, 4) != VERSION) {
        fail("no heap of version 2 begins", 0);
    }
    uint64_t key = field(KEY_KIND, 1);
    uint64_t value = field(VALUE_KIND, 1);
    int paged = field(GEOMETRY, 1) == PAGE;
    if (field(IDENTITY, 8) == 0 || (paged && key != LONG && (key != INT || value != INT))) {
        fail_type();
    }
    print_entry(0, 0);
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

/* --- A heap that a process may be writing. --- */

static int is_locked_by_writer(void) {
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
    return fcntl(live, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_WRLCK;
}

static int64_t microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Waits until no write is under way in the map, and notes its sequence word. */
static void begin_read(void) {
    int64_t begun = microseconds();
    if (map > dump_bytes - SEQUENCE - 8) {
        fprintf(stderr, "read_map: a pointer leads out of the file: %" PRIu64 "\n", map);
        exit(1);
    }
    while ((sequence = load_sequence()) & 1) {
        if (microseconds() - begun > 1000 && !is_locked_by_writer() && load_sequence() == sequence) {
            fprintf(stderr, "read_map: the process that wrote the map at %" PRIu64 " died in a write\n", map);
            exit(3);
        }
        sched_yield();
    }
}

/* A page that the writer has given back cannot be read if the file system is full. */
static void on_bus_error(int signal) {
    (void)signal;
    siglongjmp(torn, 1);
}

/* Returns what print_map prints of the map at `map`, at a moment when no process writes to it. */
static char *text_of_map(void) {
    for (;;) {
        char *volatile text = NULL;
        size_t length = 0;
        out = open_memstream((char **)&text, &length);
        begin_read();
        volatile int is_right = 0;
        if (sigsetjmp(torn, 1) == 0) {
            entries = 0;
            print_map();
            is_right = is_unchanged();
        }
        fclose(out);
        out = stdout;
        if (is_right) {
            return text;
        }
        free(text);
    }
}

static void open_live(const char *path) {
    live = open(path, O_RDONLY | O_CLOEXEC);
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = 1};
    struct stat file;
    void *mapping = MAP_FAILED;
    if (live >= 0 && fcntl(live, F_OFD_SETLK, &lock) == 0 && fstat(live, &file) == 0 && file.st_size > DIRECTORY + 8) {
        mapping = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_SHARED | MAP_NORESERVE, live, 0);
    }
    if (mapping == MAP_FAILED) {
        fprintf(stderr, "read_map: cannot map %s\n", path);
        exit(1);
    }
    dump = mapping;
    dump_bytes = (uint64_t)file.st_size;
    struct sigaction action = {.sa_handler = on_bus_error};
    sigaction(SIGBUS, &action, NULL);
}

/* Returns the pointer that the directory has for a name. */
static uint64_t pointer_of(const char *name) {
    map = number(DIRECTORY, 8);
    char *names = map == 0 ? NULL : text_of_map();
    size_t length = strlen(name);
    for (char *line = names; line != NULL && *line != '\0'; line = strchr(line, '\n') + 1) {
        if (strncmp(line, name, length) == 0 && line[length] == '\t') {
            return strtoull(line + length + 1, NULL, 10);
        }
    }
    fprintf(stderr, "read_map: no map is named %s\n", name);
    exit(1);
}

static void print_shards(const char *name) {
    uint64_t list = pointer_of(name);
    if (number(list + SHIFT, 4) != SHIFT_OF_HASH) {
        fprintf(stderr, "read_map: the map is not for many threads: read it when no process writes\n");
        exit(1);
    }
    for (uint64_t i = 0; i < number(list + SHARDS, 4); i++) {
        map = number(list + HEADERS + 8 * i, 8);
        char *text = text_of_map();
        fputs(text, stdout);
        free(text);
    }
}

int main(int argc, char **argv) {
    char *end = NULL;
    out = stdout;
    if (argc == 4 && strcmp(argv[1], "--named") == 0) {
        open_live(argv[3]);
        print_shards(argv[2]);
        return 0;
    }
    if (argc == 3) {
        map = strtoull(argv[2], &end, 10);
    }
    if (argc != 2 && (end == NULL || end == argv[2] || *end != '\0')) {
        fprintf(stderr, "usage: read_map FILE [POINTER], or read_map --named NAME FILE\n");
        return 2;
    }
    load(argv[1]);
    if (argc == 2) {
        map = number(DIRECTORY, 8);
    }
    print_map();
    return 0;
}
