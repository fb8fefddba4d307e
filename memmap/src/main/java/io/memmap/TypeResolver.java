package io.memmap;

import io.memmap.codec.Codec;
import io.memmap.codec.LaterCodec;
import io.memmap.codec.Part;
import io.memmap.codec.RecordCodec;
import io.memmap.codec.RecordPartsCodec;
import io.memmap.codec.SealedCodec;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.AnnotatedWildcardType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes the {@link Type} of a Java type: of a record, of a sealed interface, or of what a record's
 * component may be. It serves for one such type, and keeps nothing of it.
 *
 * <p>A record or sealed interface that is a part of itself is <em>recursive</em>. Where its own
 * type occurs in it, the name of the type is only the class's simple name, and the codec is a
 * {@link LaterCodec}.
 */
final class TypeResolver {
    /** More records than this inside each other are taken for a type without an end. */
    private static final int MAX_DEPTH = 100;

    /** The types of classes that have no parts. */
    private static final Map<Class<?>, Type<?>> TYPES = Map.ofEntries(
            Map.entry(long.class, Type.LONG),
            Map.entry(Long.class, Type.LONG),
            Map.entry(int.class, Type.INT),
            Map.entry(Integer.class, Type.INT),
            Map.entry(short.class, Type.SHORT),
            Map.entry(Short.class, Type.SHORT),
            Map.entry(byte.class, Type.BYTE),
            Map.entry(Byte.class, Type.BYTE),
            Map.entry(char.class, Type.CHAR),
            Map.entry(Character.class, Type.CHAR),
            Map.entry(boolean.class, Type.BOOLEAN),
            Map.entry(Boolean.class, Type.BOOLEAN),
            Map.entry(float.class, Type.FLOAT),
            Map.entry(Float.class, Type.FLOAT),
            Map.entry(double.class, Type.DOUBLE),
            Map.entry(Double.class, Type.DOUBLE),
            Map.entry(String.class, Type.UTF8),
            Map.entry(UUID.class, Type.UUID),
            Map.entry(Instant.class, Type.INSTANT),
            Map.entry(LocalDate.class, Type.LOCAL_DATE),
            Map.entry(LocalDateTime.class, Type.LOCAL_DATE_TIME),
            Map.entry(Duration.class, Type.DURATION),
            Map.entry(BigDecimal.class, Type.BIG_DECIMAL),
            Map.entry(BigInteger.class, Type.BIG_INTEGER),
            Map.entry(byte[].class, Type.BYTES),
            Map.entry(long[].class, Type.LONGS),
            Map.entry(int[].class, Type.INTS),
            Map.entry(short[].class, Type.SHORTS),
            Map.entry(char[].class, Type.CHARS),
            Map.entry(boolean[].class, Type.BOOLEANS),
            Map.entry(float[].class, Type.FLOATS),
            Map.entry(double[].class, Type.DOUBLES));

    /** A record or sealed interface whose parts are being resolved. */
    private static final class Enclosing {
        final Class<?> javaClass;
        final List<String> arguments;
        final String label;
        /** How many places that may end a recursion are around it. */
        final int ends;

        final LaterCodec<Object> codec = new LaterCodec<>();
        boolean isRecursive;

        Enclosing(Class<?> javaClass, List<String> arguments, String label, int ends) {
            this.javaClass = javaClass;
            this.arguments = arguments;
            this.label = label;
            this.ends = ends;
        }

        /** Returns the type for a place inside. */
        Type<?> asPart() {
            return Type.composite(label, javaClass, codec);
        }

        /** Returns the type for all other places. */
        Type<?> type(String name, Codec<?> made) {
            codec.set(made);
            return Type.composite(name, javaClass, made);
        }
    }

    private final MethodHandles.@Nullable Lookup lookup;
    /** The innermost is the first. */
    private final Deque<Enclosing> enclosing = new ArrayDeque<>();
    /**
     * How many places are around the current one that may hold no object of the type in them, as a
     * list or an optional may.
     */
    private int ends;

