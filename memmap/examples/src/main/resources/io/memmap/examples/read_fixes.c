/*
 * Prints the fixes in a map[long]{int, double, double} of memmap: read_fixes DUMP POINTER.
 * DUMP is a copy of a heap's bytes. The names and offsets are those of memmap/docs/format.md.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The record of Java. C leaves the same gap after the int. */
struct fix {
    int32_t ship;
    double north, east;
};

/* The header of a map. */
struct map {
    uint64_t count;
    uint8_t flags, B;
    uint16_t noverflow;
    uint32_t hash0;
    uint64_t buckets, oldbuckets, nevacuate, skipped[8];
    uint8_t keyKind, valueKind, geometry, slots, floorB, options, load;
    uint32_t keyBytes, valueBytes, bucketBytes;
    uint16_t keysOffset, keyStride, valuesOffset, valueStride, overflowOffset;
};

enum { FIRST_TOPHASH = 5 }; /* a lower code marks a slot without an entry */

int main(int argc, char **argv) {
    FILE *file = argc == 3 ? fopen(argv[1], "rb") : NULL;
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        fprintf(stderr, "usage: read_fixes DUMP POINTER\n");
        return 2;
    }
    size_t bytes = (size_t)ftell(file);
    char *heap = malloc(bytes);
    rewind(file);
    if (heap == NULL || fread(heap, 1, bytes, file) != bytes) {
        fprintf(stderr, "read_fixes: cannot read %s\n", argv[1]);
        return 1;
    }
    fclose(file);

    const struct map *map = (const struct map *)(heap + strtoull(argv[2], NULL, 10));
    if (map->valueBytes != sizeof(struct fix) || map->oldbuckets != 0) {
        fprintf(stderr, "read_fixes: not a map of fixes, or a map that is growing\n");
        return 1;
    }
    for (uint64_t i = 0; i < UINT64_C(1) << map->B; i++) {
        uint64_t bucket = map->buckets + i * map->bucketBytes;
        while (bucket != 0) { /* a bucket, and those that continue it */
            const char *at = heap + bucket;
            for (int slot = 0; slot < map->slots; slot++) {
                if ((uint8_t)at[slot] >= FIRST_TOPHASH) {
                    const struct fix *fix = (const struct fix *)(at + map->valuesOffset + slot * map->valueStride);
                    int64_t key = *(const int64_t *)(at + map->keysOffset + slot * map->keyStride);
                    printf("%" PRId64 ": ship %" PRId32 " at %.5f, %.5f\n", key, fix->ship, fix->north, fix->east);
                }
            }
            bucket = *(const uint64_t *)(at + map->overflowOffset);
        }
    }
    free(heap);
    return 0;
}
