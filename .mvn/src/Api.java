import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Lists the public API of a module, or compares it with the listing in the repository: {@code Api
 * apply|check LISTING CLASSES}. The module and its dependencies must be on the class path. Each
 * line is a type or member that programs can use.
 */
final class Api {
    private final List<String> lines = new ArrayList<>();

    private Api() {}

    public static void main(String[] args) throws IOException, ClassNotFoundException {
        Path listing = Path.of(args[1]);
        Api api = new Api();
        api.addModule(Path.of(args[2]));
        if (args[0].equals("apply")) {
            Files.write(listing, api.lines);
            return;
        }
        List<String> listed = Files.exists(listing) ? Files.readAllLines(listing) : List.of();
        List<String> differences = new ArrayList<>();
        listed.stream().filter(line -> !api.lines.contains(line)).map("- "::concat).forEach(differences::add);
        api.lines.stream().filter(line -> !listed.contains(line)).map("+ "::concat).forEach(differences::add);
        if (!differences.isEmpty()) {
            differences.forEach(System.out::println);
            System.out.println("The public API differs from " + listing + ": a line with - breaks the programs that use it."
                    + " This accepts the change: mvn -q -Dquick -DskipTests verify -Dapi=apply");
            System.exit(1);
        }
    }

    private void addModule(Path classes) throws IOException, ClassNotFoundException {
        ModuleDescriptor module;
        try (InputStream descriptor = Files.newInputStream(classes.resolve("module-info.class"))) {
            module = ModuleDescriptor.read(descriptor);
        }
        for (ModuleDescriptor.Exports exports : new TreeSet<>(module.exports())) {
            if (!exports.isQualified()) {
                addPackage(classes, exports.source());
            }
        }
    }

    private void addPackage(Path classes, String name) throws IOException, ClassNotFoundException {
        List<Path> files;
        try (Stream<Path> all = Files.list(classes.resolve(name.replace('.', '/')))) {
            files = all.filter(file -> file.toString().endsWith(".class")).sorted().toList();
        }
        for (Path file : files) {
            String type = file.getFileName().toString().replaceFirst("\\.class$", "");
            if (!type.equals("package-info")) {
                addType(Class.forName(name + '.' + type, false, Api.class.getClassLoader()));
            }
        }
    }

    private void addType(Class<?> type) {
        if (!isVisible(type)) {
            return;
        }
        String parents = parents(type).sorted().collect(Collectors.joining(", "));
        lines.add(type.toGenericString() + (parents.isEmpty() ? "" : " : " + parents));
        TreeSet<String> members = new TreeSet<>();
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            add(members, type, constructor, constructor.toGenericString());
        }
        // the members of parents that are not public themselves are members of this type to its users
        for (Class<?> owner = type; owner != null && (owner == type || !isVisible(owner)); owner = owner.getSuperclass()) {
            for (Field field : owner.getDeclaredFields()) {
                add(members, type, field, field.toGenericString());
            }
            for (Method method : owner.getDeclaredMethods()) {
                if (!method.isBridge()) {
                    add(members, type, method, method.toGenericString().replaceFirst("\\b(synchronized|native) ", ""));
                }
            }
        }
        lines.addAll(members);
    }

    /** Returns the visible parents of a type, in place of those that are not visible. */
    private static Stream<String> parents(Class<?> type) {
        Stream<String> interfaces = Stream.of(type.getGenericInterfaces()).map(Type::getTypeName);
        Class<?> parent = type.getSuperclass();
        if (parent == null || parent == Object.class) {
            return interfaces;
        }
        return Stream.concat(
                interfaces, isVisible(parent) ? Stream.of(type.getGenericSuperclass().getTypeName()) : parents(parent));
    }

    private static void add(Set<String> members, Class<?> type, Member member, String declaration) {
        boolean visible = Modifier.isPublic(member.getModifiers())
                || Modifier.isProtected(member.getModifiers()) && !Modifier.isFinal(type.getModifiers());
        if (visible && !member.isSynthetic()) {
            String owner = member.getDeclaringClass().getTypeName();
            members.add(declaration.replace(' ' + owner + '.', ' ' + type.getTypeName() + '.'));
        }
    }

    private static boolean isVisible(Class<?> type) {
        return (Modifier.isPublic(type.getModifiers()) || Modifier.isProtected(type.getModifiers()))
                && (type.getEnclosingClass() == null || isVisible(type.getEnclosingClass()));
    }
}
