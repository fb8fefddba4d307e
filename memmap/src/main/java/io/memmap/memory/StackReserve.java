package io.memmap.memory;

/**
 * The stack that an operation needs, claimed before the operation changes anything.
 *
 * <p>A thread may run out of stack at any call. If that happened between two stores that belong
 * together, or before a lock is released, a table would be broken or a lock held for ever: a {@code
 * finally} block needs stack, too. So each operation that changes memory or takes a lock calls
 * {@link #claim} first. If less than {@value #BYTES} bytes are left, that call throws the {@link
 * StackOverflowError}, and the operation has not begun. Otherwise all calls of the operation fit,
 * because none of them goes deeper. {@code StackEndTest} runs every operation at every distance
 * from the end of a stack.
 *
 * <p>The JVM checks the stack when a method is entered, for the size of the method's frame. The
 * frame of {@code claim} is large because it has many local variables. An interpreter makes this
 * frame and drops it. A compiler drops the variables, because nothing uses them. But it must be
 * able to go back to the interpreter at the branch, so it checks for the size of the interpreter's
 * frame. HotSpot's C1 and C2 emit one store for each page, which takes about 1 ns in all. This also
 * holds if the method is inlined into its caller.
 */
public final class StackReserve {
    /** The bytes of stack that an operation of the library may use. */
    static final int BYTES = 1024 * Long.BYTES * 2;

    /** Never set. The compiler cannot see that, and keeps the way back to the interpreter. */
    private static boolean never;

    private StackReserve() {}