    /**
     * Makes a resolver.
     *
     * @param lookup a lookup with access to the records; null to use the best that this module can
     *     get for each
     */
    TypeResolver(MethodHandles.@Nullable Lookup lookup) {
        this.lookup = lookup;
    }

    /** Returns the type of a record class. */
    Type<?> ofRecord(Class<?> record) {
        if (!record.isRecord()) {
            String remedy = record.isSealed() && record.isInterface() ? "; use Type.sealed" : "";
            throw new IllegalArgumentException(record.getName() + " is not a record" + remedy);
        }
        return record(record, List.of(), "");
    }

    /** Returns the type of a sealed interface. */
    Type<?> ofSealed(Class<?> sealed) {
        if (!sealed.isInterface() || !sealed.isSealed()) {
            String remedy = sealed.isRecord() ? "; use Type.record" : "";
            throw new IllegalArgumentException(sealed.getName() + " is not a sealed interface" + remedy);
        }
        return sealed(sealed, List.of(), "");
    }

    /** Returns the type of a Java type with type arguments. */
    Type<?> of(TypeRef<?> reference) {
        return typeOf(reference.type(), Map.of(), "the argument of a TypeRef");
    }

    /**
     * Returns the type of a Java type.
     *
     * @param variables the types of the type variables
     * @param place where the Java type occurs, for messages
     */
    private Type<?> typeOf(AnnotatedType annotated, Map<TypeVariable<?>, Type<?>> variables, String place) {
        boolean nullable = RecordCodec.isNullable(annotated.getAnnotations());
        ends += nullable ? 1 : 0;
        Type<?> type = bareTypeOf(annotated, variables, place);
        ends -= nullable ? 1 : 0;
        return nullable ? nullable(type) : type;
    }

    private Type<?> bareTypeOf(AnnotatedType annotated, Map<TypeVariable<?>, Type<?>> variables, String place) {
        return switch (annotated.getType()) {
            case Class<?> javaClass -> ofClass(javaClass, List.of(), place);
            case ParameterizedType type -> {
                Class<?> javaClass = (Class<?>) type.getRawType();
                AnnotatedType[] of = ((AnnotatedParameterizedType) annotated).getAnnotatedActualTypeArguments();
                var arguments = new ArrayList<Type<?>>();
                ends++;
                for (AnnotatedType argument : of) {
                    String where = "a type argument of " + javaClass.getSimpleName() + " in " + place;
                    arguments.add(typeOf(argument, variables, where));
                }
                ends--;
                yield ofClass(javaClass, arguments, place);
            }
            case TypeVariable<?> variable -> {
                Type<?> type = variables.get(variable);
                if (type == null) {
                    throw new IllegalArgumentException(place + " is a " + variable
                            + ", which stands for no type: name it, as in Type.of(new TypeRef<Pair<String,"
                            + " Long>>() {})");
                }
                yield type;
            }
            case WildcardType ignored ->
                typeOf(((AnnotatedWildcardType) annotated).getAnnotatedUpperBounds()[0], variables, place);
            default -> throw refused(place, annotated.getType().getTypeName());
        };
    }

