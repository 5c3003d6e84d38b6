// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A main class to run in a JVM of its own: the same Java, the same class path.
///
/// ```java
/// Command command = JavaCommand.of(Import.class, "today.csv").withMemory(256 << 20).command();
/// ```
///
/// Of the options of this JVM those are passed on that decide which code can be loaded and what it
/// may do: `--add-modules`, `--add-opens` and their like, `--enable-native-access`,
/// `--enable-preview`, and `java.library.path`. Sizes, agents and system properties are not.
///
/// @param main the name of the main class, with that of its module in front if it has one:
///     `app/app.Main`
/// @param arguments what its `main` gets
/// @param classPath entries joined by the system's separator; may be empty
/// @param modulePath likewise
/// @param options of the JVM, after those that are passed on, and so stronger
public record JavaCommand(
    String main,
    List<String> arguments,
    String classPath,
    String modulePath,
    List<String> options) {

  private static final List<String> PASSED_ON =
      List.of(
          "--add-exports",
          "--add-modules",
          "--add-opens",
          "--add-reads",
          "--enable-native-access",
          "--enable-preview",
          "--illegal-native-access",
          "--limit-modules",
          "--patch-module",
          "--sun-misc-unsafe-memory-access",
          "-Djava.library.path");

  /// Copies the lists.
  public JavaCommand {
    arguments = List.copyOf(arguments);
    options = List.copyOf(options);
    if (main.isEmpty()) {
      throw new IllegalArgumentException("A Java command needs a main class.");
    }
  }

  /// {@return a command for a class of this program}
  ///
  /// @param main a class with a `main` method
  /// @param arguments what that gets
  public static JavaCommand of(Class<?> main, String... arguments) {
    Module module = main.getModule();
    return of(
        module.isNamed() ? module.getName() + "/" + main.getName() : main.getName(), arguments);
  }

  /// {@return a command for a class on the class path of this program, or on another one}
  ///
  /// @param main its name, as for `java`, or `module/class`
  /// @param arguments what its `main` gets
  public static JavaCommand of(String main, String... arguments) {
    return new JavaCommand(
        main,
        List.of(arguments),
        System.getProperty("java.class.path", ""),
        System.getProperty("jdk.module.path", ""),
        List.of());
  }

  /// {@return this command with another class path}
  ///
  /// @param classPath entries joined by the system's separator
  public JavaCommand withClassPath(String classPath) {
    return new JavaCommand(main, arguments, classPath, modulePath, options);
  }

  /// {@return this command with more options of the JVM}
  ///
  /// @param more such as `-XX:+UseSerialGC`
  public JavaCommand withOptions(String... more) {
    List<String> all = Stream.concat(options.stream(), Arrays.stream(more)).toList();
    return new JavaCommand(main, arguments, classPath, modulePath, all);
  }

  /// {@return this command with a limit for the heap; the JVM ends with code 3 when it is reached}
  ///
  /// @param bytes at least 2 MB
  public JavaCommand withMemory(long bytes) {
    if (bytes < 2 << 20) {
      throw new IllegalArgumentException("A JVM needs a heap of 2 MB at least, not " + bytes);
    }
    return withOptions("-Xmx" + bytes, "-XX:+ExitOnOutOfMemoryError");
  }

  /// {@return what to start; its output is thrown away until you say where it goes}
  public Command command() {
    var words = new ArrayList<String>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(passedOn());
    words.addAll(options);
    if (!classPath.isEmpty()) {
      words.addAll(List.of("-cp", classPath));
    }
    if (!modulePath.isEmpty()) {
      words.addAll(List.of("-p", modulePath));
    }
    if (main.indexOf('/') >= 0) {
      words.add("-m");
    }
    words.add(main);
    words.addAll(arguments);
    return Command.of(words.toArray(new String[0])).withThreadDump();
  }

  private static List<String> passedOn() {
    try {
      return passedOn(
          ManagementFactory.getRuntimeMXBean().getInputArguments(),
          System.getenv("JDK_JAVA_OPTIONS"));
    } catch (LinkageError withoutManagement) {
      Module ours = JavaCommand.class.getModule();
      String name = ours.isNamed() ? ours.getName() : "ALL-UNNAMED";
      return ours.isNativeAccessEnabled() ? List.of("--enable-native-access=" + name) : List.of();
    }
  }

  /// {@return what a child needs of these options}
  ///
  /// @param inherited options that it gets from the environment anyway
  static List<String> passedOn(List<String> mine, @Nullable String inherited) {
    String known = Optional.ofNullable(inherited).orElse("");
    return mine.stream()
        .filter(option -> PASSED_ON.stream().anyMatch(each -> isOf(option, each)))
        .filter(option -> !known.contains(option))
        .toList();
  }

  private static boolean isOf(String option, String name) {
    return option.equals(name) || option.startsWith(name + "=");
  }
}