    /**
     * Makes sure that the calls which the caller is about to make have stack.
     *
     * @throws StackOverflowError if there is not enough left
     */
    @SuppressWarnings("UnusedVariable")
    public static void claim() {
        long l000, l001, l002, l003, l004, l005, l006, l007, l008, l009, l00a, l00b, l00c, l00d, l00e, l00f;
        long l010, l011, l012, l013, l014, l015, l016, l017, l018, l019, l01a, l01b, l01c, l01d, l01e, l01f;
        long l020, l021, l022, l023, l024, l025, l026, l027, l028, l029, l02a, l02b, l02c, l02d, l02e, l02f;
        long l030, l031, l032, l033, l034, l035, l036, l037, l038, l039, l03a, l03b, l03c, l03d, l03e, l03f;
        long l040, l041, l042, l043, l044, l045, l046, l047, l048, l049, l04a, l04b, l04c, l04d, l04e, l04f;
        long l050, l051, l052, l053, l054, l055, l056, l057, l058, l059, l05a, l05b, l05c, l05d, l05e, l05f;
        long l060, l061, l062, l063, l064, l065, l066, l067, l068, l069, l06a, l06b, l06c, l06d, l06e, l06f;
        long l070, l071, l072, l073, l074, l075, l076, l077, l078, l079, l07a, l07b, l07c, l07d, l07e, l07f;
        long l080, l081, l082, l083, l084, l085, l086, l087, l088, l089, l08a, l08b, l08c, l08d, l08e, l08f;
        long l090, l091, l092, l093, l094, l095, l096, l097, l098, l099, l09a, l09b, l09c, l09d, l09e, l09f;
        long l0a0, l0a1, l0a2, l0a3, l0a4, l0a5, l0a6, l0a7, l0a8, l0a9, l0aa, l0ab, l0ac, l0ad, l0ae, l0af;
        long l0b0, l0b1, l0b2, l0b3, l0b4, l0b5, l0b6, l0b7, l0b8, l0b9, l0ba, l0bb, l0bc, l0bd, l0be, l0bf;
        long l0c0, l0c1, l0c2, l0c3, l0c4, l0c5, l0c6, l0c7, l0c8, l0c9, l0ca, l0cb, l0cc, l0cd, l0ce, l0cf;
        long l0d0, l0d1, l0d2, l0d3, l0d4, l0d5, l0d6, l0d7, l0d8, l0d9, l0da, l0db, l0dc, l0dd, l0de, l0df;
        long l0e0, l0e1, l0e2, l0e3, l0e4, l0e5, l0e6, l0e7, l0e8, l0e9, l0ea, l0eb, l0ec, l0ed, l0ee, l0ef;
        long l0f0, l0f1, l0f2, l0f3, l0f4, l0f5, l0f6, l0f7, l0f8, l0f9, l0fa, l0fb, l0fc, l0fd, l0fe, l0ff;
        long l100, l101, l102, l103, l104, l105, l106, l107, l108, l109, l10a, l10b, l10c, l10d, l10e, l10f;
        long l110, l111, l112, l113, l114, l115, l116, l117, l118, l119, l11a, l11b, l11c, l11d, l11e, l11f;
        long l120, l121, l122, l123, l124, l125, l126, l127, l128, l129, l12a, l12b, l12c, l12d, l12e, l12f;
        long l130, l131, l132, l133, l134, l135, l136, l137, l138, l139, l13a, l13b, l13c, l13d, l13e, l13f;
        long l140, l141, l142, l143, l144, l145, l146, l147, l148, l149, l14a, l14b, l14c, l14d, l14e, l14f;
        long l150, l151, l152, l153, l154, l155, l156, l157, l158, l159, l15a, l15b, l15c, l15d, l15e, l15f;
        long l160, l161, l162, l163, l164, l165, l166, l167, l168, l169, l16a, l16b, l16c, l16d, l16e, l16f;
        long l170, l171, l172, l173, l174, l175, l176, l177, l178, l179, l17a, l17b, l17c, l17d, l17e, l17f;
        long l180, l181, l182, l183, l184, l185, l186, l187, l188, l189, l18a, l18b, l18c, l18d, l18e, l18f;
        long l190, l191, l192, l193, l194, l195, l196, l197, l198, l199, l19a, l19b, l19c, l19d, l19e, l19f;
        long l1a0, l1a1, l1a2, l1a3, l1a4, l1a5, l1a6, l1a7, l1a8, l1a9, l1aa, l1ab, l1ac, l1ad, l1ae, l1af;
        long l1b0, l1b1, l1b2, l1b3, l1b4, l1b5, l1b6, l1b7, l1b8, l1b9, l1ba, l1bb, l1bc, l1bd, l1be, l1bf;
        long l1c0, l1c1, l1c2, l1c3, l1c4, l1c5, l1c6, l1c7, l1c8, l1c9, l1ca, l1cb, l1cc, l1cd, l1ce, l1cf;
        long l1d0, l1d1, l1d2, l1d3, l1d4, l1d5, l1d6, l1d7, l1d8, l1d9, l1da, l1db, l1dc, l1dd, l1de, l1df;
        long l1e0, l1e1, l1e2, l1e3, l1e4, l1e5, l1e6, l1e7, l1e8, l1e9, l1ea, l1eb, l1ec, l1ed, l1ee, l1ef;
        long l1f0, l1f1, l1f2, l1f3, l1f4, l1f5, l1f6, l1f7, l1f8, l1f9, l1fa, l1fb, l1fc, l1fd, l1fe, l1ff;
        long l200, l201, l202, l203, l204, l205, l206, l207, l208, l209, l20a, l20b, l20c, l20d, l20e, l20f;
        long l210, l211, l212, l213, l214, l215, l216, l217, l218, l219, l21a, l21b, l21c, l21d, l21e, l21f;
        long l220, l221, l222, l223, l224, l225, l226, l227, l228, l229, l22a, l22b, l22c, l22d, l22e, l22f;
        long l230, l231, l232, l233, l234, l235, l236, l237, l238, l239, l23a, l23b, l23c, l23d, l23e, l23f;
        long l240, l241, l242, l243, l244, l245, l246, l247, l248, l249, l24a, l24b, l24c, l24d, l24e, l24f;
        long l250, l251, l252, l253, l254, l255, l256, l257, l258, l259, l25a, l25b, l25c, l25d, l25e, l25f;
        long l260, l261, l262, l263, l264, l265, l266, l267, l268, l269, l26a, l26b, l26c, l26d, l26e, l26f;
        long l270, l271, l272, l273, l274, l275, l276, l277, l278, l279, l27a, l27b, l27c, l27d, l27e, l27f;
        long l280, l281, l282, l283, l284, l285, l286, l287, l288, l289, l28a, l28b, l28c, l28d, l28e, l28f;
        long l290, l291, l292, l293, l294, l295, l296, l297, l298, l299, l29a, l29b, l29c, l29d, l29e, l29f;
        long l2a0, l2a1, l2a2, l2a3, l2a4, l2a5, l2a6, l2a7, l2a8, l2a9, l2aa, l2ab, l2ac, l2ad, l2ae, l2af;
        long l2b0, l2b1, l2b2, l2b3, l2b4, l2b5, l2b6, l2b7, l2b8, l2b9, l2ba, l2bb, l2bc, l2bd, l2be, l2bf;
        long l2c0, l2c1, l2c2, l2c3, l2c4, l2c5, l2c6, l2c7, l2c8, l2c9, l2ca, l2cb, l2cc, l2cd, l2ce, l2cf;
        long l2d0, l2d1, l2d2, l2d3, l2d4, l2d5, l2d6, l2d7, l2d8, l2d9, l2da, l2db, l2dc, l2dd, l2de, l2df;
        long l2e0, l2e1, l2e2, l2e3, l2e4, l2e5, l2e6, l2e7, l2e8, l2e9, l2ea, l2eb, l2ec, l2ed, l2ee, l2ef;
        long l2f0, l2f1, l2f2, l2f3, l2f4, l2f5, l2f6, l2f7, l2f8, l2f9, l2fa, l2fb, l2fc, l2fd, l2fe, l2ff;
        long l300, l301, l302, l303, l304, l305, l306, l307, l308, l309, l30a, l30b, l30c, l30d, l30e, l30f;
        long l310, l311, l312, l313, l314, l315, l316, l317, l318, l319, l31a, l31b, l31c, l31d, l31e, l31f;
        long l320, l321, l322, l323, l324, l325, l326, l327, l328, l329, l32a, l32b, l32c, l32d, l32e, l32f;
        long l330, l331, l332, l333, l334, l335, l336, l337, l338, l339, l33a, l33b, l33c, l33d, l33e, l33f;
        long l340, l341, l342, l343, l344, l345, l346, l347, l348, l349, l34a, l34b, l34c, l34d, l34e, l34f;
        long l350, l351, l352, l353, l354, l355, l356, l357, l358, l359, l35a, l35b, l35c, l35d, l35e, l35f;
        long l360, l361, l362, l363, l364, l365, l366, l367, l368, l369, l36a, l36b, l36c, l36d, l36e, l36f;
        long l370, l371, l372, l373, l374, l375, l376, l377, l378, l379, l37a, l37b, l37c, l37d, l37e, l37f;
        long l380, l381, l382, l383, l384, l385, l386, l387, l388, l389, l38a, l38b, l38c, l38d, l38e, l38f;
        long l390, l391, l392, l393, l394, l395, l396, l397, l398, l399, l39a, l39b, l39c, l39d, l39e, l39f;
        long l3a0, l3a1, l3a2, l3a3, l3a4, l3a5, l3a6, l3a7, l3a8, l3a9, l3aa, l3ab, l3ac, l3ad, l3ae, l3af;
        long l3b0, l3b1, l3b2, l3b3, l3b4, l3b5, l3b6, l3b7, l3b8, l3b9, l3ba, l3bb, l3bc, l3bd, l3be, l3bf;
        long l3c0, l3c1, l3c2, l3c3, l3c4, l3c5, l3c6, l3c7, l3c8, l3c9, l3ca, l3cb, l3cc, l3cd, l3ce, l3cf;
        long l3d0, l3d1, l3d2, l3d3, l3d4, l3d5, l3d6, l3d7, l3d8, l3d9, l3da, l3db, l3dc, l3dd, l3de, l3df;
        long l3e0, l3e1, l3e2, l3e3, l3e4, l3e5, l3e6, l3e7, l3e8, l3e9, l3ea, l3eb, l3ec, l3ed, l3ee, l3ef;
        long l3f0, l3f1, l3f2, l3f3, l3f4, l3f5, l3f6, l3f7, l3f8, l3f9, l3fa, l3fb, l3fc, l3fd, l3fe, l3ff;
        if (never) {
            preventLeaf();
        }
    }

    /**
     * Makes {@code claim} a method with a call. Compilers omit the check of the stack in a method
     * without calls.
     */
    private static void preventLeaf() {
        throw new AssertionError();
    }
}