    private Type<?> ofClass(Class<?> javaClass, List<Type<?>> arguments, String place) {
        Type<?> known = TYPES.get(javaClass);
        if (known != null) {
            return known;
        }
        if (javaClass.isEnum()) {
            return ofEnum(javaClass);
        }
        if (javaClass.isRecord()) {
            return record(javaClass, arguments, place);
        }
        if (javaClass.isInterface() && javaClass.isSealed()) {
            return sealed(javaClass, arguments, place);
        }
        boolean isContainer = javaClass == List.class
                || javaClass == Set.class
                || javaClass == Map.class
                || javaClass == Optional.class;
        if (!isContainer) {
            throw refused(place, javaClass.getTypeName());
        }
        requireArguments(javaClass, arguments, place);
        Type<?> first = arguments.getFirst();
        if (javaClass == List.class) {
            return Type.list(first);
        }
        if (javaClass == Set.class) {
            return Type.set(first);
        }
        return javaClass == Optional.class ? Type.optional(first) : Type.mapOf(first, arguments.get(1));
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // the class is that of an enum
    private static Type<?> ofEnum(Class<?> javaClass) {
        return Type.enumOf((Class) javaClass);
    }

    private static IllegalArgumentException refused(String place, String type) {
        return new IllegalArgumentException(place + " is a " + type
                + ": it must be a primitive or its box, a String, enum, UUID, Instant, LocalDate, LocalDateTime,"
                + " Duration, BigDecimal, BigInteger, an array of primitives, a record, a sealed interface of records,"
                + " or an Optional, List, Set or Map of these; make it one of them, or encode the whole object with"
                + " Type.of(name, class, encoder, decoder)");
    }

    private static void requireArguments(Class<?> javaClass, List<Type<?>> arguments, String place) {
        if (arguments.size() != javaClass.getTypeParameters().length) {
            throw new IllegalArgumentException((place.isEmpty() ? "" : place + " is a ") + javaClass.getTypeName()
                    + " without type arguments: name them, as in Type.of(new TypeRef<Pair<String, Long>>() {})");
        }
    }

    private static Type<?> nullable(Type<?> type) {
        return type.codec().acceptsNull() ? type : Type.nullable(type);
    }

    // ------------------------------------------------------------------- records, sealed interfaces

    private Type<?> record(Class<?> record, List<Type<?>> arguments, String place) {
        if (RecordCodec.isStruct(record)) {
            return Type.struct(record, lookup(record));
        }
        requireArguments(record, arguments, place);
        Enclosing same = enclosing(record, arguments, place);
        if (same != null) {
            return same.asPart();
        }
        Enclosing self = enter(record, arguments, place);
        Map<TypeVariable<?>, Type<?>> variables = variables(record, arguments);
        var parts = new ArrayList<Part<?>>();
        var members = new StringJoiner(", ", "{", "}");
        for (RecordComponent component : record.getRecordComponents()) {
            String where = "component " + component.getName() + " of " + record.getName();
            boolean nullable = RecordCodec.isNullable(component);
            ends += nullable ? 1 : 0;
            Type<?> bare = typeOf(component.getAnnotatedType(), variables, where);
            ends -= nullable ? 1 : 0;
            Type<?> type = nullable ? nullable(bare) : bare;
            parts.add(type.part());
            members.add(component.getName() + " " + type);
        }
        String name = leave(self, "record") + members;
        var codec = RecordPartsCodec.of(name, record, parts, lookup(record));
        return self.type(name, codec);
    }

    private Type<?> sealed(Class<?> sealed, List<Type<?>> arguments, String place) {
        requireArguments(sealed, arguments, place);
        Enclosing same = enclosing(sealed, arguments, place);
        if (same != null) {
            return same.asPart();
        }
        Enclosing self = enter(sealed, arguments, place);
        ends++;
        var records = new LinkedHashMap<Class<?>, List<Type<?>>>();
        addRecords(sealed, arguments, records);
        var classes = new ArrayList<Class<?>>();
        var parts = new ArrayList<Part<?>>();
        var members = new StringJoiner(", ", "{", "}");
        byName(records.keySet()).forEach((name, record) -> {
            Type<?> type = record(record, records.getOrDefault(record, List.of()), "");
            classes.add(record);
            parts.add(type.part());
            members.add(name + " " + type);
        });
        ends--;
        String name = leave(self, "sealed") + members;
        return self.type(name, new SealedCodec<>(name, List.copyOf(classes), List.copyOf(parts)));
    }

    /**
     * Adds the records that implement a sealed interface, with their type arguments.
     *
     * @param arguments the type arguments of the interface
     */
    private static void addRecords(Class<?> sealed, List<Type<?>> arguments, Map<Class<?>, List<Type<?>>> records) {
        for (Class<?> permitted : sealed.getPermittedSubclasses()) {
            List<Type<?>> own = argumentsOf(permitted, sealed, arguments);
            if (permitted.isRecord()) {
                records.put(permitted, own);
            } else if (permitted.isInterface() && permitted.isSealed()) {
                addRecords(permitted, own, records);
            } else {
                throw new IllegalArgumentException(sealed.getName() + " permits " + permitted.getName()
                        + ", which is neither a record nor a sealed interface; make it one of them, or encode the"
                        + " objects with Type.of(name, class, encoder, decoder)");
            }
        }
    }

    /** Returns the type arguments of a class that follow from those of its interface. */
    private static List<Type<?>> argumentsOf(Class<?> permitted, Class<?> sealed, List<Type<?>> arguments) {
        var known = new HashMap<Object, Type<?>>();
        for (var implemented : permitted.getGenericInterfaces()) {
            if (implemented instanceof ParameterizedType type && type.getRawType() == sealed) {
                for (int i = 0; i < arguments.size(); i++) {
                    known.put(type.getActualTypeArguments()[i], arguments.get(i));
                }
            }
        }
        var own = new ArrayList<Type<?>>();
        for (TypeVariable<?> variable : permitted.getTypeParameters()) {
            Type<?> type = known.get(variable);
            if (type == null) {
                throw new IllegalArgumentException("the type argument " + variable + " of " + permitted.getName()
                        + " does not follow from those of " + sealed.getName() + ", which it implements");
            }
            own.add(type);
        }
        return own;
    }

    /** Returns the classes in the order of their simple names, or of their full names if two are equal. */
    private static SortedMap<String, Class<?>> byName(Set<Class<?>> classes) {
        Map<String, Long> counts =
                classes.stream().collect(Collectors.groupingBy(Class::getSimpleName, Collectors.counting()));
        var byName = new TreeMap<String, Class<?>>();
        for (Class<?> javaClass : classes) {
            String simple = javaClass.getSimpleName();
            byName.put(counts.getOrDefault(simple, 0L) == 1 ? simple : javaClass.getName(), javaClass);
        }
        return byName;
    }

    private static Map<TypeVariable<?>, Type<?>> variables(Class<?> javaClass, List<Type<?>> arguments) {
        var variables = new HashMap<TypeVariable<?>, Type<?>>();
        TypeVariable<?>[] parameters = javaClass.getTypeParameters();
        for (int i = 0; i < parameters.length; i++) {
            variables.put(parameters[i], arguments.get(i));
        }
        return variables;
    }

    /** Returns what is being resolved as this class with these arguments; null if nothing is. */
    private @Nullable Enclosing enclosing(Class<?> javaClass, List<Type<?>> arguments, String place) {
        for (Enclosing outer : enclosing) {
            if (outer.javaClass == javaClass && outer.arguments.equals(names(arguments))) {
                if (outer.ends == ends) {
                    throw new IllegalArgumentException(place + " is a " + javaClass.getName()
                            + ", which contains it: the record would have no end; annotate the component with"
                            + " @Nullable, or make it an Optional or a List");
                }
                outer.isRecursive = true;
                return outer;
            }
        }
        return null;
    }

    private Enclosing enter(Class<?> javaClass, List<Type<?>> arguments, String place) {
        if (enclosing.size() == MAX_DEPTH) {
            throw new IllegalArgumentException(place + " is a " + javaClass.getName() + " inside " + MAX_DEPTH
                    + " others, which is the limit: does it contain itself with ever other type arguments?");
        }
        String label = javaClass.getSimpleName();
        for (int i = 2; isLabel(label); i++) {
            label = javaClass.getSimpleName() + i;
        }
        var self = new Enclosing(javaClass, names(arguments), label, ends);
        enclosing.push(self);
        return self;
    }

    private boolean isLabel(String label) {
        return enclosing.stream().anyMatch(outer -> outer.label.equals(label));
    }

    /** Ends the resolution of a class. Returns the beginning of its type's name. */
    private String leave(Enclosing self, String kind) {
        enclosing.pop();
        return self.isRecursive ? kind + " " + self.label : kind;
    }

    private static List<String> names(List<Type<?>> types) {
        return types.stream().map(Type::toString).toList();
    }

    private MethodHandles.Lookup lookup(Class<?> record) {
        return lookup != null ? lookup : RecordCodec.lookupIn(record);
    }
}
