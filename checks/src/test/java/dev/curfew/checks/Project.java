// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/// Where this project's sources and classes are.
public final class Project {

  private static final Set<String> NOT_OURS = Set.of("target", ".git", ".idea", ".vscode");

  private Project() {}

  /// {@return the folder that holds all modules}
  public static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("checks").resolve("pom.xml"))) {
      folder = folder.getParent();
      if (folder == null) {
        throw new IllegalStateException("run the checks from inside the project's folder");
      }
    }
    return folder;
  }

  /// {@return the folder with the main classes of a module}
  ///
  /// @param module a folder name such as `core`
  public static Path classes(String module) {
    return build(module).resolve("classes");
  }

  /// {@return the main classes of some modules}
  ///
  /// @param modules folder names such as `core`
  public static JavaClasses mainClasses(String... modules) {
    return read("classes", modules);
  }

  /// {@return the test classes of some modules}
  ///
  /// @param modules folder names such as `core`
  public static JavaClasses testClasses(String... modules) {
    return read("test-classes", modules);
  }

  /// {@return the classes of one package of this module's tests, and of those below it}
  ///
  /// @param name a package of planted breaches
  public static JavaClasses planted(String name) {
    return new ClassFileImporter().importPackages(name);
  }

  /// {@return the files that are under version control or could be, by path}
  ///
  /// @param wanted which ones
  public static List<Path> files(Predicate<Path> wanted) {
    List<Path> found = new ArrayList<>();
    try {
      Path _ = Files.walkFileTree(root(), collect(wanted, found));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    found.sort(null);
    return found;
  }

  /// {@return the lines of a file}
  ///
  /// @param file encoded in UTF-8
  public static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  private static SimpleFileVisitor<Path> collect(Predicate<Path> wanted, List<Path> found) {
    return new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
        return NOT_OURS.contains(String.valueOf(folder.getFileName()))
            ? FileVisitResult.SKIP_SUBTREE
            : FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        if (attributes.isRegularFile() && wanted.test(file)) {
          found.add(file);
        }
        return FileVisitResult.CONTINUE;
      }
    };
  }

  private static JavaClasses read(String kind, String... modules) {
    List<Path> folders =
        Arrays.stream(modules)
            .map(module -> build(module).resolve(kind))
            .filter(Files::isDirectory)
            .toList();
    return new ClassFileImporter().importPaths(folders);
  }

  private static Path build(String module) {
    Path own =
        Path.of(System.getProperty("curfew.build", root().resolve("checks/target").toString()));
    // Either each module has a folder of that name, or all lie together, each named by its
    // artifact.
    if (own.endsWith(Path.of("checks", "target"))) {
      return root().resolve(module).resolve("target");
    }
    return own.resolveSibling(module.equals("core") ? "curfew" : "curfew-" + module);
  }
}
